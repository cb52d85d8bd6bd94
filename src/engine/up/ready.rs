//! Waiting until an engine answers, has died, or has had its time.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::{Up, UpError};
use crate::engine::probe::ProbeError;
use crate::engine::{Probe, Way};

/// How long one answer is waited for: an engine that is there needs a few milliseconds.
const ANSWER: Duration = Duration::from_secs(5);

/// How long until it is asked again, at first and at most.
const PAUSES: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(250));

/// How often an engine is started again that has failed before it was one.
const MORE_STARTS: usize = 3;

/// How many of the last lines of a log are shown.
const LINES: usize = 20;

impl Up<'_> {
    /// Returns what the engine says, and whether through its socket. Where that is not to be had, it is asked through
    /// the daemon; what works there proves that the socket cannot be reached from here.
    pub(super) async fn ask(&self, name: &str) -> Result<(Probe, bool), ProbeError> {
        let kind = self.wanted.kind;
        if let Some(directory) = self.place.directory(kind.socket()) {
            let socket = Way::Socket(directory.join(kind.socket()));
            match Probe::ask(&socket, ANSWER).await {
                Err(ProbeError::Connect(_)) => {}
                asked => return asked.map(|probe| (probe, true)),
            }
            let probe = Probe::ask(&self.inside(name), ANSWER).await?;
            // It may have come up in between.
            return match Probe::ask(&socket, ANSWER).await {
                Ok(probe) => Ok((probe, true)),
                Err(_) => Ok((probe, false)),
            };
        }
        Probe::ask(&self.inside(name), ANSWER).await.map(|probe| (probe, false))
    }

    fn inside(&self, name: &str) -> Way<'_> {
        Way::Inside { daemon: self.daemon, container: name.to_owned(), program: self.wanted.kind.dial() }
    }

    /// Returns what the engine says once it says something, whether it was started for that or ran before.
    pub(super) async fn ready(&self, name: &str, was_started: bool) -> Result<(Probe, bool), UpError> {
        let mut why = String::new();
        let bound = self.wanted.start_timeout;
        match timeout(bound, self.answers(name, &mut why)).await {
            Ok(answer) => answer,
            Err(_) => Err(UpError::Silent {
                name: name.to_owned(),
                seconds: bound.as_secs(),
                why,
                log: self.last_lines(name).await,
                was_started,
            }),
        }
    }

    /// Returns what the engine says, however long that takes, unless it ends; `why` is what was wrong so far.
    async fn answers(&self, name: &str, why: &mut String) -> Result<(Probe, bool), UpError> {
        let mut more_starts = MORE_STARTS;
        loop {
            let code = tokio::select! {
                answer = self.first_answer(name, why) => return Ok(answer),
                ended = self.daemon.ended(name) => ended?,
            };
            let may_start_again = more_starts > 0 && {
                let lines = self.daemon.log_since_start(name).await.unwrap_or_default();
                self.wanted.kind.failed_before_start(&lines)
            };
            if !may_start_again {
                return Err(UpError::Died { name: name.to_owned(), code, log: self.last_lines(name).await });
            }
            more_starts -= 1;
            self.voice.say(&format!("starting {name} again: its entrypoint has failed, as it does at times"));
            self.record.starts(name)?;
            self.daemon.start(name).await?;
        }
    }

    async fn first_answer(&self, name: &str, why: &mut String) -> (Probe, bool) {
        let mut pause = PAUSES.0;
        loop {
            match self.ask(name).await {
                Ok(answer) => return answer,
                Err(error) => *why = error.to_string(),
            }
            sleep(pause).await;
            pause = (pause * 2).min(PAUSES.1);
        }
    }

    async fn last_lines(&self, name: &str) -> String {
        self.daemon.log(name, LINES).await.unwrap_or_default()
    }
}
