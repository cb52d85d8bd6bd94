//! Volumes on a daemon: those of our caches.

use std::collections::BTreeMap;

use bollard::Docker;
use bollard::models::{Volume, VolumeCreateRequest};
use bollard::query_parameters::{ListVolumesOptions, ListVolumesOptionsBuilder, RemoveVolumeOptions};
use serde_json::Value;

use super::containers::{absent_is_fine, asked_for, carries, if_there, labels};
use super::{Daemon, DaemonError, REMOVE_VOLUME};
use crate::config::EngineKind;
use crate::engine::{Cache, Owner, Wanted};

/// Asks for volumes alone, each with its size (Docker Engine API, `SystemDataUsage`): the rest takes long. bollard cannot put
/// the list `type` into a query (fussybeaver/bollard `query_parameters.rs`, as of 0.21).
const USAGE: &str = "/system/df?type=volume&verbose=1";

impl Daemon {
    /// Returns whose volume has this name, if one has it.
    pub async fn volume_owner(&self, name: &str) -> Result<Option<Owner>, DaemonError> {
        let volume = if_there(self.ask("tell about a volume", self.docker.inspect_volume(name)).await)?;
        let is_ours = |volume: Volume| volume.labels.contains_key("pin.project");
        Ok(volume.map(|volume| if is_ours(volume) { Owner::Ours } else { Owner::Foreign }))
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

    /// Returns how many bytes each volume holds, by its name; of which the daemon does not say it is not there. It counts
    /// them for that, which takes long.
    pub async fn volume_sizes(&self) -> Result<BTreeMap<String, u64>, DaemonError> {
        let what = "tell how large volumes are";
        let usage = self.ask(what, self.with_path("/system/df", USAGE).df(None)).await?;
        if let Some(usage) = usage.volume_usage {
            let items = usage.items.unwrap_or_default();
            let size =
                |item: &Value| Some((item["Name"].as_str()?.to_owned(), item["UsageData"]["Size"].as_u64()?));
            return Ok(items.iter().filter_map(size).collect());
        }
        // Below version 1.52 of its API, and in Podman, the answer is a list of volumes.
        let docker = self.with_path("/volumes", USAGE);
        let listed = self.ask(what, docker.list_volumes(None::<ListVolumesOptions>)).await?;
        let size = |volume: Volume| Some((volume.name, u64::try_from(volume.usage_data?.size).ok()?));
        Ok(listed.volumes.unwrap_or_default().into_iter().filter_map(size).collect())
    }

    /// Returns the way to the daemon on which what ends with `path` is asked at `other` instead.
    fn with_path(&self, path: &'static str, other: &'static str) -> Docker {
        self.docker.clone().with_request_modifier(move |mut request| {
            let asked = request.uri().to_string();
            let base = asked.strip_suffix(path).unwrap_or(&asked);
            if let Ok(uri) = format!("{base}{other}").parse() {
                *request.uri_mut() = uri;
            }
            request
        })
    }
}

fn cache(volume: Volume) -> Cache {
    Cache {
        epoch: volume.labels.get("pin.epoch").cloned().unwrap_or_default(),
        created: volume.created_at,
        volume: volume.name,
    }
}
