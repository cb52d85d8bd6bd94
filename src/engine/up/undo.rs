use std::time::Duration;

use super::Up;
use crate::engine::audit::Action;
use crate::engine::{Container, DaemonError};

/// An engine that was never ready has nothing to save, unless it has the cache of another.
const SHORT: Duration = Duration::from_secs(10);

/// What a run has done so far. What is made is noted before: a daemon may do what it does not say.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) volume: Option<String>,
    pub(super) container: Option<String>,
    pub(super) started: Option<String>,
    /// The engines that ran before, and were ended.
    pub(super) stopped: Vec<String>,
    /// Whether the engine has answered.
    pub(super) is_ready: bool,
    /// Which start of its container that was.
    pub(super) start: Option<String>,
    /// Whether another could not be removed.
    pub(super) has_leftover: bool,
}

impl Up<'_> {
    /// Takes back what was made, as far as the daemon lets us, and starts again what was ended; returns whether nothing
    /// is left. What is left the next run finds. A name may be somebody else's, whose container is why nothing was
    /// made: only one that carries our labels is touched.
    pub(super) async fn undo(&self, made: Made) -> bool {
        let wanted = self.wanted;
        let Ok(engines) = self.daemon.engines(wanted.kind, &wanted.project).await else {
            return made.container.is_none() && made.volume.is_none() && made.stopped.is_empty();
        };
        let find = |name: &str| engines.iter().find(|engine| engine.name == name);
        let mut is_undone = true;
        let mut note = |done: Result<(), DaemonError>| is_undone &= done.is_ok();
        // What cannot be written down is taken back all the same.
        if let Some(engine) = made.started.as_deref().and_then(find) {
            drop(self.record.does(Action::Stop, &engine.name));
            let bound = if made.volume.is_some() { SHORT } else { wanted.stop_timeout };
            self.voice.say(&format!("stopping {}", engine.name));
            note(self.daemon.stop(&engine.id, bound).await);
        }
        let has_place = made.container.is_some();
        if let Some(engine) = made.container.as_deref().and_then(find) {
            drop(self.record.does(Action::Remove, &engine.name));
            note(self.daemon.remove(&engine.id).await);
        }
        if has_place {
            drop(self.place.remove());
        }
        if let Some(name) = made.volume {
            drop(self.record.purges(&name));
            note(self.daemon.remove_volume(&name).await);
        }
        for engine in made.stopped.iter().filter_map(|name| find(name)) {
            note(self.start_again(engine).await);
        }
        is_undone
    }

    /// Lets an engine run as before, once it has ended as it was asked to.
    async fn start_again(&self, engine: &Container) -> Result<(), DaemonError> {
        self.voice.say(&format!("starting {} again", engine.name));
        self.announce(&engine.name).await?;
        drop(self.record.of(Some(engine)).starts(&engine.name));
        self.daemon.stop(&engine.id, self.wanted.stop_timeout).await?;
        self.daemon.start(&engine.id).await?;
        self.daemon.settle(&engine.id).await
    }
}
