//! Bringing the wanted engine up: look, plan, do; and take back what was made when that fails.

mod announce;
mod create;
mod ready;
mod see;
mod step;
mod undo;
mod wiped;

use std::io;
use std::time::Duration;

use tokio::time::Instant;

use super::audit::AuditError;
use super::plan::{Obstacle, Plan, Step, plan};
use super::{Daemon, DaemonError, Going, NotUp, Place, Probe, Record, Wanted};
use crate::registry::{Credentials, CredentialsError};
use crate::world::{Interrupted, Interruption, Voice};
use undo::Made;

/// How long whoever has the right to change the engine may pull its image.
const PULL: Duration = Duration::from_mins(30);

/// What is needed to bring an engine up.
#[derive(Debug)]
pub struct Up<'a> {
    /// Where.
    pub daemon: &'a Daemon,
    /// What.
    pub wanted: &'a Wanted,
    /// Where its socket is.
    pub place: &'a Place,
    /// Who hears how it goes.
    pub voice: Voice,
    /// Whether the user has said that privileged containers are fine.
    pub accepts_privileged: bool,
    /// Whether an image may be fetched.
    pub pulls: bool,
    /// Where it is written down what is done.
    pub record: &'a Record,
    /// Where the user's credentials for registries are.
    pub credentials: &'a Credentials,
}

/// An engine that runs and is the wanted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Running {
    /// The container.
    pub name: String,
    /// What it said.
    pub probe: Probe,
    /// Whether our file system has its socket.
    pub has_socket: bool,
    /// Whether there was nothing to do.
    pub was_up: bool,
    /// Why it has thrown its cache away, if it has.
    pub wiped: Option<&'static str>,
    /// How long each step took.
    pub timings: Vec<(Step, Duration)>,
}

/// An engine that is not up.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// The daemon does not do its part.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// Something is in the way.
    #[error(transparent)]
    Obstacle(#[from] Obstacle),
    /// It is not up, and nothing is started.
    #[error(transparent)]
    NotUp(#[from] NotUp),
    /// It has ended.
    #[error("`{name}` ended with code {code} before it was ready")]
    Died {
        /// The container.
        name: String,
        /// Its exit code.
        code: i64,
        /// The end of its log.
        log: String,
    },
    /// It runs and says nothing.
    #[error("`{name}` did not answer within {seconds} s{}", because(why))]
    Silent {
        /// The container.
        name: String,
        /// How long it was waited for.
        seconds: u64,
        /// What was wrong the last time it was asked.
        why: String,
        /// The end of its log.
        log: String,
        /// Whether it was started for this; else it ran before.
        was_started: bool,
    },
    /// It is something else.
    #[error("`{name}` is {found}, wanted {wanted}: that is what {image} holds")]
    Other {
        /// The container.
        name: String,
        /// What it says it is.
        found: String,
        /// What was wanted.
        wanted: String,
        /// What its image was to be.
        image: String,
        /// Whether the image is none of those that are published for the engine.
        is_mirror: bool,
    },
    /// The user's credentials for the image's registry cannot be had.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The image is not to be had.
    #[error(transparent)]
    Pull(DaemonError),
    /// The daemon says nothing of a failure, and has no image.
    #[error("{0} was pulled, and the daemon does not have it")]
    Unpulled(String),
    /// The image is not there, and nobody is asked for it.
    #[error("the image {0} is not there, and `--offline` asks nobody for it")]
    NoImage(String),
    /// What is done cannot be written down, and so is not done.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The machine does not let us keep what is needed.
    #[error("cannot keep the engine's state")]
    State(#[from] io::Error),
    /// Another `pin` changes the same engine, and does not end.
    #[error("another `pin` has been changing this engine for {0} s")]
    Held(u64),
    /// The user has had enough.
    #[error("interrupted")]
    Interrupted {
        /// Whether everything that was made is removed.
        is_undone: bool,
    },
}

impl From<Interrupted> for UpError {
    fn from(Interrupted: Interrupted) -> Self {
        Self::Interrupted { is_undone: true }
    }
}

fn because(why: &str) -> String {
    if why.is_empty() { String::new() } else { format!(": {why}") }
}

impl UpError {
    /// Returns why the right to change an engine was not to be had within `bound`.
    pub fn of_holding(error: io::Error, bound: Duration) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self::Held(bound.as_secs()),
            _ => Self::State(error),
        }
    }

    /// Returns the error after what was made was taken back, or not all of it.
    fn after(self, is_undone: bool) -> Self {
        match self {
            Self::Interrupted { .. } => Self::Interrupted { is_undone },
            error => error,
        }
    }
}

