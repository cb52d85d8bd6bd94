//! How `pin` itself reaches an engine that somebody else keeps.

use std::path::{Path, PathBuf};

use super::settled::Settled;
use crate::command::Refused;
use crate::engine::runtime::TlsFiles;
use crate::engine::{Daemon, Way};
use crate::value::{self, Endpoint, Runtime};
use crate::world::Program;

impl Settled {
    /// Returns the way to an endpoint, or `None` where only the engine's own client knows one. `daemon` keeps the daemon
    /// that its container is on.
    pub(super) async fn way<'d>(
        &self,
        endpoint: &Endpoint,
        daemon: &'d mut Option<Daemon>,
    ) -> Result<Option<Way<'d>>, Refused> {
        let program = |name: &str, args: Vec<String>| {
            let args = args.into_iter().chain(self.kind.dial().map(str::to_owned)).map(Into::into).collect();
            Some(Way::Program(Program {
                name: name.into(),
                args,
                directory: self.root.clone(),
                env: Vec::new(),
                unset: &[],
                input: Vec::new(),
                timeout: self.common.network.http.timeout,
                max_output: 0,
            }))
        };
        Ok(match endpoint {
            Endpoint::Unix(path) => Some(Way::Socket(PathBuf::from(path))),
            Endpoint::Tcp { host, port } => Some(Way::Port { host: host.clone(), port: *port }),
            Endpoint::Tls { host, port, files } => {
                // Those of an injected one are where its client would look for them.
                let files = tls(&self.common.directory, files);
                Some(Way::Secured { host: host.clone(), port: *port, files })
            }
            Endpoint::Container { runtime: None | Some(Runtime::Docker), name, scope: None, .. } => {
                let daemon = daemon.insert(self.daemon().await?);
                Some(Way::Inside { daemon, container: name.clone(), program: self.kind.dial() })
            }
            Endpoint::Container { runtime, name, scope, .. } => {
                let client = match runtime {
                    None | Some(Runtime::Docker) => "docker",
                    Some(Runtime::Podman) => "podman",
                    Some(Runtime::Nerdctl) => "nerdctl",
                    Some(Runtime::Finch) => "finch",
                    Some(Runtime::Apple) => "container",
                };
                // No address of the others has one.
                let scoped = if *runtime == Some(Runtime::Nerdctl) { "--namespace" } else { "--context" };
                let scope = scope.as_ref().map(|scope| format!("{scoped}={scope}"));
                let exec = ["exec".to_owned(), "-i".to_owned(), name.clone()];
                program(client, scope.into_iter().chain(exec).collect())
            }
            Endpoint::KubePod { pod, context, namespace, container } => {
                let flag = |flag: &str, value: &Option<String>| {
                    value.as_ref().map(|value| format!("--{flag}={value}"))
                };
                let flags = [
                    flag("context", context),
                    flag("namespace", namespace),
                    Some("exec".to_owned()),
                    flag("container", container),
                    Some("-i".to_owned()),
                    Some(pod.clone()),
                    Some("--".to_owned()),
                ];
                program("kubectl", flags.into_iter().flatten().collect())
            }
            Endpoint::Other(_) => None,
        })
    }
}

/// A certificate without its key, or a key without its certificate, says nothing about us.
fn tls(directory: &Path, files: &value::TlsFiles) -> TlsFiles {
    let at = |path: &Option<String>| path.as_ref().map(|path| directory.join(path));
    TlsFiles { ca: at(&files.ca), own: at(&files.cert).zip(at(&files.key)) }
}
