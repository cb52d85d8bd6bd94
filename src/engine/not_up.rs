//! Why the wanted engine is not up, for those who start nothing.

use super::plan::AGAINST_PAUSE;
use super::{Container, State, Wanted};

/// What helps with an engine that has been there for a while, and says nothing.
pub const AGAINST_SILENCE: &str =
    "run `pin engine logs` to see why, or `pin engine down`, then `pin engine up`";

/// An engine that is not up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotUp {
    /// There is none.
    #[error("{0} is not up")]
    Absent(String),
    /// One of another version is.
    #[error("`{name}` is up, but {version} is pinned")]
    OtherVersion {
        /// The container.
        name: String,
        /// What is pinned.
        version: String,
    },
    /// It was made with other settings than those that hold now.
    #[error("`{0}` was made with other settings than those of now")]
    Changed(String),
    /// Somebody has paused it.
    #[error("`{0}` is paused")]
    Paused(String),
    /// It runs, and says nothing, or nothing yet.
    #[error("`{name}` runs, and does not answer: {why}")]
    Silent {
        /// The container.
        name: String,
        /// What was wrong when it was asked.
        why: String,
    },
}

impl NotUp {
    /// Returns why the wanted engine does not run beside these of its project and toolchain.
    pub fn of(wanted: &Wanted, engines: &[Container]) -> Self {
        let (name, spec) = (wanted.container(), wanted.spec());
        let own = engines.iter().find(|engine| engine.name == name && engine.state.is_up());
        match own {
            Some(own) if own.spec != spec => return Self::Changed(name),
            Some(own) if own.state == State::Paused => return Self::Paused(name),
            Some(own) => return Self::Silent { name, why: format!("it is {}", own.state) },
            None => {}
        }
        let version = format!("{} {}", wanted.kind.title(), wanted.version);
        match engines.iter().find(|engine| engine.state.is_up()) {
            Some(other) => Self::OtherVersion { name: other.name.clone(), version },
            None => Self::Absent(version),
        }
    }

    /// Returns a command that helps.
    pub fn hint(&self) -> String {
        match self {
            Self::Absent(_) => "run `pin engine up`".to_owned(),
            Self::OtherVersion { .. } | Self::Changed(_) => {
                "run `pin engine up`, which takes its place".to_owned()
            }
            Self::Paused(_) => AGAINST_PAUSE.to_owned(),
            Self::Silent { .. } => AGAINST_SILENCE.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::plan::tests::{changed, engine, wanted};

    #[test]
    fn what_there_is_says_why() {
        let check = |engines: &[Container], expect: &str| {
            assert_eq!(NotUp::of(&wanted(), engines).to_string(), expect);
        };
        let (old, new) = (|state| engine("0.29.0", state), |state| engine("0.30.1", state));
        let absent = "BuildKit 0.30.1 is not up";
        check(&[], absent);
        check(&[old(State::Exited), new(State::Exited)], absent);
        check(&[new(State::Created)], absent);
        check(&[old(State::Running)], "`pin-buildkit-shop-0.29.0` is up, but BuildKit 0.30.1 is pinned");
        check(&[old(State::Running), new(State::Paused)], "`pin-buildkit-shop-0.30.1` is paused");
        let silent = "`pin-buildkit-shop-0.30.1` runs, and does not answer: it is restarting";
        check(&[new(State::Restarting)], silent);
        let changed = changed(State::Running);
        check(&[changed], "`pin-buildkit-shop-0.30.1` was made with other settings than those of now");
    }
}
