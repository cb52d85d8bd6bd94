//! Why a package manager has given no answer.

use std::error::Error;

use crate::world::{ProcessError, ReadError, ScratchError};

/// Why it is unknown which versions a package manager can have.
#[derive(Debug, thiserror::Error)]
pub enum PackagesError {
    /// The client is not on this machine.
    #[error("{manager} cannot be asked: `{program}` is not installed")]
    Absent {
        /// The program.
        program: &'static str,
        /// Whom it is asked for.
        manager: &'static str,
    },
    /// It was not run to its end.
    #[error("{}", whole(why))]
    Process {
        /// Why.
        why: ProcessError,
        /// What to do.
        hint: String,
    },
    /// It has said neither yes nor no.
    #[error("`{command}` {ended}{}{said}", if said.is_empty() { "" } else { ": " })]
    Unclear {
        /// What was asked.
        command: String,
        /// How the client ended.
        ended: String,
        /// The line of its output that says most, without what may be secret in it.
        said: String,
        /// What to do.
        hint: String,
    },
    /// The manifest names a registry that the client cannot be asked about.
    #[error(
        "the manifest takes `{package}` from `{registry}`, and `{program}` cannot be asked about one registry"
    )]
    Registry {
        /// What is asked for.
        package: String,
        /// The registry's name in the manager's configuration.
        registry: String,
        /// The program.
        program: &'static str,
    },
    /// The client has no list, and each question takes its time.
    #[error("`{program}` is asked about one version at a time, and {n_wanted} are more than {most}")]
    TooMany {
        /// The program.
        program: &'static str,
        /// How many there are.
        n_wanted: usize,
        /// The most that are asked about.
        most: usize,
    },
    /// The file that says where packages come from cannot be read.
    #[error("{}", whole(.0))]
    Settings(ReadError),
    /// There is no place where the client may write.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
}

impl PackagesError {
    /// Returns what to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Absent { program, .. } => {
                format!("install `{program}`, or run `pin` where it is on the path (`nix develop`)")
            }
            Self::Process { hint, .. } | Self::Unclear { hint, .. } => hint.clone(),
            Self::Registry { .. } => "look there yourself, and name the version with `--to`".to_owned(),
            Self::TooMany { .. } => "name the version with `--to`".to_owned(),
            Self::Settings(_) => "make the file readable".to_owned(),
            Self::Scratch(_) => "set `TMPDIR` to a directory that can be written to".to_owned(),
        }
    }
}

/// Returns an error's words with those of what caused it.
fn whole(error: &dyn Error) -> String {
    error.source().map_or_else(|| error.to_string(), |source| format!("{error}: {source}"))
}
