//! Which engine is in force, for the verbs that point something at it.

use std::time::Duration;

use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

use super::{Common, Exit, Refused, Survey, survey};
use crate::catalog::Catalog;
use crate::engine::{Injected, injected, preflight};
use crate::site;
use crate::value::{Endpoint, Version};

/// The version that is pinned, and what has to be known about it.
#[derive(Debug)]
pub(super) struct Pinned {
    /// Whose version it is.
    pub(super) toolchain: &'static str,
    /// The version.
    pub(super) version: Version,
    /// What is known about releases.
    pub(super) catalog: Catalog,
}

/// An engine that answers.
#[derive(Debug)]
pub(super) struct Ready {
    /// The variable that names it to its clients.
    pub(super) variable: &'static str,
    /// Where it is.
    pub(super) endpoint: Endpoint,
    /// How it came to be the one in force.
    pub(super) how: How,
}

/// How an engine came to be the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// Somebody else has chosen it, with the engine's own variable.
    Injected,
    /// `pin` has found or started it.
    Own,
}

/// Whether an engine is started that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Where it may be.
    IfNeeded,
    /// Nothing is changed.
    Never,
}

/// Returns the version of the engine that the repository pins.
pub(super) fn pinned(common: &Common) -> Result<Pinned, Refused> {
    let survey = survey(common)?;
    let toolchain = site::DAGGER;
    let version = version_of(&survey, toolchain)?;
    Ok(Pinned { toolchain, version, catalog: survey.repository.catalog })
}

fn version_of(survey: &Survey, toolchain: &str) -> Result<Version, Refused> {
    let verdict = survey.verdict()?;
    let truth = verdict.truths.iter().find(|truth| truth.toolchain == toolchain);
    if let Some(version) = truth.and_then(|truth| truth.version()) {
        return Ok(version.clone());
    }
    // What could not be read may be what states it.
    if let Some(problem) = survey.problems.first() {
        return Err(Refused {
            exit: Exit::Failure,
            stderr: problem.lines(),
            problem: Box::new(problem.clone()),
        });
    }
    let message = format!("nothing says which version of {toolchain} is pinned here");
    let hint = format!(
        "run `pin list` to see what is stated, or state `version` below `[toolchain.{toolchain}]` in pin.toml"
    );
    Err(Refused::new(Exit::Usage, &message, Some(&hint)))
}

/// Returns the engine that is in force, after it has answered.
pub(super) async fn ready(common: &Common, pinned: &Pinned, start: Start) -> Result<Ready, Refused> {
    let variable =
        if pinned.toolchain == site::DAGGER { "_EXPERIMENTAL_DAGGER_RUNNER_HOST" } else { "BUILDKIT_HOST" };
    let (endpoint, how) = match injected(&common.environment, variable) {
        Injected::Foreign { endpoint, .. } => (endpoint, How::Injected),
        Injected::Own(endpoint) => (endpoint, How::Own),
        Injected::Unusable { why, .. } => {
            let message = format!("`{variable}` names no engine: {why}");
            let hint = format!("`unset {variable}`, or set it to the address of an engine");
            return Err(Refused::new(Exit::Usage, &message, Some(&hint)));
        }
        Injected::None => {
            let _ = start;
            let message = format!("there is no engine: `{variable}` is not set");
            let hint = format!("set `{variable}` to the address of an engine");
            return Err(Refused::new(Exit::NoEngine, &message, Some(&hint)));
        }
    };
    let bound = common.network.http.timeout;
    preflight(&endpoint, &common.environment, &common.directory, bound).await.map_err(|error| {
        let exit = if error.is_timeout() { Exit::Unanswered } else { Exit::NoEngine };
        Refused::new(exit, &super::with_causes(&error), Some(&error.hint()))
    })?;
    reach(&endpoint, variable, bound).await?;
    Ok(Ready { variable, endpoint, how })
}

/// Returns whether somebody listens there.
async fn reach(endpoint: &Endpoint, variable: &str, bound: Duration) -> Result<(), Refused> {
    let connected = match endpoint {
        Endpoint::Unix(path) => timeout(bound, UnixStream::connect(path)).await.map(|done| done.map(drop)),
        Endpoint::Tcp { host, port } => {
            timeout(bound, TcpStream::connect((host.as_str(), *port))).await.map(|done| done.map(drop))
        }
        _ => return Ok(()),
    };
    let hint = format!("start the engine that `{variable}` names, or `unset {variable}`");
    match connected {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => {
            let message = format!("cannot reach the engine at {endpoint}: {error}");
            Err(Refused::new(Exit::NoEngine, &message, Some(&hint)))
        }
        Err(_) => {
            let message = format!("no answer from the engine at {endpoint} within {} s", bound.as_secs_f64());
            Err(Refused::new(Exit::Unanswered, &message, Some(&hint)))
        }
    }
}
