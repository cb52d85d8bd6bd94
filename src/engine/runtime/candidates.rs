//! Where a daemon may be, as a list: nothing is looked at.

use std::path::{Path, PathBuf};

use super::address::{Address, Refusal, TlsFiles};
use super::context::{Context, directory};
use crate::config::Said;
use crate::value::{Environment, Runtime};

/// A place where a daemon may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Whose daemon is expected there.
    pub runtime: Runtime,
    /// Its address, or why nobody is reached by what stands there.
    pub address: Result<Address, Refusal>,
    /// Who says so.
    pub because: Because,
}

/// Who says where a daemon is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Because {
    /// A variable of the environment.
    Variable(&'static str),
    /// The context that Docker's configuration, or a variable, says is in force.
    Context {
        /// Its name.
        name: String,
        /// Whether it is a variable.
        by_variable: bool,
    },
    /// It is where such daemons usually are; whose, as words.
    Usual(&'static str),
}

/// What is known before anything is looked at.
#[derive(Debug)]
pub struct Given<'a> {
    /// The variables of the user.
    pub environment: &'a Environment,
    /// Docker's context in force.
    pub context: Option<&'a Context>,
    /// The runtime whose daemon alone will do.
    pub only: Option<Said<Runtime>>,
    /// The user's number.
    pub user: u32,
    /// Whether this is macOS.
    pub is_mac: bool,
}

impl Because {
    /// Returns whether the user has said that the daemon is there.
    pub const fn is_named(&self) -> bool {
        !matches!(self, Self::Usual(_))
    }

    /// Returns the command after which nobody says so any more, in backquotes.
    pub fn take_back(&self) -> Option<String> {
        match self {
            Self::Variable(name) => Some(format!("`unset {name}`")),
            Self::Context { by_variable: true, .. } => Some("`unset DOCKER_CONTEXT`".to_owned()),
            Self::Context { by_variable: false, .. } => Some("`export DOCKER_CONTEXT=default`".to_owned()),
            Self::Usual(_) => None,
        }
    }

    /// Returns it as words.
    pub fn words(&self) -> String {
        match self {
            Self::Variable(name) => (*name).to_owned(),
            Self::Context { name, by_variable: true } => {
                format!("the Docker context `{name}` of DOCKER_CONTEXT")
            }
            Self::Context { name, by_variable: false } => format!("the Docker context `{name}`"),
            Self::Usual(whose) => (*whose).to_owned(),
        }
    }
}

/// Returns where a daemon may be, in the order in which Dagger looks for one: Docker, then Podman (dagger/dagger
/// `engine/client/drivers/container.go`; the others that it knows have no API that is Docker's). Within Docker: what its
/// own CLI would take, then where others than its packages put sockets. Colima, `OrbStack` and Rancher Desktop make a
/// context of theirs the current one.
pub fn candidates(given: &Given<'_>) -> Vec<Candidate> {
    let mut found = match given.only.map(|only| only.value) {
        Some(Runtime::Docker) => docker(given),
        Some(_) => podman(given),
        None => [docker(given), podman(given)].concat(),
    };
    let mut seen: Vec<Address> = Vec::new();
    found.retain(|candidate| match &candidate.address {
        Ok(address) if seen.contains(address) => false,
        Ok(address) => {
            seen.push(address.clone());
            true
        }
        Err(_) => true,
    });
    found
}

