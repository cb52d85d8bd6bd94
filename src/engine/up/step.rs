use super::undo::Made;
use super::{Running, Up, UpError};
use crate::engine::audit::Action;
use crate::engine::plan::in_use;
use crate::engine::{Conflict, Container, Seen, Step};
use crate::world::Interruption;

impl Up<'_> {
    /// Does one step; returns the engine when it is the step that waits for it.
    pub(super) async fn step(
        &self,
        step: &Step,
        seen: &Seen,
        made: &mut Made,
        interruption: &Interruption,
    ) -> Result<Option<Running>, UpError> {
        let (daemon, wanted) = (self.daemon, self.wanted);
        match step {
            Step::Pull(image) => {
                self.record.fetches(image)?;
                interruption.or(self.pull(image)).await??;
            }
            Step::Stop(name) => interruption.or(self.stop(name, seen, made)).await??,
            Step::Remove(name) => {
                self.record.of(seen.engine(name)).does(Action::Remove, name)?;
                match daemon.remove(name).await {
                    // The engine is there; whoever comes next tries again to remove what is beside it.
                    Err(error) if made.is_ready => {
                        self.voice.say(&format!("warning: {name} is left over: {error}"));
                        made.has_leftover = true;
                    }
                    removed => {
                        removed?;
                        self.place.of(name).remove()?;
                    }
                }
            }
            Step::RemoveVolume(name) => {
                self.record.purges(name)?;
                daemon.remove_volume(name).await?;
            }
            Step::CreateVolume(name) => {
                made.volume = Some(name.clone());
                daemon.create_volume(wanted).await?;
            }
            Step::Create(name) => {
                self.record.creates(name, &wanted.image.reference())?;
                made.container = Some(name.clone());
                let created = self.create(name).await;
                if matches!(&created, Err(UpError::Daemon(error)) if error.conflict() == Some(Conflict::Name))
                {
                    // Somebody else has the name, and the container.
                    made.container = None;
                }
                created?;
            }
            Step::Start(name) => {
                self.announce(name).await?;
                self.record.starts(name)?;
                made.started = Some(name.clone());
                // A directory that has been lost meanwhile keeps the daemon from starting what is to use it.
                self.place.make()?;
                daemon.start(name).await?;
            }
            Step::Await(name) => {
                let (probe, has_socket) = interruption.or(self.ready(name, made.started.is_some())).await??;
                let mut running = self.running(name.clone(), probe, has_socket, false)?;
                made.is_ready = true;
                if let Some(going) = daemon.running(name, wanted).await? {
                    self.note(name, &going);
                    made.start = Some(going.start);
                }
                if made.volume.is_none() && !self.is_settled(made) {
                    running.wiped = self.wiped(name).await;
                }
                return Ok(Some(running));
            }
            Step::Settle(name) => {
                if !self.is_settled(made) {
                    daemon.settle(name).await?;
                    if let Some(start) = made.start.as_deref().filter(|_| !made.has_leftover) {
                        self.place.settle(start)?;
                    }
                }
                // From here on it is an engine like any other.
                *made = Made::default();
            }
        }
        Ok(None)
    }

    /// Ends an engine that nobody uses, also by now: a pull takes its time.
    async fn stop(&self, name: &str, seen: &Seen, made: &mut Made) -> Result<(), UpError> {
        let engine = seen.engine(name);
        let clients = match engine {
            Some(engine) => self.clients(engine).await,
            None => None,
        };
        if let Some(obstacle) = clients.and_then(|clients| in_use(name, &clients)) {
            return Err(obstacle.into());
        }
        self.voice.say(&format!("stopping {name}"));
        self.record.of(engine).does(Action::Stop, name)?;
        made.stopped.extend(engine.map(|engine: &Container| engine.name.clone()));
        self.place.of(name).unsettle()?;
        Ok(self.daemon.end(name, self.wanted.stop_timeout, self.voice).await?)
    }

    fn is_settled(&self, made: &Made) -> bool {
        made.start.as_deref().is_some_and(|start| self.place.is_settled(start))
    }
}
