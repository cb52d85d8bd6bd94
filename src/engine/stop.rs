//! Ending an engine as it wants to be ended: asked, given time, and never forced.

use std::time::Duration;

use super::{Daemon, DaemonError};
use crate::value::whole_seconds;
use crate::world::Voice;

/// How a container ended that was killed.
const KILLED: i64 = 137;

impl Daemon {
    /// Ends an engine, and waits until it has; says so when the daemon had to kill it.
    pub(super) async fn end(&self, name: &str, bound: Duration, voice: Voice) -> Result<(), DaemonError> {
        // A process that is held still hears no signal.
        if self.is_paused(name).await? {
            self.unpause(name).await?;
        }
        self.unsettle(name).await?;
        self.stop(name, bound).await?;
        if self.exit_code(name).await? == Some(KILLED) {
            let seconds = whole_seconds(bound);
            voice.say(&format!(
                "warning: {name} did not end within {seconds} s and was killed; what it had not saved of its cache is lost\n\
                 hint: `stop_timeout` below `[engine]` in pin.toml gives it more time"
            ));
        }
        Ok(())
    }
}
