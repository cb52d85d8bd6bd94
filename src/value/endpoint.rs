mod address;
mod name;
mod other;
#[cfg(test)]
mod tests;
mod tls_files;

use std::fmt;
use std::path::Path;

use address::{HostPort, Query};
pub use other::OtherEndpoint;
pub use tls_files::TlsFiles;

/// Where an engine is reached: what `_EXPERIMENTAL_DAGGER_RUNNER_HOST` (dagger/dagger, `engine/client/drivers`) or
/// `BUILDKIT_HOST` (moby/buildkit, `client/connhelper`) holds. No part of it begins with `-` where it becomes an
/// argument, and its printed form holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A socket, by its absolute path.
    Unix(String),
    /// A port that anybody may use who reaches it.
    Tcp {
        /// A domain or an address; without the brackets of IPv6.
        host: String,
        /// From 1 on.
        port: u16,
    },
    /// A port behind TLS; Dagger's only.
    Tls {
        /// A domain or an address; without the brackets of IPv6.
        host: String,
        /// From 1 on; 443 where none is written.
        port: u16,
        /// The certificates that are read from disk.
        files: TlsFiles,
    },
    /// A container, in which the engine's own dial helper is run.
    Container {
        /// Who runs it; none is whoever is found first.
        runtime: Option<Runtime>,
        /// Its name or id.
        name: String,
        /// Docker's context, or nerdctl's namespace.
        scope: Option<String>,
        /// How the address is written.
        spelling: Spelling,
    },
    /// A pod of a Kubernetes cluster, in which the engine's own dial helper is run.
    KubePod {
        /// Its name.
        pod: String,
        /// The context of kubectl's configuration.
        context: Option<String>,
        /// Its namespace.
        namespace: Option<String>,
        /// Its container.
        container: Option<String>,
    },
    /// What only the engine's own client knows how to reach: `ssh`, `image`, `dagger-cloud`.
    Other(OtherEndpoint),
}

/// Who runs containers, as the schemes of addresses name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Runtime {
    /// Docker Engine.
    Docker,
    /// Podman.
    Podman,
    /// nerdctl, on containerd.
    Nerdctl,
    /// Finch.
    Finch,
    /// Apple's `container`.
    Apple,
}

impl Runtime {
    /// Every runtime.
    pub const ALL: [Self; 5] = [Self::Docker, Self::Podman, Self::Nerdctl, Self::Finch, Self::Apple];

    /// Returns the word of schemes and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Docker => "docker",
            Self::Podman => "podman",
            Self::Nerdctl => "nerdctl",
            Self::Finch => "finch",
            Self::Apple => "apple",
        }
    }

    /// Returns the runtime of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|runtime| runtime.as_str() == word)
    }
}

/// The two ways to write the address of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spelling {
    /// `container://NAME`, `container+docker://NAME`: Dagger from 0.18.15 on.
    Dagger,
    /// `docker-container://NAME`: `BuildKit`, and Dagger for Docker; up to 0.18.14 for Podman, too.
    Buildkit,
}

impl Endpoint {
    /// Returns the endpoint that an address names, or in lower-case words what is wrong with it; they hold nothing of
    /// the address that may be secret.
    pub fn parse(text: &str) -> Result<Self, String> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err("an address begins with its scheme, such as `unix://` or `tcp://`".to_owned());
        };
        if rest.contains(|part: char| part.is_control()) {
            return Err("an address has no control characters".to_owned());
        }
        match scheme {
            "unix" => unix(rest),
            "tcp" => {
                let HostPort { host, port } = address::host_port(rest)?;
                Ok(Self::Tcp {
                    host,
                    port: port.ok_or("`tcp` needs a port, such as `tcp://127.0.0.1:1234`")?,
                })
            }
            "tls" => tls(rest),
            "kube-pod" => kube_pod(rest),
            "container" => container(rest, None, Spelling::Dagger),
            _ => match runtime_of(scheme) {
                Some((runtime, spelling)) => container(rest, Some(runtime), spelling),
                None => OtherEndpoint::parse(scheme, rest).map(Self::Other),
            },
        }
    }

    /// Returns the first of its certificates that another directory would make another file, by its path.
    pub fn relative_file(&self) -> Option<&str> {
        match self {
            Self::Tls { files, .. } => files.relative(),
            _ => None,
        }
    }

    /// Returns the same endpoint with its certificates by absolute paths, those that are relative in `directory`.
    #[must_use]
    pub fn within(&self, directory: &Path) -> Self {
        match self {
            Self::Tls { host, port, files } => {
                Self::Tls { host: host.clone(), port: *port, files: files.within(directory) }
            }
            other => other.clone(),
        }
    }

    /// Returns the whole address, for the environment of a program that reaches the engine by itself; it may hold a
    /// secret, and is never printed.
    pub fn address(&self) -> String {
        match self {
            Self::Other(other) => other.address(),
            plain => plain.to_string(),
        }
    }
}