fn docker(given: &Given<'_>) -> Vec<Candidate> {
    let mut found = List { runtime: Runtime::Docker, found: Vec::new() };
    if let Some(host) = given.environment.get("DOCKER_HOST") {
        let tls = tls_of_environment(given.environment);
        let text = host.to_str().ok_or_else(|| Refusal::new("it is no UTF-8 text"));
        found.add(text.and_then(|host| Address::parse(host, tls)), Because::Variable("DOCKER_HOST"));
    }
    if let Some(Context { name, by_variable, address }) = given.context {
        found.add(address.clone(), Because::Context { name: name.clone(), by_variable: *by_variable });
    }
    found.socket(Path::new("/var/run/docker.sock"), "Docker's own socket");
    found.socket(&runtime_directory(given).join("docker.sock"), "rootless Docker");
    if let Some(directory) = directory(given.environment) {
        found.socket(&directory.join("run/docker.sock"), "Docker Desktop");
        found.socket(&directory.join("desktop/docker.sock"), "Docker Desktop");
    }
    found.found
}

fn podman(given: &Given<'_>) -> Vec<Candidate> {
    let mut found = List { runtime: Runtime::Podman, found: Vec::new() };
    if let Some(host) = given.environment.word("CONTAINER_HOST") {
        found.add(Address::parse(host, None), Because::Variable("CONTAINER_HOST"));
    }
    found.socket(&runtime_directory(given).join("podman/podman.sock"), "rootless Podman");
    if given.is_mac {
        // Podman makes the first a link to whichever machine was started last (podman `machine start`).
        let links = given.environment.home();
        if let Some(home) = links {
            found
                .socket(&home.join(".local/share/containers/podman/machine/podman.sock"), "Podman's machine");
        }
        if let Some(directory) = given.environment.path("TMPDIR") {
            found.socket(&directory.join("podman/podman-machine-default-api.sock"), "Podman's machine");
        }
    }
    found.socket(Path::new("/run/podman/podman.sock"), "Podman");
    found.found
}

/// One runtime's.
struct List {
    runtime: Runtime,
    found: Vec<Candidate>,
}

impl List {
    fn add(&mut self, address: Result<Address, Refusal>, because: Because) {
        self.found.push(Candidate { runtime: self.runtime, address, because });
    }

    fn socket(&mut self, path: &Path, whose: &'static str) {
        self.add(Ok(Address::Unix(path.to_owned())), Because::Usual(whose));
    }
}

/// A session without one (`sudo`, `ssh` into a container) still has its sockets there.
fn runtime_directory(given: &Given<'_>) -> PathBuf {
    let usual = || PathBuf::from(format!("/run/user/{}", given.user));
    given.environment.path("XDG_RUNTIME_DIR").unwrap_or_else(usual)
}

