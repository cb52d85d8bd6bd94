//! The engine that is in force: one that somebody else has chosen, or our own.

use std::fmt::Display;

use super::in_force::InForce;
use super::refused::{of_daemon, of_probe, of_up, told_by};
use super::settled::Settled;
use crate::command::{Exit, Refused, with_causes};
use crate::config::{EngineKind, Mode};
use crate::engine::{Daemon, DaemonError, Probe, ProbeError, Running, Way, preflight, runtime};
use crate::value::{Endpoint, Version};
use crate::world::Interruption;

/// From this release on, Dagger's clients know containers of Podman by Docker's spelling (dagger/dagger
/// `engine/client/drivers`).
const ONE_SPELLING: Version = Version::new(0, 18, 15);

/// An engine that answers with the pinned version, as far as it can be asked.
#[derive(Debug)]
pub(in crate::command) struct Ready {
    /// Where it is; the daemon's own has no address.
    pub(in crate::command) endpoint: Option<Endpoint>,
    /// How it came to be the one in force.
    pub(in crate::command) how: How,
    /// What it says its version is; the engine's own client alone knows some ways.
    pub(in crate::command) version: Option<String>,
    /// What clients need beside the endpoint, where they do not have it: the way to the daemon that its container is on,
    /// as variables.
    pub(in crate::command) beside: Vec<(&'static str, String)>,
    /// Why other clients do not reach it, although `pin` does: they go through a program that is missing, or that cannot
    /// be told where the daemon is.
    pub(in crate::command) unreached: Option<Refused>,
    /// The container that `pin` has made, and what became of it.
    pub(in crate::command) running: Option<Running>,
}

/// How an engine came to be the one in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum How {
    /// Somebody else has chosen it, with the engine's own variable.
    Injected,
    /// `pin` has started it.
    Own,
    /// Configuration says where it is.
    Remote,
    /// It is the daemon's own.
    Host,
}

impl How {
    /// Returns the mode of the engine; an injected one has none.
    pub(in crate::command) const fn mode(self) -> Option<Mode> {
        match self {
            Self::Injected => None,
            Self::Own => Some(Mode::Isolated),
            Self::Remote => Some(Mode::Remote),
            Self::Host => Some(Mode::Host),
        }
    }
}

/// Whether an engine is started that is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::command) enum Start {
    /// Where it may be.
    IfNeeded,
    /// Nothing is changed.
    Never,
}

/// An engine that somebody else keeps.
struct Other<'a> {
    /// Who says where it is.
    by: &'a str,
    /// What helps when it is not there, or another one.
    hint: &'a str,
}

impl Settled {
    /// Returns the engine that is in force, after it has answered; one that was injected wins.
    pub(in crate::command) async fn ready(
        &self,
        start: Start,
        interruption: &Interruption,
    ) -> Result<Ready, Refused> {
        match self.in_force()? {
            InForce::Injected(variable, endpoint) => {
                let hint = format!("let `{variable}` name an engine of that version, or `unset {variable}`");
                let other = Other { by: variable, hint: &hint };
                let version = interruption.or(self.verify(&other, &endpoint)).await??;
                Ok(Ready::elsewhere(endpoint, How::Injected, version))
            }
            // It takes some room, which whoever waits for another engine should not have to hold.
            InForce::Own => Box::pin(self.own(start, interruption)).await,
            InForce::Host => interruption.or(self.host()).await?,
            InForce::Remote(said) => {
                let by = said.by.to_string();
                let hint = format!(
                    "let {by} name an engine of that version, or pin the one that it has: `pin sync --to`"
                );
                let other = Other { by: &by, hint: &hint };
                let version = interruption.or(self.verify(&other, &said.value)).await??;
                Ok(Ready::elsewhere(said.value.clone(), How::Remote, version))
            }
        }
    }

    async fn own(&self, start: Start, interruption: &Interruption) -> Result<Ready, Refused> {
        let wanted = self.wanted()?;
        let daemon = interruption.or(self.daemon()).await??;
        let place = self.place(&daemon, &wanted.container());
        let record = self.record();
        let up = self.up(&daemon, &wanted, &place, &record)?;
        let running = match start {
            Start::IfNeeded => up.run(interruption).await,
            Start::Never => up.find().await,
        };
        let running = match running {
            Ok(running) => running,
            Err(error) => return Err(told_by(&daemon, |runtime| of_up(&error, runtime)).await),
        };
        if let Some(why) = running.wiped {
            self.common.voice.say(&format!(
                "warning: the {} has thrown its cache away when it started: {why}\n\
                 hint: end it with `pin engine down`, which gives it time to save it",
                self.kind.title()
            ));
        }
        let socket = self.kind.socket();
        let directory = place.directory(socket).filter(|_| running.has_socket);
        let (address, beside) = match directory {
            Some(directory) => (format!("unix://{}", directory.join(socket).display()), Ok(Vec::new())),
            None => self.through(&daemon, &running.name, &wanted.version).await?,
        };
        let endpoint = Endpoint::parse(&address).map_err(|why| {
            let message = format!("no client reaches the engine at `{address}`: {why}");
            Refused::new(Exit::Failure, &message, Some("set `XDG_STATE_HOME` to a plain path"))
        })?;
        let (beside, lost) = beside.map_or_else(|why| (Vec::new(), Some(why)), |beside| (beside, None));
        let unreached = self.check_way(&endpoint).await.err().or(lost);
        let version = Some(running.probe.printable_version());
        Ok(Ready {
            endpoint: Some(endpoint),
            how: How::Own,
            version,
            beside,
            unreached,
            running: Some(running),
        })
    }

