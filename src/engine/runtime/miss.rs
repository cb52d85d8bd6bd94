//! Why a daemon is not where it should be.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use super::address::{Address, Refusal};
use super::candidates::Candidate;
use crate::engine::DaemonError;
use crate::report::printable;
use crate::value::Runtime;

/// A place where no daemon answers.
#[derive(Debug)]
pub struct Passed {
    /// The place.
    pub candidate: Candidate,
    /// Why.
    pub miss: Miss,
}

/// Why no daemon answers at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Miss {
    /// Nobody is reached by what stands there.
    Refused(Refusal),
    /// There is no socket.
    Absent,
    /// There is one, for others; or, without its path, in a directory for others.
    Forbidden(Option<Address>),
    /// Nobody listens, or whoever does lets nobody in.
    Dead(String),
    /// Somebody is there and says nothing.
    Hung(Duration),
    /// Somebody is there who is no daemon.
    Other(String),
    /// A daemon is there, and another than the one that alone will do.
    Stranger {
        /// Whose it says that it is.
        found: Runtime,
        /// Whose it has to be.
        wanted: Runtime,
    },
}

impl Miss {
    pub(super) fn of(address: &Address, error: DaemonError) -> Self {
        match error {
            DaemonError::Silent { after, .. } => Self::Hung(after),
            DaemonError::Refused { message, .. } => Self::Other(message),
            DaemonError::Unreachable { source, .. } => match kind(&*source) {
                Some(io::ErrorKind::PermissionDenied) => Self::Forbidden(Some(address.clone())),
                Some(io::ErrorKind::NotFound) => Self::Absent,
                Some(io::ErrorKind::ConnectionRefused) => Self::Dead("nobody listens".to_owned()),
                _ => Self::Dead(last(&*source)),
            },
        }
    }
}

/// Returns the kind of the system's error among the causes.
fn kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    let causes = causes(error);
    let system = causes.filter_map(|error| error.downcast_ref::<io::Error>());
    system.map(io::Error::kind).find(|kind| *kind != io::ErrorKind::Other)
}

fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// Returns the last cause, which is the one that says something.
fn last(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

impl fmt::Display for Miss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(refusal) => f.write_str(&refusal.why),
            Self::Absent => f.write_str("there is no socket"),
            Self::Forbidden(Some(_)) => f.write_str("permission denied"),
            Self::Forbidden(None) => f.write_str("permission denied to look into its directory"),
            Self::Dead(why) => f.write_str(why),
            Self::Stranger { found, wanted } => {
                write!(f, "is `{}`, wanted `{}`", found.as_str(), wanted.as_str())
            }
            Self::Hung(after) => write!(f, "no answer within {} s", after.as_secs_f64()),
            Self::Other(why) => {
                let why = why.trim();
                let why = if why.is_empty() { "it says nothing that a daemon would" } else { why };
                let first = why.lines().next().unwrap_or_default();
                write!(f, "it does not answer as a daemon: {}", printable(first, 120))
            }
        }
    }
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let because = self.candidate.because.words();
        match (&self.candidate.address, &self.miss) {
            (Ok(address), Miss::Stranger { .. }) => {
                write!(f, "{because}: the daemon at {address} {}", self.miss)
            }
            (Ok(address), miss) => write!(f, "{because}: no daemon at {address}: {miss}"),
            (Err(_), _) => write!(f, "{because}: {}", self.miss),
        }
    }
}
