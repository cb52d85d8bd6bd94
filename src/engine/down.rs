//! Ending engines: first the containers, then what they used.

use std::io;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::audit::{Action, AuditError};
use super::{Container, Daemon, DaemonError, Place, Record, State, Step};
use crate::config::EngineKind;
use crate::world::{Interruption, Voice};

/// How often it is looked whether the clients have gone.
const LOOK: Duration = Duration::from_millis(500);

/// What is needed to end engines.
#[derive(Debug)]
pub struct Down<'a> {
    /// Where.
    pub daemon: &'a Daemon,
    /// Which engine they are.
    pub kind: EngineKind,
    /// The engines.
    pub engines: &'a [Container],
    /// How long each may take, and how long its clients are waited for.
    pub stop_timeout: Duration,
    /// Whether clients are not waited for.
    pub is_forced: bool,
    /// Where the socket of one of them is; leads to those of the others.
    pub place: &'a Place,
    /// Where it is written down what is done.
    pub record: &'a Record,
    /// Who hears how it goes.
    pub voice: Voice,
}

/// An engine that has not ended.
#[derive(Debug, thiserror::Error)]
pub enum DownError {
    /// The daemon does not do its part.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// What is done cannot be written down, and so is not done.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// The machine does not let us forget what was noted about it.
    #[error("cannot keep the engine's state")]
    State(#[from] io::Error),
    /// Somebody uses it. Dagger's would neither end nor save its cache while they are connected (dagger/dagger#13951).
    #[error("`{name}` is still in use after {seconds} s, by {}", clients.join(", "))]
    InUse {
        /// The container.
        name: String,
        /// How long they were waited for.
        seconds: u64,
        /// Who they are.
        clients: Vec<String>,
    },
    /// The user has had enough.
    #[error("interrupted")]
    Interrupted,
}

/// Returns what is to be done so that no engine is left, and none of these volumes.
pub fn plan_down(engines: &[Container], volumes: &[String]) -> Vec<Step> {
    let up = engines.iter().filter(|engine| engine.state.is_up());
    let mut steps: Vec<Step> = up.map(|engine| Step::Stop(engine.name.clone())).collect();
    steps.extend(engines.iter().map(|engine| Step::Remove(engine.name.clone())));
    steps.extend(volumes.iter().map(|volume| Step::RemoveVolume(volume.clone())));
    steps
}

impl Down<'_> {
    /// Does the steps; when the user interrupts, what is left of them is not done.
    pub async fn run(&self, steps: &[Step], interruption: &Interruption) -> Result<(), DownError> {
        for step in steps {
            if interruption.has_come() {
                return Err(DownError::Interrupted);
            }
            self.voice.detail(format_args!("{step}"));
            let begun = Instant::now();
            self.step(step, interruption).await?;
            self.voice.detail(format_args!("{step}: {} ms", begun.elapsed().as_millis()));
        }
        Ok(())
    }

    async fn step(&self, step: &Step, interruption: &Interruption) -> Result<(), DownError> {
        match step {
            Step::Stop(name) => {
                interruption.or(self.stop(name)).await.map_err(|_| DownError::Interrupted)??;
            }
            Step::Remove(name) => {
                self.record.of(self.engine(name)).does(Action::Remove, name)?;
                self.daemon.remove(name).await?;
            }
            Step::RemoveVolume(name) => {
                self.record.purges(name)?;
                self.daemon.remove_volume(name).await?;
            }
            // Nothing else ends an engine.
            _ => {}
        }
        Ok(())
    }

    /// Waits until nobody uses the engine. One that says nothing may be busy with its clients, and has the same time; one
    /// that cannot be asked is ended as it was asked to be.
    async fn drain(&self, engine: &Container) -> Result<(), DownError> {
        let deadline = Instant::now() + self.stop_timeout;
        let mut said = String::new();
        loop {
            let asked = self.daemon.clients(engine).await;
            let is_over = Instant::now() >= deadline;
            let words = match asked {
                Ok(clients) => {
                    let clients = clients.unwrap_or_default();
                    if clients.is_empty() {
                        return Ok(());
                    }
                    if is_over {
                        let seconds = self.stop_timeout.as_secs();
                        return Err(DownError::InUse { name: engine.name.clone(), seconds, clients });
                    }
                    format!("waiting for {} to end", clients.join(", "))
                }
                Err(DaemonError::Silent { .. }) if !is_over => {
                    format!("waiting for {} to say who uses it; `--force` does not wait", engine.name)
                }
                Err(error) => {
                    self.voice.say(&format!("note: {} does not say who uses it: {error}", engine.name));
                    return Ok(());
                }
            };
            if words != said {
                self.voice.say(&words);
                said = words;
            }
            sleep(LOOK).await;
        }
    }

    fn engine(&self, name: &str) -> Option<&Container> {
        self.engines.iter().find(|engine| engine.name == name)
    }

    async fn stop(&self, name: &str) -> Result<(), DownError> {
        let engine = self.engine(name);
        let is_asked = self.kind == EngineKind::Dagger && !self.is_forced;
        if let Some(engine) = engine.filter(|engine| is_asked && engine.state == State::Running) {
            self.drain(engine).await?;
        }
        self.voice.say(&format!("stopping {name}"));
        self.record.of(engine).does(Action::Stop, name)?;
        self.place.of(name).unsettle()?;
        Ok(self.daemon.end(name, self.stop_timeout, self.voice).await?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_go_before_their_volumes() {
        let engine = |name: &str, state| Container {
            id: String::new(),
            name: name.to_owned(),
            version: None,
            spec: String::new(),
            state,
            created: 0,
            volume: None,
            sockets: None,
        };
        let engines = [engine("a", State::Running), engine("b", State::Exited), engine("c", State::Paused)];
        let stop = |name: &str| Step::Stop(name.to_owned());
        let remove = |name: &str| Step::Remove(name.to_owned());
        let expect = vec![
            stop("a"),
            stop("c"),
            remove("a"),
            remove("b"),
            remove("c"),
            Step::RemoveVolume("v".to_owned()),
        ];
        assert_eq!(plan_down(&engines, &["v".to_owned()]), expect);
        assert_eq!(plan_down(&[], &[]), []);
    }
}
