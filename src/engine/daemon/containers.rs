//! Containers on a daemon: only such as carry our labels are listed, and so ever touched.

use std::time::Duration;

use bollard::models::{
    ContainerCreateBody, ContainerInspectResponse, ContainerState, ContainerStateStatusEnum,
    ContainerSummary, ContainerSummaryStateEnum, ContainerUpdateBody, RestartPolicy, RestartPolicyNameEnum,
};
use bollard::query_parameters::{
    CreateContainerOptionsBuilder, InspectContainerOptions, ListContainersOptionsBuilder,
    RemoveContainerOptions, StartContainerOptions, StopContainerOptionsBuilder,
    UploadToContainerOptionsBuilder, WaitContainerOptionsBuilder,
};
use futures_util::StreamExt as _;

use super::{CREATE, Daemon, DaemonError};
use crate::config::EngineKind;
use crate::engine::{Container, Going, InFile, Network, State, Wanted};
use crate::value::{Version, whole_seconds};

/// How much longer than it may take to end a container the daemon may take to say so.
const MARGIN: Duration = Duration::from_secs(20);

/// What a daemon says of a container that it is removing already (moby/moby `daemon/delete.go`).
const GOING: &str = "already in progress";

/// How often the daemon starts an engine again that has failed.
const RESTARTS: i64 = 5;

/// The name of the daemon's own bridge (Docker docs, "Bridge network driver").
const BRIDGE: &str = "bridge";

/// A container that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created {
    /// Its id.
    pub id: String,
    /// What of it the daemon does not do, in its words.
    pub warnings: Vec<String>,
}

impl Daemon {
    /// Returns the engines of a project that are of this kind, whatever they do.
    pub async fn engines(&self, kind: EngineKind, project: &str) -> Result<Vec<Container>, DaemonError> {
        let labels = labels(kind, project);
        let listed = self.list("label", asked_for(&labels)).await?;
        let ours =
            listed.into_iter().filter(|summary| carries(&labels, |name| summary.labels.as_ref()?.get(name)));
        Ok(ours.map(|summary| container(kind, summary)).collect())
    }

    /// Returns which start of the container of this name goes on, if it runs, is ours, and was made with what is wanted:
    /// far quicker than a list.
    pub async fn running(&self, name: &str, wanted: &Wanted) -> Result<Option<Going>, DaemonError> {
        let Some(found) = self.inspect(name).await? else { return Ok(None) };
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let state = found.state.unwrap_or_default();
        let is_wanted = state.status == Some(ContainerStateStatusEnum::RUNNING)
            && labels.get("pin.spec").is_some_and(|found| *found == wanted.spec());
        let start = [found.id, state.started_at].map(Option::unwrap_or_default).join(" ");
        let proxies = wanted.proxied();
        let lacks_proxies = proxies.is_some() && proxies.as_ref() != labels.get("pin.proxies");
        Ok(is_wanted.then_some(Going { start, lacks_proxies }))
    }

    /// Returns the names of the running containers that a volume is mounted into.
    pub async fn users(&self, volume: &str) -> Result<Vec<String>, DaemonError> {
        let is_up = |summary: &ContainerSummary| summary.state.is_some_and(|found| state(found).is_up());
        Ok(self.with_volume(volume).await?.filter(is_up).map(name).collect())
    }

    /// Returns the names of the containers that a volume is mounted into, whatever they do.
    pub async fn holders(&self, volume: &str) -> Result<Vec<String>, DaemonError> {
        Ok(self.with_volume(volume).await?.map(name).collect())
    }

    async fn with_volume(&self, volume: &str) -> Result<impl Iterator<Item = ContainerSummary>, DaemonError> {
        let listed = self.list("volume", vec![volume.to_owned()]).await?;
        // The filter takes parts of names, too.
        let has_it = move |summary: &ContainerSummary| {
            summary.mounts.iter().flatten().any(|mount| mount.name.as_deref() == Some(volume))
        };
        Ok(listed.into_iter().filter(has_it))
    }

    async fn list(&self, filter: &str, values: Vec<String>) -> Result<Vec<ContainerSummary>, DaemonError> {
        let filters = [(filter.to_owned(), values)].into();
        let options = ListContainersOptionsBuilder::new().all(true).filters(&filters).build();
        self.ask("list containers", self.docker.list_containers(Some(options))).await
    }

