use super::{By, ENDPOINT, MODE, Said};
use crate::config::Mode;
use crate::document::strict::suggest;

/// Why it is not clear which engine is meant; all of them are mistakes of whoever said it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsettled {
    /// Nobody says where the engine runs.
    #[error("no engine mode is said")]
    NoMode {
        /// Whether the environment says where a remote engine is.
        has_endpoint: bool,
    },
    /// The engine is somewhere, but nobody says where.
    #[error("{0} says that the engine is remote, but nobody says where")]
    NoEndpoint(By),
    /// The environment says where a remote engine is, but the engine is none.
    #[error("{ENDPOINT} is set, but {} says that the engine is {}", .0.by, .0.value.as_str())]
    EndpointUnused(Said<Mode>),
    /// There is no such engine.
    #[error("{0} says `host`, which means the daemon's own BuildKit, and Dagger has none there")]
    HostWithDagger(By),
    /// A variable has a value that it cannot have.
    #[error("{name} {message}")]
    Variable {
        /// Its name.
        name: &'static str,
        /// What is wrong with it.
        message: String,
    },
}

impl Unsettled {
    /// Returns what to write instead.
    pub fn hint(&self) -> String {
        match self {
            Self::NoMode { has_endpoint: true } => {
                format!("set {MODE}=remote, too, for the engine that {ENDPOINT} names")
            }
            Self::NoMode { has_endpoint: false } => format!(
                "write `mode = \"isolated\"` below `[engine]` in pin.toml, for an engine in a privileged container of its own, \
                 or set {MODE}=isolated"
            ),
            // Another mode in pin.toml has no endpoint beside it there.
            Self::NoEndpoint(By::Variable(_)) => format!("set {ENDPOINT}=tcp://HOST:PORT, too"),
            Self::NoEndpoint(by) => format!(
                "write `endpoint = \"tcp://HOST:PORT\"` below `[engine]` in {by}, or set {ENDPOINT}=tcp://HOST:PORT"
            ),
            Self::EndpointUnused(_) => format!("set {MODE}=remote, too, or unset {ENDPOINT}"),
            Self::HostWithDagger(By::Variable(name)) => format!("set {name}=isolated, or unset it"),
            Self::HostWithDagger(by) => {
                format!("write `mode = \"isolated\"` in {by}, or set {MODE}=isolated")
            }
            Self::Variable { name, .. } => format!("set {name} to another value, or unset it"),
        }
    }
}

/// Returns what is wrong with a word that is no mode.
pub(super) fn no_mode(word: &str) -> String {
    let hint = Mode::meant_by(word).map(str::to_owned);
    let hint = hint.unwrap_or_else(|| suggest(word, &Mode::ALL.map(Mode::as_str)));
    format!("is `{word}`, which is no engine mode: {hint}")
}
