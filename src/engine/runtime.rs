//! Finding a container daemon.

use std::fs;
use std::time::Duration;

use super::{Daemon, DaemonError};
use crate::value::Environment;

/// A place where a daemon may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Its address.
    pub address: String,
    /// Who says so, as words.
    pub because: String,
}

/// A daemon that was found, and those before it that did not answer.
#[derive(Debug)]
pub struct Found {
    /// The daemon.
    pub daemon: Daemon,
    /// Who says that it is there.
    pub because: String,
    /// Who should have been there, with what went wrong.
    pub passed: Vec<(Candidate, DaemonError)>,
}

/// Returns where a daemon may be, the likeliest first.
pub fn candidates(environment: &Environment) -> Vec<Candidate> {
    let mut found = Vec::new();
    let mut add =
        |address: String, because: &str| found.push(Candidate { address, because: because.to_owned() });
    if let Some(host) = environment.word("DOCKER_HOST") {
        add(host.to_owned(), "DOCKER_HOST");
    }
    add("unix:///var/run/docker.sock".to_owned(), "Docker's own socket");
    if let Some(directory) = environment.path("XDG_RUNTIME_DIR") {
        add(format!("unix://{}/docker.sock", directory.display()), "rootless Docker");
        add(format!("unix://{}/podman/podman.sock", directory.display()), "rootless Podman");
    }
    add("unix:///run/podman/podman.sock".to_owned(), "Podman");
    found
}

/// Returns the first daemon that answers.
pub async fn find(
    candidates: Vec<Candidate>,
    bound: Duration,
) -> Result<Found, Vec<(Candidate, DaemonError)>> {
    let mut passed = Vec::new();
    for candidate in candidates {
        match Daemon::connect(&settled(&candidate.address), bound).await {
            Ok(daemon) => return Ok(Found { daemon, because: candidate.because, passed }),
            Err(error) => passed.push((candidate, error)),
        }
    }
    Err(passed)
}

/// One socket has one name, whatever links lead to it.
fn settled(address: &str) -> String {
    let path = address.strip_prefix("unix://").and_then(|path| fs::canonicalize(path).ok());
    path.map_or_else(|| address.to_owned(), |path| format!("unix://{}", path.display()))
}