    /// Returns how containers reach others here: through the daemon's own bridge, if it has one.
    pub async fn network(&self) -> Result<Network, DaemonError> {
        let bridge = self.ask("tell its networks", self.docker.inspect_network(BRIDGE, None)).await;
        Ok(if_there(bridge)?.map_or(Network::Host, |_| Network::Bridge))
    }

    /// Makes a container; the init that it asks for is left out where the daemon has none.
    pub async fn create(
        &self,
        name: &str,
        mut body: Box<ContainerCreateBody>,
    ) -> Result<Created, DaemonError> {
        if let Some(host) = body.host_config.as_mut().filter(|host| host.init == Some(true))
            && !self.has_init().await?
        {
            // It could be made, and would not start.
            host.init = None;
        }
        let options = CreateContainerOptionsBuilder::new().name(name).build();
        let made = self.ask(CREATE, self.docker.create_container(Some(options), *body)).await?;
        Ok(Created { id: made.id, warnings: made.warnings })
    }

    /// Puts files into a container that need not run.
    pub async fn put(&self, container: &str, files: &[InFile]) -> Result<(), DaemonError> {
        let what = "put files into a container";
        let archive = archive(files).map_err(|error| self.error(what, error.into()))?;
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let sent =
            self.docker.upload_to_container(container, Some(options), bollard::body_full(archive.into()));
        self.ask(what, sent).await
    }

    /// Starts a container; one that runs already is fine.
    pub async fn start(&self, name: &str) -> Result<(), DaemonError> {
        let started = self.docker.start_container(name, None::<StartContainerOptions>);
        self.ask(&format!("start {name}"), started).await
    }

    /// Asks a container to end, and waits until it has; after `bound` the daemon kills it. One that is not there, or
    /// has ended, is fine.
    pub async fn stop(&self, name: &str, bound: Duration) -> Result<(), DaemonError> {
        let seconds = i32::try_from(whole_seconds(bound)).unwrap_or(i32::MAX);
        let options = StopContainerOptionsBuilder::new().signal("SIGTERM").t(seconds).build();
        let stopped = self.docker.stop_container(name, Some(options));
        absent_is_fine(self.ask_for(bound + MARGIN, &format!("stop {name}"), stopped).await)
    }

    /// Lets a container go on that is paused.
    pub async fn unpause(&self, name: &str) -> Result<(), DaemonError> {
        self.ask(&format!("unpause {name}"), self.docker.unpause_container(name)).await
    }

    /// Returns whether somebody holds a container still.
    pub async fn is_paused(&self, name: &str) -> Result<bool, DaemonError> {
        Ok(self.state(name).await?.and_then(|state| state.paused) == Some(true))
    }

    /// Returns how a container has ended, or `None` while it runs or when it is not there.
    pub async fn exit_code(&self, name: &str) -> Result<Option<i64>, DaemonError> {
        let state = self.state(name).await?.filter(|state| state.running != Some(true));
        Ok(state.and_then(|state| state.exit_code))
    }

    pub(super) async fn state(&self, name: &str) -> Result<Option<ContainerState>, DaemonError> {
        Ok(self.inspect(name).await?.and_then(|found| found.state))
    }

    async fn inspect(&self, name: &str) -> Result<Option<ContainerInspectResponse>, DaemonError> {
        let asked = self.docker.inspect_container(name, None::<InspectContainerOptions>);
        if_there(self.ask("tell about a container", asked).await)
    }

    /// Removes a container that has ended, and never its volumes; one that is not there, or is going, is fine.
    pub async fn remove(&self, name: &str) -> Result<(), DaemonError> {
        let removed = self.docker.remove_container(name, None::<RemoveContainerOptions>);
        match self.ask(&format!("remove {name}"), removed).await {
            Err(DaemonError::Refused { status: Some(409), message, .. }) if message.contains(GOING) => Ok(()),
            removed => absent_is_fine(removed),
        }
    }

    /// Lets the daemon start a container again when it fails; one that cannot change that does not, and nothing else
    /// is lost.
    pub async fn settle(&self, name: &str) -> Result<(), DaemonError> {
        self.restart(name, RestartPolicyNameEnum::ON_FAILURE, Some(RESTARTS)).await
    }

