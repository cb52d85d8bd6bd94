//! Which engine is in force, as far as that is known before anybody is asked.

use super::How;
use super::settled::Settled;
use crate::command::{Exit, Refused};
use crate::config::{Mode, Said};
use crate::engine::{Injected, injected};
use crate::value::Endpoint;

/// The engine that is in force.
#[derive(Debug)]
pub(super) enum InForce<'s> {
    /// Somebody else has chosen it, with this variable; it wins.
    Injected(&'static str, Endpoint),
    /// One that `pin` keeps itself.
    Own,
    /// Configuration says where it is.
    Remote(&'s Said<Endpoint>),
    /// The daemon's own.
    Host,
}

impl Settled {
    /// Returns which engine is in force.
    pub(super) fn in_force(&self) -> Result<InForce<'_>, Refused> {
        match injected(&self.common.environment, self.kind.variable()) {
            Injected::Foreign { variable, endpoint } => return Ok(InForce::Injected(variable, endpoint)),
            Injected::Unusable { variable, why } => {
                let message = format!("`{variable}` names no engine: {why}");
                let hint = format!("`unset {variable}`, or set it to the address of an engine");
                return Err(Refused::new(Exit::Usage, &message, Some(&hint)));
            }
            // What was exported may be gone, or another version's, by now.
            Injected::None | Injected::Own(_) => {}
        }
        let settings = self.settings()?;
        match (settings.mode.value, &settings.endpoint) {
            (Mode::Isolated, _) => Ok(InForce::Own),
            (Mode::Host, _) => Ok(InForce::Host),
            (Mode::Remote, Some(said)) => Ok(InForce::Remote(said)),
            (Mode::Remote, None) => {
                Err(Refused::new(Exit::Usage, "nobody says where the remote engine is", None))
            }
        }
    }
}

impl InForce<'_> {
    /// Returns how it came to be the one.
    pub(super) const fn how(&self) -> How {
        match self {
            Self::Injected(..) => How::Injected,
            Self::Own => How::Own,
            Self::Remote(_) => How::Remote,
            Self::Host => How::Host,
        }
    }

    /// Returns where it is, if that is known.
    pub(super) const fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Self::Injected(_, endpoint) => Some(endpoint),
            Self::Remote(said) => Some(&said.value),
            Self::Own | Self::Host => None,
        }
    }
}
