//! A container daemon: every call is bounded, every refusal keeps its words.

mod about;
mod containers;
mod embedded;
mod exec;
mod images;
mod logs;
mod tls;
mod volumes;

pub use about::About;
pub use containers::Created;
pub use images::Pulled;
pub use logs::Log;

use std::time::Duration;

use bollard::errors::Error;
use bollard::{API_DEFAULT_VERSION, Docker};
use tokio::time::timeout;

use super::runtime::Address;

/// Longer than anything: bounds are set per call.
const FOREVER: u64 = 365 * 86_400;

/// What a daemon is asked for that makes a container.
const CREATE: &str = "create a container";

/// What it is asked for that removes a volume.
const REMOVE_VOLUME: &str = "remove a volume";

/// A daemon that has answered once.
#[derive(Debug)]
pub struct Daemon {
    docker: Docker,
    address: String,
    reached: Address,
    bound: Duration,
}

/// A daemon that does not do what it is asked for.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// Nobody is there, or nobody lets us in.
    #[error("cannot reach the daemon at {address}")]
    Unreachable {
        /// Where.
        address: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody is there and says nothing.
    #[error("the daemon at {address} did not {what} within {} s", after.as_secs_f64())]
    Silent {
        /// Where.
        address: String,
        /// What it was asked for.
        what: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// It says no.
    #[error("the daemon at {address} does not {what}: {message}")]
    Refused {
        /// Where.
        address: String,
        /// What it was asked for.
        what: String,
        /// The HTTP status; none when it says so in the middle of an answer.
        status: Option<u16>,
        /// What it says.
        message: String,
    },
}

/// What is in the way of what a daemon is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conflict {
    /// Another container has the name.
    Name,
    /// A container has the volume.
    Volume,
    /// The container does something else: it is paused, has ended, or is being removed.
    State,
}

impl DaemonError {
    /// Returns whether what was asked for is not there.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Refused { status: Some(404), .. })
    }

    /// Returns what is in the way, if that is why the daemon does not do it.
    pub fn conflict(&self) -> Option<Conflict> {
        let Self::Refused { status: Some(409), what, .. } = self else { return None };
        Some(match what.as_str() {
            CREATE => Conflict::Name,
            REMOVE_VOLUME => Conflict::Volume,
            _ => Conflict::State,
        })
    }
}

impl Daemon {
    /// Returns the daemon at an address, which has answered within `bound` that it is one. The version of its API is
    /// not asked for, which takes a daemon long: what bollard asks names none, and is answered by the newest.
    pub async fn connect(address: &Address, bound: Duration) -> Result<Self, DaemonError> {
        let text = address.to_string();
        let unreachable = |source| DaemonError::Unreachable { address: text.clone(), source };
        let docker = match address {
            // What bollard is given is hidden in the host of a URL, so it has to be text.
            Address::Unix(path) => {
                Docker::connect_with_unix(&path.to_string_lossy(), FOREVER, API_DEFAULT_VERSION)
                    .map_err(|error| unreachable(error.into()))
            }
            Address::Tcp { .. } => Docker::connect_with_http(&text, FOREVER, API_DEFAULT_VERSION)
                .map_err(|error| unreachable(error.into())),
            Address::Tls { files, .. } => {
                tls::connect(&text, files, API_DEFAULT_VERSION).map_err(|error| unreachable(error.into()))
            }
        };
        let daemon = Self { docker: docker?, address: text, reached: address.clone(), bound };
        let what = "say that it is one";
        // Podman says so, too (Docker Engine API, `SystemPing`).
        match daemon.ask(what, daemon.docker.ping()).await?.trim() {
            "OK" => Ok(daemon),
            _ => Err(daemon.refused(what, None, "it answers something else".to_owned())),
        }
    }

    /// Returns where it is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns how it is reached: where it is, and the certificates for that.
    pub const fn reached(&self) -> &Address {
        &self.reached
    }

    /// Returns how long a short question may take.
    pub const fn bound(&self) -> Duration {
        self.bound
    }

    /// Returns what the daemon answers, within the bound that holds for short questions.
    async fn ask<T>(
        &self,
        what: &str,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, DaemonError> {
        self.ask_for(self.bound, what, asked).await
    }

    async fn ask_for<T>(
        &self,
        bound: Duration,
        what: &str,
        asked: impl Future<Output = Result<T, Error>>,
    ) -> Result<T, DaemonError> {
        match timeout(bound, asked).await {
            Ok(answer) => answer.map_err(|error| self.error(what, error)),
            Err(_) => Err(self.silent(what, bound)),
        }
    }

    fn silent(&self, what: &str, after: Duration) -> DaemonError {
        DaemonError::Silent { address: self.address.clone(), what: what.to_owned(), after }
    }

    pub(super) fn refused(&self, what: &str, status: Option<u16>, message: String) -> DaemonError {
        DaemonError::Refused { address: self.address.clone(), what: what.to_owned(), status, message }
    }

    fn error(&self, what: &str, error: Error) -> DaemonError {
        let refused = |status, message| self.refused(what, status, message);
        match error {
            Error::DockerResponseServerError { status_code, message } => refused(Some(status_code), message),
            Error::DockerStreamError { error } => refused(None, error),
            Error::JsonDataError { message, .. } => {
                refused(None, format!("it answers what nobody can read: {message}"))
            }
            error => DaemonError::Unreachable { address: self.address.clone(), source: error.into() },
        }
    }
}
