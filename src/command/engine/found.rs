//! The daemon that an engine runs on, and its place on this machine.

use std::time::Duration;

use super::settled::Settled;
use crate::command::{Exit, Refused};
use crate::config::Mode;
use crate::engine::runtime::{self, Found, Need, Nowhere, Passed};
use crate::engine::{Daemon, Place, Record, Up, Wanted};
use crate::world::Voice;

impl Settled {
    /// Returns the daemon that is there; whom the user has named and who is not there is said, and waited for, once.
    pub(super) async fn daemon(&self) -> Result<Daemon, Refused> {
        let known = self.known.borrow().clone();
        if let Some(candidate) = known
            && let Ok(found) = runtime::find(vec![candidate], self.bound()).await
        {
            return Ok(found.daemon);
        }
        let voice = self.common.voice;
        let found = match self.find().await {
            Ok(found) => found,
            Err(nowhere) => {
                passed_over(voice, nowhere.passed.iter());
                return Err(no_daemon(&nowhere, self.need()));
            }
        };
        // Those whom the user has named are said in any case.
        passed_over(voice, found.passed.iter().filter(|passed| !passed.candidate.because.is_named()));
        for note in found.notes() {
            voice.say(&note);
        }
        let because = found.candidate.because.words();
        voice.detail(format_args!("the daemon is the one at {}: {because}", found.daemon.address()));
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

/// Tells those who want to know it where no daemon was.
fn passed_over<'p>(voice: Voice, passed: impl Iterator<Item = &'p Passed>) {
    for passed in passed {
        voice.detail(format_args!("passed over: {passed}"));
    }
}

/// Returns how a verb ends that finds no daemon.
pub(super) fn no_daemon(nowhere: &Nowhere, need: Need) -> Refused {
    let exit = if nowhere.is_hung() { Exit::Unanswered } else { Exit::NoEngine };
    Refused::new(exit, &nowhere.message(), Some(&nowhere.hint(need)))
}
