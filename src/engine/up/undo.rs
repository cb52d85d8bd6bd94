use std::time::Duration;

use super::Up;

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
    /// Takes back what was made, as far as the daemon lets us; the next run finds what is left.
    pub(super) async fn undo(&self, made: Made) {
        if let Some(name) = made.started {
            drop(self.daemon.stop(&name, SHORT).await);
        }
        if let Some(name) = made.container {
            drop(self.daemon.remove(&name).await);
            drop(self.place.remove());
        }
        if let Some(name) = made.volume {
            drop(self.daemon.remove_volume(&name).await);
        }
    }
}