    /// Keeps the daemon from starting a container again, also when the daemon itself does: it would take its volume
    /// from whoever has it then.
    pub async fn unsettle(&self, name: &str) -> Result<(), DaemonError> {
        self.restart(name, RestartPolicyNameEnum::NO, None).await
    }

    async fn restart(
        &self,
        name: &str,
        when: RestartPolicyNameEnum,
        times: Option<i64>,
    ) -> Result<(), DaemonError> {
        let policy = RestartPolicy { name: Some(when), maximum_retry_count: times };
        let body = ContainerUpdateBody { restart_policy: Some(policy), ..ContainerUpdateBody::default() };
        match self.ask(&format!("update {name}"), self.docker.update_container(name, body)).await {
            Err(DaemonError::Refused { .. }) => Ok(()),
            updated => updated,
        }
    }

    /// Returns the exit code of a container once it has ended.
    pub async fn ended(&self, name: &str) -> Result<i64, DaemonError> {
        let options = WaitContainerOptionsBuilder::new().condition("not-running").build();
        let mut stream = self.docker.wait_container(name, Some(options));
        match stream.next().await {
            Some(Ok(ended)) => Ok(ended.status_code),
            Some(Err(bollard::errors::Error::DockerContainerWaitError { code, .. })) => Ok(code),
            Some(Err(error)) => Err(self.error("wait for a container", error)),
            None => Err(self.silent("wait for a container", Duration::ZERO)),
        }
    }
}

/// Returns the labels of everything that is made for a project's engines of this kind.
pub(super) fn labels(kind: EngineKind, project: &str) -> [(&'static str, String); 2] {
    [("pin.project", project.to_owned()), ("pin.toolchain", kind.toolchain().to_owned())]
}

/// Returns whether something carries labels, which it has by name. A daemon is asked for such things only, and not
/// trusted with that: they may be removed.
pub(super) fn carries<'f>(
    labels: &[(&'static str, String)],
    found: impl Fn(&str) -> Option<&'f String>,
) -> bool {
    labels.iter().all(|(name, value)| found(name) == Some(value))
}

/// Returns labels as a daemon is asked for them.
pub(super) fn asked_for(labels: &[(&'static str, String)]) -> Vec<String> {
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect()
}

/// Returns what a daemon has, or `None` when it is not there.
pub(super) fn if_there<T>(answer: Result<T, DaemonError>) -> Result<Option<T>, DaemonError> {
    match answer {
        Err(error) if error.is_absent() => Ok(None),
        answer => answer.map(Some),
    }
}

pub(super) fn absent_is_fine(done: Result<(), DaemonError>) -> Result<(), DaemonError> {
    if_there(done).map(drop)
}

fn archive(files: &[InFile]) -> std::io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(file.bytes.len() as u64);
        header.set_mode(0o644);
        archive.append_data(&mut header, &file.path, file.bytes.as_slice())?;
    }
    archive.into_inner()
}

fn name(summary: ContainerSummary) -> String {
    let name = summary.names.unwrap_or_default().into_iter().next().unwrap_or_default();
    name.trim_start_matches('/').to_owned()
}

fn container(kind: EngineKind, summary: ContainerSummary) -> Container {
    let labels = summary.labels.clone().unwrap_or_default();
    let label = |name: &str| labels.get(name).cloned().unwrap_or_default();
    let mounts = || summary.mounts.iter().flatten();
    let at = |target: &str| mounts().find(|mount| mount.destination.as_deref() == Some(target));
    Container {
        id: summary.id.clone().unwrap_or_default(),
        version: Version::parse(&label("pin.version")),
        spec: label("pin.spec"),
        state: summary.state.map_or(State::Gone, state),
        created: summary.created.unwrap_or_default(),
        volume: at(kind.cache_directory()).and_then(|mount| mount.name.clone()),
        sockets: at(kind.socket_directory()).and_then(|mount| mount.source.clone()),
        name: name(summary),
    }
}

fn state(state: ContainerSummaryStateEnum) -> State {
    match state {
        ContainerSummaryStateEnum::CREATED => State::Created,
        ContainerSummaryStateEnum::RUNNING => State::Running,
        ContainerSummaryStateEnum::PAUSED => State::Paused,
        ContainerSummaryStateEnum::RESTARTING => State::Restarting,
        ContainerSummaryStateEnum::EXITED => State::Exited,
        _ => State::Gone,
    }
}
