//! Volumes on a daemon: those of our caches.

use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{DataUsageOptionsBuilder, ListVolumesOptionsBuilder, RemoveVolumeOptions};

use super::containers::{absent_is_fine, asked_for, carries, labels};
use super::{Daemon, DaemonError, REMOVE_VOLUME};
use crate::config::EngineKind;
use crate::engine::{Cache, Owner, Wanted};

impl Daemon {
    /// Returns whose volume has this name, if one has it.
    pub async fn volume_owner(&self, name: &str) -> Result<Option<Owner>, DaemonError> {
        match self.ask("tell about a volume", self.docker.inspect_volume(name)).await {
            Ok(volume) if volume.labels.contains_key("pin.project") => Ok(Some(Owner::Ours)),
            Ok(_) => Ok(Some(Owner::Foreign)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Makes the volume of an engine's cache.
    pub async fn create_volume(&self, wanted: &Wanted) -> Result<(), DaemonError> {
        let labels = wanted.labels().into_iter().filter(|(name, _)| *name != "pin.version");
        let request = VolumeCreateRequest {
            name: Some(wanted.volume()),
            labels: Some(labels.map(|(name, value)| (name.to_owned(), value)).collect()),
            ..VolumeCreateRequest::default()
        };
        self.ask("create a volume", self.docker.create_volume(request)).await.map(drop)
    }

    /// Removes a volume; one that is not there is fine.
    pub async fn remove_volume(&self, name: &str) -> Result<(), DaemonError> {
        let removed = self.docker.remove_volume(name, None::<RemoveVolumeOptions>);
        absent_is_fine(self.ask(REMOVE_VOLUME, removed).await)
    }

    /// Returns the caches of a project's engines of this kind, sorted by name; their sizes are not known.
    pub async fn caches(&self, kind: EngineKind, project: &str) -> Result<Vec<Cache>, DaemonError> {
        let labels = labels(kind, project);
        let filters = [("label".to_owned(), asked_for(&labels))].into();
        let options = ListVolumesOptionsBuilder::new().filters(&filters).build();
        let listed = self.ask("list volumes", self.docker.list_volumes(Some(options))).await?;
        let ours = listed.volumes.unwrap_or_default().into_iter();
        let ours = ours.filter(|volume| carries(&labels, |name| volume.labels.get(name)));
        let mut caches: Vec<Cache> = ours.map(cache).collect();
        caches.sort_by(|left, right| left.volume.cmp(&right.volume));
        Ok(caches)
    }

    /// Returns how many bytes a volume holds, or `None` when the daemon does not say so.
    pub async fn volume_size(&self, name: &str) -> Result<Option<u64>, DaemonError> {
        let options = DataUsageOptionsBuilder::new()._type(vec!["volume".to_owned()]).verbose(true).build();
        let usage = self.ask("tell how large volumes are", self.docker.df(Some(options))).await?;
        let items = usage.volume_usage.and_then(|usage| usage.items).unwrap_or_default();
        let item = items.iter().find(|item| item["Name"] == name);
        Ok(item.and_then(|item| item["UsageData"]["Size"].as_u64()))
    }
}

fn cache(volume: Volume) -> Cache {
    Cache {
        epoch: volume.labels.get("pin.epoch").cloned().unwrap_or_default(),
        created: volume.created_at,
        volume: volume.name,
    }
}
