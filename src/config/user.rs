#[cfg(test)]
mod tests;

use super::{Mode, engine, tables};
use crate::document::strict::{boolean, filled, one_of, string, wrong};
use crate::document::{Mistake, Node, parse_toml};
use crate::value::{Endpoint, Runtime};

type Result<T> = std::result::Result<T, Mistake>;

/// Name of the user's own file, in the directory that [`Environment::config`](crate::value::Environment::config) has.
pub const USER_FILE: &str = "config.toml";

/// JSON Schema of the user's own file (draft 2020-12), for editors.
pub const USER_SCHEMA: &str = include_str!("user/schema.json");

/// Runtimes whose API `pin` speaks.
pub(super) const RUNTIMES: [Runtime; 2] = [Runtime::Docker, Runtime::Podman];

/// What a person says about engines on their own machine, in `pin/config.toml`: what a repository must not decide.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct User {
    /// The runtime to use instead of the first one that answers; Docker or Podman.
    pub runtime: Option<Runtime>,
    /// Where every engine runs.
    pub mode: Option<Mode>,
    /// Where an engine is reached wherever the mode is [`Mode::Remote`].
    pub endpoint: Option<Endpoint>,
    /// Whether an engine may be started privileged without saying so each time.
    pub accept_privileged: bool,
}

/// Returns what the text of the user's own file says.
pub fn parse_user(text: &str) -> Result<User> {
    let tree = parse_toml(text)?;
    let root = tables::User::read(&tree)?;
    let Some(node) = root.engine else { return Ok(User::default()) };
    let keys = tables::UserEngine::read(node)?;
    let user = User {
        runtime: keys.runtime.map(runtime).transpose()?,
        mode: keys.mode.map(engine::mode).transpose()?,
        endpoint: keys.endpoint.map(endpoint).transpose()?,
        accept_privileged: keys.accept_privileged.map(boolean).transpose()?.unwrap_or_default(),
    };
    match (user.mode, keys.endpoint) {
        (Some(Mode::Isolated | Mode::Host), Some(node)) => {
            let hint = Some("write `mode = \"remote\"`, or take it out".to_owned());
            Err(Mistake { hint, ..wrong(node, "`endpoint` is only for the mode `remote`") })
        }
        _ => Ok(user),
    }
}

fn endpoint(node: &Node<'_>) -> Result<Endpoint> {
    personal_endpoint(filled(node)?).map_err(|message| wrong(node, &message))
}

/// Returns the endpoint of an address that holds for every repository, so that no file of it may be another one in each.
pub(super) fn personal_endpoint(text: &str) -> std::result::Result<Endpoint, String> {
    let endpoint = Endpoint::parse(text)?;
    match endpoint.relative_file() {
        Some(path) => Err(format!("`{path}` is another file in every directory, wanted an absolute path")),
        None => Ok(endpoint),
    }
}

fn runtime(node: &Node<'_>) -> Result<Runtime> {
    let word = string(node)?;
    parse_runtime(word).ok_or_else(|| one_of(node, "runtime", word, &RUNTIMES.map(Runtime::as_str)))
}

/// Returns the runtime of a word, if `pin` speaks with it.
pub(super) fn parse_runtime(word: &str) -> Option<Runtime> {
    RUNTIMES.into_iter().find(|runtime| runtime.as_str() == word)
}
