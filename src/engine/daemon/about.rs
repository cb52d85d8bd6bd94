//! What the daemon says about itself.

use std::path::PathBuf;

use bollard::ClientVersion;
use bollard::models::{SystemInfo, SystemVersion};

use super::{Daemon, DaemonError};
use crate::value::{Runtime, parse_moment};

/// What Docker Desktop calls its operating system (docker/cli, `docker info`).
const DESKTOP: &str = "Docker Desktop";

/// What stands behind the name of an operating system when the daemon itself is in a container (moby/moby
/// `daemon/info.go`).
const CONTAINERIZED: &str = "(containerized)";

/// A daemon, as it describes itself. What it does not say is empty.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// What it is called: `Docker Engine`, `Podman Engine`.
    pub name: String,
    /// Its version, as it says it.
    pub version: String,
    /// The versions of its API: the one that is spoken, the newest and the oldest that it knows.
    pub api: [String; 3],
    /// Its operating system.
    pub system: String,
    /// Whether containers run in the virtual machine of Docker Desktop.
    pub is_desktop: bool,
    /// Whether it runs in a container itself.
    pub is_nested: bool,
    /// Who keeps its containers' files.
    pub driver: String,
    /// Whether that is containerd.
    pub has_snapshotter: bool,
    /// Where it keeps its data, on its machine.
    pub root: Option<PathBuf>,
    /// What its clock says, in seconds since 1970.
    pub time: Option<u64>,
    /// What it has of `rootless`, `userns`, `seccomp`, `selinux` and others.
    pub security: Vec<String>,
    /// The version of its control groups.
    pub cgroup_version: String,
    /// Who manages them.
    pub cgroup_driver: String,
    /// Whether it asks registries through a proxy.
    pub has_proxy: bool,
}

impl Daemon {
    /// Returns whose daemon it says that it is.
    pub async fn runtime(&self) -> Result<Runtime, DaemonError> {
        Ok(if self.is_podman().await? { Runtime::Podman } else { Runtime::Docker })
    }

    /// Returns whether it is Podman, which speaks Docker's language.
    pub async fn is_podman(&self) -> Result<bool, DaemonError> {
        let version = self.ask("tell its version", self.docker.version()).await?;
        let components = version.components.unwrap_or_default();
        Ok(components.iter().any(|component| component.name.contains("Podman")))
    }

    /// Returns whether containers run in the virtual machine of Docker Desktop.
    pub async fn is_desktop(&self) -> Result<bool, DaemonError> {
        let info = self.ask("tell about itself", self.docker.info()).await?;
        Ok(info.operating_system.is_some_and(|system| system.contains(DESKTOP)))
    }

    /// Returns whether the daemon has an init for the containers that ask for one: a first process that reaps whom
    /// nobody waits for. Podman does not say.
    pub async fn has_init(&self) -> Result<bool, DaemonError> {
        Ok(has_init(&self.ask("tell about itself", self.docker.info()).await?))
    }

    /// Returns what the daemon says about itself.
    pub async fn about(&self) -> Result<About, DaemonError> {
        let (info, version) = tokio::try_join!(
            self.ask("tell about itself", self.docker.info()),
            self.ask("tell its version", self.docker.version())
        )?;
        Ok(about(info, version, &self.docker.client_version()))
    }
}

/// The binary is named whether it is there or not; then its commit is `N/A`, and of some builds empty (moby/moby
/// `daemon/info_unix.go`).
fn has_init(info: &SystemInfo) -> bool {
    let is_named = info.init_binary.as_ref().is_some_and(|binary| !binary.is_empty());
    let commit = info.init_commit.as_ref().and_then(|commit| commit.id.as_deref());
    is_named && commit.is_some_and(|commit| commit != "N/A")
}