/// Returns what `container+docker` and `docker-container` speak of.
fn runtime_of(scheme: &str) -> Option<(Runtime, Spelling)> {
    if let Some(word) = scheme.strip_prefix("container+") {
        return Some((Runtime::parse(word)?, Spelling::Dagger));
    }
    let runtime = Runtime::parse(scheme.strip_suffix("-container")?)?;
    let is_known = matches!(runtime, Runtime::Docker | Runtime::Podman | Runtime::Nerdctl);
    is_known.then_some((runtime, Spelling::Buildkit))
}

/// Whether its path is taken as it is or as part of a URL depends on the client, so it is one that means the same to
/// both.
fn unix(rest: &str) -> Result<Endpoint, String> {
    if !rest.starts_with('/') || rest.ends_with('/') {
        return Err("a socket has an absolute path, as in `unix:///run/engine.sock`".to_owned());
    }
    if rest.contains(['?', '#', '%']) {
        return Err("a socket's path has no `?`, `#` or `%`".to_owned());
    }
    Ok(Endpoint::Unix(rest.to_owned()))
}

fn tls(rest: &str) -> Result<Endpoint, String> {
    let (authority, mut query) = Query::split(rest)?;
    let HostPort { host, port } = address::host_port(authority)?;
    let files = TlsFiles {
        ca: query.take("ca_path", name::is_path, "a path")?,
        cert: query.take("cert_path", name::is_path, "a path")?,
        key: query.take("key_path", name::is_path, "a path")?,
    };
    query.finish(&["ca_path", "cert_path", "key_path"])?;
    if files.cert.is_some() != files.key.is_some() {
        return Err("`cert_path` and `key_path` are given together or not at all".to_owned());
    }
    Ok(Endpoint::Tls { host, port: port.unwrap_or(address::TLS_PORT), files })
}

fn container(rest: &str, runtime: Option<Runtime>, spelling: Spelling) -> Result<Endpoint, String> {
    let (name, mut query) = Query::split(rest)?;
    if !name::is_container(name) {
        return Err(
            "a container's name has letters, digits, `_`, `.` and `-`, and begins with one of the first two"
                .to_owned(),
        );
    }
    // Dagger hands a context to the wrong program, so that it is none there.
    let (known, scope): (&[&str], _) = match (spelling, runtime) {
        (Spelling::Buildkit, Some(Runtime::Docker)) => {
            (&["context"], query.take("context", name::is_docker_context, "a Docker context")?)
        }
        (Spelling::Buildkit, Some(Runtime::Nerdctl)) => {
            (&["namespace"], query.take("namespace", name::is_container, "a namespace of containerd")?)
        }
        _ => (&[], None),
    };
    query.finish(known)?;
    Ok(Endpoint::Container { runtime, name: name.to_owned(), scope, spelling })
}

fn kube_pod(rest: &str) -> Result<Endpoint, String> {
    let (pod, mut query) = Query::split(rest)?;
    if !name::is_subdomain(pod) {
        return Err("a pod's name has small letters, digits, `-` and `.`, and begins and ends with one of the first two"
            .to_owned());
    }
    let endpoint = Endpoint::KubePod {
        pod: pod.to_owned(),
        context: query.take("context", name::is_kube_context, "a context of kubectl")?,
        namespace: query.take("namespace", name::is_label, "a namespace of Kubernetes")?,
        container: query.take("container", name::is_label, "a container of a pod")?,
    };
    query.finish(&["context", "namespace", "container"])?;
    Ok(endpoint)
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix(path) => write!(f, "unix://{path}"),
            Self::Tcp { host, port } => write!(f, "tcp://{}:{port}", address::bracketed(host)),
            Self::Tls { host, port, files } => {
                write!(f, "tls://{}", address::bracketed(host))?;
                if *port != address::TLS_PORT {
                    write!(f, ":{port}")?;
                }
                let TlsFiles { ca, cert, key } = files;
                address::write_query(f, &[("ca_path", ca), ("cert_path", cert), ("key_path", key)])
            }
            Self::Container { runtime, name, scope, spelling } => {
                match (runtime.map(Runtime::as_str), spelling) {
                    (None, _) => write!(f, "container://{name}")?,
                    (Some(runtime), Spelling::Dagger) => write!(f, "container+{runtime}://{name}")?,
                    (Some(runtime), Spelling::Buildkit) => write!(f, "{runtime}-container://{name}")?,
                }
                let key = if *runtime == Some(Runtime::Nerdctl) { "namespace" } else { "context" };
                address::write_query(f, &[(key, scope)])
            }
            Self::KubePod { pod, context, namespace, container } => {
                write!(f, "kube-pod://{pod}")?;
                let query = [("context", context), ("namespace", namespace), ("container", container)];
                address::write_query(f, &query)
            }
            Self::Other(other) => write!(f, "{other}"),
        }
    }
}
