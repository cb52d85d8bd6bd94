use std::time::Duration;

use super::Up;
use crate::engine::audit::Action;

/// An engine that was never ready has nothing to save.
const SHORT: Duration = Duration::from_secs(10);

/// What a run has made so far. It is noted before it is made: a daemon may do what it does not say.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) volume: Option<String>,
    pub(super) container: Option<String>,
    pub(super) started: Option<String>,
}

impl Up<'_> {
    /// Takes back what was made, as far as the daemon lets us; the next run finds what is left. A name may be somebody
    /// else's, whose container is why nothing was made: only one that carries our labels is touched.
    pub(super) async fn undo(&self, made: Made) {
        let engines = self.daemon.engines(self.wanted.kind, &self.wanted.project).await.unwrap_or_default();
        let id = |name: Option<String>| {
            let name = name?;
            engines.iter().find(|engine| engine.name == name).map(|engine| engine.id.clone())
        };
        // What cannot be written down is taken back all the same.
        if let Some(id) = id(made.started) {
            drop(self.record.does(Action::Stop, &self.wanted.container()));
            drop(self.daemon.stop(&id, SHORT).await);
        }
        let has_place = made.container.is_some();
        if let Some(id) = id(made.container) {
            drop(self.record.does(Action::Remove, &self.wanted.container()));
            drop(self.daemon.remove(&id).await);
        }
        if has_place {
            drop(self.place.remove());
        }
        if let Some(name) = made.volume {
            drop(self.record.purges(&name));
            drop(self.daemon.remove_volume(&name).await);
        }
    }
}