/// Returns the files for a port, where the environment asks for TLS (Docker docs, "Environment variables").
pub(super) fn tls_of_environment(environment: &Environment) -> Option<TlsFiles> {
    environment.get("DOCKER_TLS_VERIFY").or_else(|| environment.get("DOCKER_TLS"))?;
    let directory = environment.path("DOCKER_CERT_PATH").or_else(|| directory(environment))?;
    // Which of them are there is found out when they are needed: one that is missing is then said.
    let file = |name: &str| directory.join(name);
    Some(TlsFiles { ca: Some(file("ca.pem")), own: Some((file("cert.pem"), file("key.pem"))) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::By;

    fn check(
        variables: &[(&str, &str)],
        context: Option<&Context>,
        only: Option<Runtime>,
        mac: bool,
        expect: &[&str],
    ) {
        let environment =
            Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
        let only = only.map(|value| Said { value, by: By::User });
        let given = Given { environment: &environment, context, only, user: 1000, is_mac: mac };
        let found: Vec<String> = candidates(&given)
            .iter()
            .map(|candidate| {
                let address =
                    candidate.address.as_ref().map_or_else(|no| no.why.clone(), ToString::to_string);
                format!("{}: {address}", candidate.because.words())
            })
            .collect();
        assert_eq!(found, expect, "{variables:?}");
    }

    #[test]
    fn daemons_are_looked_for_in_daggers_order() {
        let own = "Docker's own socket: unix:///var/run/docker.sock";
        let podman = "Podman: unix:///run/podman/podman.sock";
        check(
            &[],
            None,
            None,
            false,
            &[
                own,
                "rootless Docker: unix:///run/user/1000/docker.sock",
                "rootless Podman: unix:///run/user/1000/podman/podman.sock",
                podman,
            ],
        );
        let variables = [
            ("DOCKER_HOST", "tcp://build:2375"),
            ("CONTAINER_HOST", "unix:///c.sock"),
            ("XDG_RUNTIME_DIR", "/x"),
            ("HOME", "/h"),
        ];
        check(
            &variables,
            None,
            None,
            false,
            &[
                "DOCKER_HOST: tcp://build:2375",
                own,
                "rootless Docker: unix:///x/docker.sock",
                "Docker Desktop: unix:///h/.docker/run/docker.sock",
                "Docker Desktop: unix:///h/.docker/desktop/docker.sock",
                "CONTAINER_HOST: unix:///c.sock",
                "rootless Podman: unix:///x/podman/podman.sock",
                podman,
            ],
        );
        let mac = [("XDG_RUNTIME_DIR", "/x"), ("TMPDIR", "/t"), ("HOME", "/h")];
        check(
            &mac,
            None,
            Some(Runtime::Podman),
            true,
            &[
                "rootless Podman: unix:///x/podman/podman.sock",
                "Podman's machine: unix:///h/.local/share/containers/podman/machine/podman.sock",
                "Podman's machine: unix:///t/podman/podman-machine-default-api.sock",
                podman,
            ],
        );
    }

    #[test]
    fn nothing_else_is_tried_than_what_the_user_allows() {
        check(
            &[("CONTAINER_HOST", "tcp://h:1")],
            None,
            Some(Runtime::Docker),
            false,
            &[
                "Docker's own socket: unix:///var/run/docker.sock",
                "rootless Docker: unix:///run/user/1000/docker.sock",
            ],
        );
    }

    #[test]
    fn one_address_is_tried_once_and_a_context_is_said() {
        let address = Ok(Address::Unix("/var/run/docker.sock".into()));
        let context = Context { name: "own".to_owned(), by_variable: false, address };
        check(
            &[],
            Some(&context),
            Some(Runtime::Docker),
            false,
            &[
                "the Docker context `own`: unix:///var/run/docker.sock",
                "rootless Docker: unix:///run/user/1000/docker.sock",
            ],
        );
        check(
            &[("DOCKER_HOST", "ssh://h"), ("XDG_RUNTIME_DIR", "/x")],
            None,
            Some(Runtime::Docker),
            false,
            &[
                "DOCKER_HOST: `pin` does not reach daemons over SSH by itself",
                "Docker's own socket: unix:///var/run/docker.sock",
                "rootless Docker: unix:///x/docker.sock",
            ],
        );
    }

    #[test]
    fn tls_is_used_where_the_environment_asks_for_it() {
        let address = |variables: &[(&str, &str)]| {
            let environment =
                Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())));
            let given =
                Given { environment: &environment, context: None, only: None, user: 0, is_mac: false };
            candidates(&given).remove(0).address.unwrap()
        };
        let (host, verify) = (("DOCKER_HOST", "tcp://h:2376"), ("DOCKER_TLS_VERIFY", "1"));
        assert_eq!(address(&[host]), Address::Tcp { host: "h".to_owned(), port: 2376 });
        let files =
            TlsFiles { ca: Some("/c/ca.pem".into()), own: Some(("/c/cert.pem".into(), "/c/key.pem".into())) };
        let expect = Address::Tls { host: "h".to_owned(), port: 2376, files };
        assert_eq!(address(&[host, verify, ("DOCKER_CERT_PATH", "/c")]), expect);
        assert_eq!(address(&[host, verify, ("DOCKER_CONFIG", "/c")]), expect);
        // An empty variable is none, as for Docker's CLI.
        assert!(matches!(address(&[host, ("DOCKER_TLS_VERIFY", "")]), Address::Tcp { .. }));
    }
}
