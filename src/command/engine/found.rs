//! The daemon that an engine runs on, and its place on this machine.

use std::time::Duration;

use super::settled::Settled;
use crate::command::{Exit, Refused};
use crate::config::Mode;
use crate::engine::runtime::{self, Found, Need, Nowhere};
use crate::engine::{Daemon, Place, Record, Up, Wanted};

impl Settled {
    /// Returns the daemon that is there; whom the user has named and who is not there is said, and waited for, once.
    pub(super) async fn daemon(&self) -> Result<Daemon, Refused> {
        let known = self.known.borrow().clone();
        if let Some(candidate) = known
            && let Ok(found) = runtime::find(vec![candidate], self.bound()).await
        {
            return Ok(found.daemon);
        }
        let found = self.find().await.map_err(|nowhere| no_daemon(&nowhere, self.need()))?;
        for note in found.notes() {
            self.common.voice.say(&note);
        }
        Ok(found.daemon)
    }

    /// Returns the daemon with all that was looked at before it.
    pub(super) async fn find(&self) -> Result<Found, Nowhere> {
        let only = self.settings().ok().and_then(|settings| settings.runtime);
        let found = runtime::look(&self.common.environment, only, self.bound()).await?;
        self.known.replace(Some(found.candidate.clone()));
        Ok(found)
    }

    fn bound(&self) -> Duration {
        self.common.network.http.timeout
    }

    /// Returns what a daemon is needed for.
    pub(super) fn need(&self) -> Need {
        match self.settings().map(|settings| settings.mode.value) {
            Ok(Mode::Host) => Need::Itself,
            _ => Need::Engine(self.kind.variable()),
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
        record: &'a Record,
    ) -> Result<Up<'a>, Refused> {
        Ok(Up {
            daemon,
            wanted,
            place,
            record,
            voice: self.common.voice,
            accepts_privileged: self.settings()?.consent.is_some(),
            pulls: !self.common.network.is_offline,
            credentials: &self.common.network.credentials,
        })
    }
}

/// Returns how a verb ends that finds no daemon.
pub(super) fn no_daemon(nowhere: &Nowhere, need: Need) -> Refused {
    let exit = if nowhere.is_hung() { Exit::Unanswered } else { Exit::NoEngine };
    Refused::new(exit, &nowhere.message(), Some(&nowhere.hint(need)))
}