impl Up<'_> {
    /// Returns the engine when it is up and there is nothing to do: one question to the daemon, one to the engine.
    /// Whether another is left is not asked for, because none is once it has settled.
    async fn look(&self) -> Result<Option<Running>, UpError> {
        let name = self.wanted.container();
        let going = self.daemon.running(&name, self.wanted).await?;
        let Some(going) = going.filter(|going| self.place.is_settled(&going.start)) else { return Ok(None) };
        self.note(&name, &going);
        match self.ask(&name).await {
            Ok((probe, has_socket)) => Ok(Some(self.running(name, probe, has_socket, true)?)),
            // Whoever plans finds out why.
            Err(_) => Ok(None),
        }
    }

    /// Returns the engine when it is up, whatever there would be to do beside it; nothing is changed.
    pub async fn find(&self) -> Result<Running, UpError> {
        let (wanted, name) = (self.wanted, self.wanted.container());
        let Some(going) = self.daemon.running(&name, wanted).await? else {
            let engines = self.daemon.engines(wanted.kind, &wanted.project).await?;
            return Err(NotUp::of(wanted, &engines).into());
        };
        self.note(&name, &going);
        match self.ask(&name).await {
            Ok((probe, has_socket)) => self.running(name, probe, has_socket, true),
            Err(error) => Err(NotUp::Silent { name, why: error.to_string() }.into()),
        }
    }

    /// Returns what would be done.
    pub async fn plan(&self) -> Result<Plan, UpError> {
        Ok(plan(self.wanted, &self.see().await?)?)
    }

    /// Brings the engine up.
    pub async fn run(&self, interruption: &Interruption) -> Result<Running, UpError> {
        if let Some(running) = interruption.or(self.look()).await?? {
            return Ok(running);
        }
        let bound = self.wanted.start_timeout + self.wanted.stop_timeout + PULL;
        let held = interruption.or(self.place.hold(bound, self.voice)).await?;
        let _held = held.map_err(|error| UpError::of_holding(error, bound))?;
        let seen = interruption.or(self.see()).await??;
        let plan = plan(self.wanted, &seen)?;
        let mut made = Made::default();
        let mut done = Err(UpError::from(Interrupted));
        let mut timings = Vec::new();
        for step in &plan.steps {
            if interruption.has_come() {
                done = Err(Interrupted.into());
                break;
            }
            self.voice.detail(format_args!("{step}"));
            let begun = Instant::now();
            let ended = self.step(step, &seen, &mut made, interruption).await;
            timings.push((step.clone(), begun.elapsed()));
            self.voice.detail(format_args!("{step}: {} ms", begun.elapsed().as_millis()));
            match ended {
                Ok(running) => done = running.map_or(done, Ok),
                Err(error) => {
                    done = Err(error);
                    break;
                }
            }
        }
        match done {
            Ok(running) => Ok(Running { timings, ..running }),
            Err(error) => {
                let is_undone = self.undo(made).await;
                if !is_undone && !matches!(error, UpError::Interrupted { .. }) {
                    self.voice.say(
                        "warning: not all that was done could be taken back\n\
                         hint: the next `pin engine up` heals it, and `pin engine down` removes it",
                    );
                }
                Err(error.after(is_undone))
            }
        }
    }

    /// Says what is to be said of a container that goes on, if anything is.
    fn note(&self, name: &str, going: &Going) {
        if let Some(note) = going.note(name) {
            self.voice.say(&note);
        }
    }

    fn running(
        &self,
        name: String,
        probe: Probe,
        has_socket: bool,
        was_up: bool,
    ) -> Result<Running, UpError> {
        let wanted = self.wanted;
        if probe.is(wanted.kind, &wanted.version) {
            return Ok(Running { name, probe, has_socket, was_up, wiped: None, timings: Vec::new() });
        }
        let found = probe.to_string();
        Err(UpError::Other {
            name,
            found,
            wanted: format!("{} {}", wanted.kind.package(), wanted.version),
            image: wanted.image.reference(),
            is_mirror: wanted.image.name.to_string() != wanted.kind.repository(),
        })
    }
}
