//! What the daemon is told to make (Docker Engine API, `ContainerCreate`).

use bollard::models::{
    ContainerCreateBody, DeviceRequest, HostConfig, HostConfigLogConfig, Mount, MountType, RestartPolicy,
    RestartPolicyNameEnum,
};

use super::Wanted;
use crate::config::EngineKind;
use crate::engine::Network;
use crate::value::whole_seconds;

/// How much of the engine's log is kept: ten files of ten megabytes.
const LOG: [(&str, &str); 2] = [("max-size", "10m"), ("max-file", "10")];

impl Wanted {
    /// Returns the container to make. `sockets` is the directory of its socket, for a daemon that sees our files.
    pub fn body(&self, network: Network, sockets: Option<&str>) -> Box<ContainerCreateBody> {
        let mut labels = self.labels();
        labels.push(("pin.spec", self.spec()));
        labels.extend(self.proxied().map(|proxies| ("pin.proxies", proxies)));
        let mut mounts = vec![Mount {
            typ: Some(MountType::VOLUME),
            source: Some(self.volume()),
            target: Some(self.kind.cache_directory().to_owned()),
            ..Mount::default()
        }];
        mounts.extend(sockets.map(|directory| Mount {
            typ: Some(MountType::BIND),
            source: Some(directory.to_owned()),
            target: Some(self.kind.socket_directory().to_owned()),
            ..Mount::default()
        }));
        let variables = self.variables();
        // Some kilobytes of what may be said and is not, which no future has to carry.
        Box::new(ContainerCreateBody {
            image: Some(self.image.reference()),
            cmd: Some(self.arguments()),
            env: Some(variables.into_iter().map(|(name, value)| format!("{name}={value}")).collect()),
            labels: Some(labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
            stop_signal: Some("SIGTERM".to_owned()),
            stop_timeout: i64::try_from(whole_seconds(self.stop_timeout)).ok(),
            host_config: Some(HostConfig {
                // An engine makes containers itself (dagger docs, "Custom runner"; moby/buildkit README).
                privileged: Some(true),
                // What the containers of BuildKit's API leave behind nobody else reaps (docker/buildx
                // `driver/docker-container`). Dagger's entrypoint wants to be the first process itself.
                init: (self.kind == EngineKind::BuildKit).then_some(true),
                network_mode: Some(network.as_str().to_owned()),
                mounts: Some(mounts),
                memory: self.memory.and_then(|bytes| i64::try_from(bytes).ok()),
                device_requests: self.gpu.then(|| vec![every_card()]),
                restart_policy: Some(RestartPolicy {
                    name: Some(RestartPolicyNameEnum::NO),
                    ..RestartPolicy::default()
                }),
                log_config: Some(HostConfigLogConfig {
                    typ: Some("json-file".to_owned()),
                    config: Some(LOG.map(|(name, value)| (name.to_owned(), value.to_owned())).into()),
                }),
                ..HostConfig::default()
            }),
            ..ContainerCreateBody::default()
        })
    }

    /// Returns the variables that the engine gets.
    pub(super) fn variables(&self) -> Vec<(String, String)> {
        let proxies = self.proxies.variables().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let name = match self.kind {
            // What it then says it is called tells it from other engines (dagger/dagger `engine/consts.go`).
            EngineKind::Dagger => Some(("_EXPERIMENTAL_DAGGER_ENGINE_NAME".to_owned(), self.container())),
            EngineKind::BuildKit => None,
        };
        proxies.chain(name).collect()
    }

    fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        if let Some(group) = self.group {
            arguments.extend(["--group".to_owned(), group.to_string()]);
        }
        arguments
    }
}

fn every_card() -> DeviceRequest {
    DeviceRequest {
        driver: Some("nvidia".to_owned()),
        count: Some(-1),
        capabilities: Some(vec![vec!["gpu".to_owned()]]),
        ..DeviceRequest::default()
    }
}
