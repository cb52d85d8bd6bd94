//! The daemon that an engine runs on, and its place on this machine.

use super::settled::Settled;
use crate::command::{Exit, Refused};
use crate::engine::runtime::{self, Found};
use crate::engine::{Daemon, Place, Up, Wanted};

impl Settled {
    /// Returns the daemon that is there.
    pub(super) async fn daemon(&self) -> Result<Daemon, Refused> {
        let candidates = runtime::candidates(&self.common.environment);
        match runtime::find(candidates, self.common.network.http.timeout).await {
            Ok(Found { daemon, .. }) => Ok(daemon),
            Err(_) => Err(Refused::new(Exit::NoEngine, "no container runtime answers", Some("start Docker"))),
        }
    }

    /// Returns the place of a container of this project.
    pub(super) fn place(&self, daemon: &Daemon, container: &str) -> Place {
        let engine = format!("{}\n{}", self.kind.toolchain(), self.project);
        Place::new(&self.state, daemon.address(), container, &engine)
    }

    /// Returns what brings the wanted engine up.
    pub(super) fn up<'a>(
        &'a self,
        daemon: &'a Daemon,
        wanted: &'a Wanted,
        place: &'a Place,
    ) -> Result<Up<'a>, Refused> {
        Ok(Up {
            daemon,
            wanted,
            place,
            voice: self.common.voice,
            accepts_privileged: self.settings()?.consent.is_some(),
            pulls: !self.common.network.is_offline,
            credentials: &self.common.network.credentials,
        })
    }
}
