//! The engine that is in force: one that somebody else has chosen, or our own.

use std::path::PathBuf;

use super::settled::{Settled, refused};
use crate::command::{Exit, Refused, with_causes};
use crate::engine::{Injected, Probe, ProbeError, Running, Up, Way, injected, preflight};
use crate::value::{Endpoint, Runtime};
use crate::world::Interruption;

/// An engine that answers with the pinned version, as far as it can be asked.
#[derive(Debug)]
pub(in crate::command) struct Ready {
    /// Where it is.
    pub(in crate::command) endpoint: Endpoint,
    /// How it came to be the one in force.
    pub(in crate::command) how: How,
    /// Whether it has said its version; the engine's own client alone knows some ways.
    pub(in crate::command) is_asked: bool,
}

/// How an engine came to be the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum How {
    /// Somebody else has chosen it, with the engine's own variable.
    Injected,
    /// `pin` has started it.
    Own,
}

/// Whether an engine is started that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum Start {
    /// Where it may be.
    IfNeeded,
    /// Nothing is changed.
    Never,
}

impl Settled {
    /// Returns the engine that is in force, after it has answered; one that was injected wins.
    pub(in crate::command) async fn ready(
        &self,
        start: Start,
        interruption: &Interruption,
    ) -> Result<Ready, Refused> {
        match injected(&self.common.environment, self.wanted.kind.variable()) {
            Injected::Foreign { variable, endpoint } => {
                let asked = interruption.or(self.verify(variable, &endpoint)).await;
                let is_asked = asked.map_err(|_| Refused::new(Exit::Interrupted, "interrupted", None))??;
                Ok(Ready { endpoint, how: How::Injected, is_asked })
            }
            Injected::Unusable { variable, why } => {
                let message = format!("`{variable}` names no engine: {why}");
                let hint = format!("`unset {variable}`, or set it to the address of an engine");
                Err(Refused::new(Exit::Usage, &message, Some(&hint)))
            }
            // What was exported may be gone, or another version's, by now.
            Injected::None | Injected::Own(_) => self.own(start, interruption).await,
        }
    }

    async fn own(&self, start: Start, interruption: &Interruption) -> Result<Ready, Refused> {
        let daemon = self.daemon().await?;
        let place = self.place(&daemon);
        let up = Up {
            daemon: &daemon,
            wanted: &self.wanted,
            place: &place,
            voice: self.common.voice,
            accepts_privileged: false,
            pulls: !self.common.network.is_offline,
            credentials: &self.common.network.credentials,
        };
        let running = match start {
            Start::IfNeeded => Some(up.run(interruption).await.map_err(|error| refused(&error))?),
            Start::Never => up.look().await.map_err(|error| refused(&error))?,
        };
        let Some(Running { name, has_socket, .. }) = running else {
            let message = format!("{} {} is not up", self.wanted.kind.title(), self.wanted.version);
            return Err(Refused::new(Exit::NoEngine, &message, Some("run `pin engine up`")));
        };
        let socket = self.wanted.kind.socket();
        let socket = place.directory(socket).filter(|_| has_socket).map(|directory| directory.join(socket));
        let address = match socket {
            Some(socket) => format!("unix://{}", socket.display()),
            None => format!("docker-container://{name}"),
        };
        let endpoint = Endpoint::parse(&address).map_err(|why| {
            let message = format!("no client reaches the engine at `{address}`: {why}");
            Refused::new(Exit::Failure, &message, Some("set `XDG_STATE_HOME` to a plain path"))
        })?;
        self.check_way(&endpoint).await?;
        Ok(Ready { endpoint, how: How::Own, is_asked: true })
    }

    /// Returns whether the engine could be asked, after it has said what it should.
    async fn verify(&self, variable: &str, endpoint: &Endpoint) -> Result<bool, Refused> {
        self.check_way(endpoint).await?;
        let daemon;
        let way = match endpoint {
            Endpoint::Unix(path) => Way::Socket(PathBuf::from(path)),
            Endpoint::Tcp { host, port } => Way::Port { host: host.clone(), port: *port },
            Endpoint::Container { runtime: None | Some(Runtime::Docker), name, scope: None, .. } => {
                daemon = self.daemon().await?;
                Way::Inside { daemon: &daemon, container: name.clone(), program: self.wanted.kind.dial() }
            }
            _ => return Ok(false),
        };
        let hint = format!("start the engine that `{variable}` names, or `unset {variable}`");
        let probe = Probe::ask(&way, self.common.network.http.timeout).await.map_err(|error| {
            let exit = if matches!(error, ProbeError::Silent(_)) { Exit::Unanswered } else { Exit::NoEngine };
            let message = format!("no engine answers at {endpoint}: {}", with_causes(&error));
            Refused::new(exit, &message, Some(&hint))
        })?;
        let wanted = &self.wanted;
        if probe.package == wanted.kind.package() && wanted.is_version(&probe.version) {
            return Ok(true);
        }
        let message = format!(
            "the engine at {endpoint} is {} {}, but {} {} is pinned",
            shown(&probe.package),
            shown(&probe.version),
            wanted.kind.package(),
            wanted.version
        );
        let hint = format!("let `{variable}` name an engine of that version, or `unset {variable}`");
        Err(Refused::new(Exit::OtherVersion, &message, Some(&hint)))
    }

    async fn check_way(&self, endpoint: &Endpoint) -> Result<(), Refused> {
        let common = &self.common;
        let bound = common.network.http.timeout;
        let checked = preflight(endpoint, &common.environment, &common.directory, bound).await;
        checked.map_err(|error| {
            let exit = if error.is_timeout() { Exit::Unanswered } else { Exit::NoEngine };
            Refused::new(exit, &with_causes(&error), Some(&error.hint()))
        })
    }
}

/// Returns what an engine says of itself, without what a terminal would obey.
fn shown(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(100).collect()
}