fn about(info: SystemInfo, version: SystemVersion, known: &ClientVersion) -> About {
    let component = version.components.unwrap_or_default().into_iter().next();
    // Podman calls its first component `Podman Engine`, Docker just `Engine`.
    let name = component.map(|component| component.name).filter(|name| name != "Engine");
    let system = info.operating_system.unwrap_or_default();
    let status = info.driver_status.unwrap_or_default();
    let api = version.api_version.unwrap_or_default();
    let is_set = |proxy: &Option<String>| proxy.as_ref().is_some_and(|proxy| !proxy.is_empty());
    About {
        name: name.unwrap_or_else(|| "Docker Engine".to_owned()),
        version: version.version.unwrap_or_default(),
        api: [spoken(&api, known), api, version.min_api_version.unwrap_or_default()],
        is_desktop: system.contains(DESKTOP),
        is_nested: system.contains(CONTAINERIZED),
        system,
        driver: info.driver.unwrap_or_default(),
        has_snapshotter: status.iter().flatten().any(|word| word.starts_with("io.containerd.snapshotter")),
        root: info.docker_root_dir.map(PathBuf::from).filter(|root| root.is_absolute()),
        time: info.system_time.and_then(|time| parse_moment(&time)),
        security: info
            .security_options
            .unwrap_or_default()
            .iter()
            .filter_map(|option| security(option))
            .collect(),
        cgroup_version: info.cgroup_version.map(|version| version.to_string()).unwrap_or_default(),
        cgroup_driver: info.cgroup_driver.map(|driver| driver.to_string()).unwrap_or_default(),
        has_proxy: is_set(&info.http_proxy) || is_set(&info.https_proxy),
    }
}

/// Returns the version of the API that both sides know: a daemon answers what it knows of the newest.
fn spoken(newest: &str, known: &ClientVersion) -> String {
    let numbers =
        newest.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    match numbers {
        Some(numbers) if numbers < (known.major_version, known.minor_version) => newest.to_owned(),
        _ => known.to_string(),
    }
}

/// Returns `seccomp` of `name=seccomp,profile=builtin`.
fn security(option: &str) -> Option<String> {
    option.split(',').find_map(|part| part.strip_prefix("name=")).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bollard::API_DEFAULT_VERSION;

    #[test]
    fn an_init_that_is_named_is_not_always_there() {
        for (info, expect) in [
            ("{}", false),
            (r#"{"InitBinary":"docker-init","InitCommit":{"ID":"N/A"}}"#, false),
            (r#"{"InitBinary":"docker-init","InitCommit":{"ID":"de40ad0"}}"#, true),
            // As a distribution builds it.
            (r#"{"InitBinary":"/usr/bin/tini","InitCommit":{"ID":""}}"#, true),
            (r#"{"InitBinary":"docker-init"}"#, false),
            // Podman.
            (r#"{"InitBinary":"","InitCommit":{"ID":""}}"#, false),
        ] {
            assert_eq!(has_init(&serde_json::from_str(info).unwrap()), expect, "{info}");
        }
    }

    #[test]
    fn both_daemons_describe_themselves() {
        let check = |info: &str, version: &str, expect: About| {
            let about = about(
                serde_json::from_str(info).unwrap(),
                serde_json::from_str(version).unwrap(),
                API_DEFAULT_VERSION,
            );
            assert_eq!(about, expect);
        };
        check(
            r#"{"Driver":"overlayfs","DriverStatus":[["driver-type","io.containerd.snapshotter.v1"]],
                "DockerRootDir":"/var/lib/docker","SystemTime":"1970-01-01T00:01:00.5Z","HttpProxy":"",
                "SecurityOptions":["name=seccomp,profile=builtin","name=cgroupns"],"CgroupVersion":"2",
                "CgroupDriver":"systemd","OperatingSystem":"Alpine Linux v3.22 (containerized)"}"#,
            r#"{"Version":"29.1.0","ApiVersion":"1.56","MinAPIVersion":"1.44","Components":[{"Name":"Engine","Version":"29.1.0"}]}"#,
            About {
                name: "Docker Engine".to_owned(),
                version: "29.1.0".to_owned(),
                api: ["1.53", "1.56", "1.44"].map(str::to_owned),
                system: "Alpine Linux v3.22 (containerized)".to_owned(),
                is_nested: true,
                driver: "overlayfs".to_owned(),
                has_snapshotter: true,
                root: Some("/var/lib/docker".into()),
                time: Some(60),
                security: vec!["seccomp".to_owned(), "cgroupns".to_owned()],
                cgroup_version: "2".to_owned(),
                cgroup_driver: "systemd".to_owned(),
                ..About::default()
            },
        );
        check(
            r#"{"Driver":"overlay","HttpsProxy":"http://user:canary@p","SecurityOptions":["name=rootless"]}"#,
            r#"{"Version":"5.0.0","ApiVersion":"1.41","Components":[{"Name":"Podman Engine","Version":"5.0.0"}]}"#,
            About {
                name: "Podman Engine".to_owned(),
                version: "5.0.0".to_owned(),
                api: ["1.41", "1.41", ""].map(str::to_owned),
                driver: "overlay".to_owned(),
                security: vec!["rootless".to_owned()],
                has_proxy: true,
                ..About::default()
            },
        );
    }
}
