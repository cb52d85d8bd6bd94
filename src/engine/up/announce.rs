//! Saying what a privileged container means, each time that one is started.

use super::Up;
use crate::engine::DaemonError;
use crate::engine::record::PRIVILEGED;

impl Up<'_> {
    /// Says what it means that the container is privileged, unless the user has said that this is fine. To want to hear
    /// little is not to say so.
    pub(super) async fn announce(&self, name: &str) -> Result<(), DaemonError> {
        if !self.accepts_privileged {
            self.voice.insist(&warning(name, self.daemon.is_desktop().await?));
        }
        Ok(())
    }
}

/// Returns what a privileged container means here.
fn warning(name: &str, is_desktop: bool) -> String {
    let reach = if is_desktop {
        "whoever reaches it is root in the virtual machine of Docker Desktop, not on this machine"
    } else {
        "whoever reaches it can become root on the daemon's machine"
    };
    format!(
        "warning: {name} runs privileged, because {PRIVILEGED}: {reach}\n\
         hint: `export PIN_ACCEPT_PRIVILEGED=1` accepts that, or `accept_privileged = true` below `[engine]` in your own \
         pin/config.toml"
    )
}

#[cfg(test)]
mod tests {
    use super::warning;

    #[test]
    fn the_warning_says_whose_root_it_is() {
        assert!(warning("pin-x", false).contains("root on the daemon's machine"));
        assert!(warning("pin-x", true).contains("not on this machine"));
    }
}
