#[cfg(test)]
mod tests;
mod unsettled;

use super::user::{parse_runtime, personal_endpoint};
use super::{Engine, EngineKind, FILE, Mode, Provision, USER_FILE, User};
use crate::value::{Endpoint, Environment, Runtime, TlsFiles, parse_duration};
use std::fmt;
use std::path::Path;

pub use unsettled::Unsettled;

const RUNTIME: &str = "PIN_ENGINE_RUNTIME";
const MODE: &str = "PIN_ENGINE_MODE";
const ENDPOINT: &str = "PIN_ENGINE_ENDPOINT";
const CONSENT: &str = "PIN_ACCEPT_PRIVILEGED";
const START_TIMEOUT: &str = "PIN_ENGINE_START_TIMEOUT";

/// What holds for the engine, after the repository, the user and the environment have been heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settled {
    /// Whose engine it is.
    pub kind: EngineKind,
    /// Where it runs.
    pub mode: Said<Mode>,
    /// Where it is reached; there is one when the mode is [`Mode::Remote`], and only then. Certificates that the
    /// repository names are in it, by absolute paths.
    pub endpoint: Option<Said<Endpoint>>,
    /// The runtime to use instead of the first one that answers; Docker or Podman.
    pub runtime: Option<Said<Runtime>>,
    /// Who allows that it is started privileged without saying so: the user or the environment, never a repository.
    pub consent: Option<By>,
    /// What it is made with.
    pub provision: Provision,
}

/// What was said, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said<T> {
    /// What was said.
    pub value: T,
    /// By whom.
    pub by: By,
}

/// Who says something about an engine. Printed, it is the file or the variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum By {
    /// The repository's `pin.toml`.
    Repository,
    /// The user's own `config.toml`.
    User,
    /// A variable of the environment, by its name.
    Variable(&'static str),
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Repository => f.write_str(FILE),
            Self::User => write!(f, "pin/{USER_FILE}"),
            Self::Variable(name) => f.write_str(name),
        }
    }
}

/// Returns what holds for the engine: the environment comes before the user's own file, and that before the
/// repository. An engine that was injected into the environment (`_EXPERIMENTAL_DAGGER_RUNNER_HOST`) comes before all
/// of them, and is not looked at here. `root` is the repository's, in which its certificates are.
pub fn settle(
    config: &Engine,
    user: &User,
    environment: &Environment,
    root: &Path,
) -> Result<Settled, Unsettled> {
    let mode = mode(config, user, environment)?;
    if mode.value == Mode::Host && config.kind == EngineKind::Dagger {
        return Err(Unsettled::HostWithDagger(mode.by));
    }
    let start_timeout = variable(environment, START_TIMEOUT, |text| {
        parse_duration(text).map_err(|wanted| format!("is no duration, {wanted}"))
    })?;
    let start_timeout = start_timeout.unwrap_or(config.provision.start_timeout);
    let provision = Provision { start_timeout, ..config.provision.clone() };
    Ok(Settled {
        kind: config.kind,
        mode,
        endpoint: endpoint(mode, config, user, environment, root)?,
        runtime: runtime(user, environment)?,
        consent: consent(user, environment)?,
        provision,
    })
}

fn mode(config: &Engine, user: &User, environment: &Environment) -> Result<Said<Mode>, Unsettled> {
    let said = variable(environment, MODE, |word| Mode::parse(word).ok_or_else(|| unsettled::no_mode(word)))?;
    let said = said.map(|value| Said { value, by: By::Variable(MODE) });
    let by_user = user.mode.map(|value| Said { value, by: By::User });
    let by_repository = config.mode.map(|(value, _)| Said { value, by: By::Repository });
    let has_endpoint = environment.get(ENDPOINT).is_some();
    said.or(by_user).or(by_repository).ok_or(Unsettled::NoMode { has_endpoint })
}

/// An endpoint in the user's own file is for every repository with a remote engine, so that it contradicts no other
/// mode; one in a variable is for this very run.
fn endpoint(
    mode: Said<Mode>,
    config: &Engine,
    user: &User,
    environment: &Environment,
    root: &Path,
) -> Result<Option<Said<Endpoint>>, Unsettled> {
    let said = variable(environment, ENDPOINT, |text| {
        // It may hold a secret, so it is not quoted.
        personal_endpoint(text).map_err(|message| format!("is no address: {message}"))
    })?;
    if mode.value != Mode::Remote {
        let is_said = said.is_some();
        return if is_said { Err(Unsettled::EndpointUnused(mode)) } else { Ok(None) };
    }
    let said = said.map(|value| Said { value, by: By::Variable(ENDPOINT) });
    let by_user = || user.endpoint.clone().map(|value| Said { value, by: By::User });
    let by_repository = || {
        let (endpoint, _) = config.endpoint.as_ref()?;
        let endpoint = with_certificates(endpoint, config.tls.as_ref());
        Some(Said { value: endpoint.within(root), by: By::Repository })
    };
    match said.or_else(by_user).or_else(by_repository) {
        Some(endpoint) => Ok(Some(endpoint)),
        None => Err(Unsettled::NoEndpoint(mode.by)),
    }
}

/// The repository's certificates belong to the repository's endpoint.
fn with_certificates(endpoint: &Endpoint, tls: Option<&TlsFiles>) -> Endpoint {
    match (endpoint, tls) {
        (Endpoint::Tcp { host, port } | Endpoint::Tls { host, port, .. }, Some(files)) => {
            Endpoint::Tls { host: host.clone(), port: *port, files: files.clone() }
        }
        (endpoint, _) => endpoint.clone(),
    }
}

fn runtime(user: &User, environment: &Environment) -> Result<Option<Said<Runtime>>, Unsettled> {
    let said = variable(environment, RUNTIME, |word| {
        parse_runtime(word)
            .ok_or_else(|| "is no runtime that pin speaks with, wanted docker or podman".to_owned())
    })?;
    let said = said.map(|value| Said { value, by: By::Variable(RUNTIME) });
    Ok(said.or(user.runtime.map(|value| Said { value, by: By::User })))
}

/// The variable may also take the consent back.
fn consent(user: &User, environment: &Environment) -> Result<Option<By>, Unsettled> {
    let said = variable(environment, CONSENT, |word| match word {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err("is neither `1` nor `0`".to_owned()),
    })?;
    Ok(match said {
        Some(is_given) => is_given.then_some(By::Variable(CONSENT)),
        None => user.accept_privileged.then_some(By::User),
    })
}

/// Returns what a variable says; nothing when it is empty or not set.
fn variable<T>(
    environment: &Environment,
    name: &'static str,
    parse: impl FnOnce(&str) -> Result<T, String>,
) -> Result<Option<T>, Unsettled> {
    let Some(value) = environment.get(name) else { return Ok(None) };
    let parsed = value.to_str().ok_or_else(|| "is no text".to_owned()).and_then(parse);
    parsed.map(Some).map_err(|message| Unsettled::Variable { name, message })
}