    /// Returns how clients reach a container through its daemon, and which variables tell them where that is.
    async fn through(
        &self,
        daemon: &Daemon,
        name: &str,
        version: &Version,
    ) -> Result<(String, Result<Vec<(&'static str, String)>, Refused>), Refused> {
        let is_podman = daemon.is_podman().await.map_err(|error| of_daemon(&error))?;
        let scheme = match (self.kind, is_podman) {
            (_, false) => "docker-container",
            (EngineKind::Dagger, true) if *version >= ONE_SPELLING => "container+podman",
            (_, true) => "podman-container",
        };
        let beside =
            runtime::lead(&self.common.environment, daemon.reached(), is_podman).map_err(|refusal| {
                let at = daemon.address();
                let message =
                    format!("no client gets to the engine through the daemon at {at}: {}", refusal.why);
                Refused::new(Exit::NoEngine, &message, refusal.hint.as_deref())
            });
        Ok((format!("{scheme}://{name}"), beside))
    }

    /// Asks the BuildKit that the daemon has built in.
    async fn host(&self) -> Result<Ready, Refused> {
        let daemon = self.daemon().await?;
        let who = format!("the BuildKit of the daemon at {}", daemon.address());
        let probe = Probe::ask(&Way::Embedded(&daemon), self.common.network.http.timeout).await;
        let probe = probe.map_err(|error| match error {
            // Podman has none.
            ProbeError::Daemon(error @ DaemonError::Refused { .. }) => {
                let hint = "write `mode = \"isolated\"` below `[engine]` in pin.toml, for an engine in a container of its own";
                Refused::new(Exit::NoEngine, &with_causes(&error), Some(hint))
            }
            ProbeError::Daemon(error) => of_daemon(&error),
            error => of_probe(&who, &error, "see whether the daemon is well; `--timeout` makes pin wait longer"),
        })?;
        let hint = "pin the version that the daemon has, or use the mode `isolated`";
        self.compare(&who, &probe, hint)?;
        Ok(Ready {
            endpoint: None,
            how: How::Host,
            version: Some(probe.printable_version()),
            beside: Vec::new(),
            unreached: None,
            running: None,
        })
    }

    /// Returns what an engine says its version is, after it has said what it should.
    async fn verify(&self, other: &Other<'_>, endpoint: &Endpoint) -> Result<Option<String>, Refused> {
        self.check_way(endpoint).await?;
        let mut daemon = None;
        let who = format!("the engine at {endpoint}, which {} names,", other.by);
        let Some(way) = self.way(endpoint, &mut daemon).await? else {
            // It is started by its own client, out of an image whose tag may say what it will be.
            let tagged = if let Endpoint::Other(other) = endpoint { other.version() } else { None };
            return match tagged {
                Some(tagged) if tagged != *self.version()? => {
                    Err(self.other_version(&who, &format_args!("{tagged} by its tag"), other.hint)?)
                }
                _ => Ok(None),
            };
        };
        let probe = Probe::ask_again(&way, self.common.network.http.timeout).await;
        let probe = probe.map_err(|error| of_probe(&who, &error, "start it, or see why it hangs"))?;
        self.compare(&who, &probe, other.hint)?;
        Ok(Some(probe.printable_version()))
    }

    fn compare(&self, who: &str, probe: &Probe, hint: &str) -> Result<(), Refused> {
        if probe.is(self.kind, self.version()?) { Ok(()) } else { Err(self.other_version(who, probe, hint)?) }
    }

    fn other_version(&self, who: &str, found: &dyn Display, hint: &str) -> Result<Refused, Refused> {
        let message = format!("{who} is {found}, but {} {} is pinned", self.kind.package(), self.version()?);
        Ok(Refused::new(Exit::OtherVersion, &message, Some(hint)))
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

impl Ready {
    fn elsewhere(endpoint: Endpoint, how: How, version: Option<String>) -> Self {
        Self { endpoint: Some(endpoint), how, version, beside: Vec::new(), unreached: None, running: None }
    }
}
