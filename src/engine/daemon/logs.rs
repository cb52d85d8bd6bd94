//! What containers print.

use std::fmt;

use bollard::container::LogOutput;
use bollard::errors::Error;
use bollard::query_parameters::LogsOptionsBuilder;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use tokio::time::timeout;

use super::{Daemon, DaemonError};

/// The most bytes of a log that are read at once.
const MAX_LOG: usize = 4 << 20;

/// How many of the last lines are looked through for what the engine says when it starts.
const START_LINES: usize = 2000;

/// The bytes of a time in RFC 3339, to the second: `2026-07-29T17:07:26`.
const SECONDS: usize = 19;

/// The log of a container, as it comes.
pub struct Log<'d> {
    daemon: &'d Daemon,
    what: String,
    stream: BoxStream<'d, Result<LogOutput, Error>>,
    may_wait: bool,
}

impl Log<'_> {
    /// Returns the next piece, or `None` at the end; waits as long as the daemon is well, if it is followed.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, DaemonError> {
        loop {
            match timeout(self.daemon.bound, self.stream.next()).await {
                Ok(piece) => {
                    let piece = piece.transpose().map_err(|error| self.daemon.error(&self.what, error))?;
                    return Ok(piece.map(|piece| piece.into_bytes().to_vec()));
                }
                Err(_) if self.may_wait => {
                    self.daemon.ask("say that it is one", self.daemon.docker.ping()).await?;
                }
                Err(_) => return Err(self.daemon.silent(&self.what, self.daemon.bound)),
            }
        }
    }
}

impl fmt::Debug for Log<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("what", &self.what).finish_non_exhaustive()
    }
}

impl Daemon {
    /// Returns what a container has printed, at most its last `tail` lines.
    pub async fn log(&self, name: &str, tail: usize) -> Result<String, DaemonError> {
        self.read_log(name, LogsOptionsBuilder::new().tail(&tail.to_string())).await
    }

    /// Returns the lines that a container has printed since it was started last, as far as they are among its last
    /// two thousand. The clock is the daemon's own.
    pub async fn log_since_start(&self, name: &str) -> Result<Vec<String>, DaemonError> {
        let started = self.state(name).await?.and_then(|state| state.started_at).unwrap_or_default();
        let options = LogsOptionsBuilder::new().timestamps(true).tail(&START_LINES.to_string());
        let log = self.read_log(name, options).await?;
        // Both are RFC 3339 in UTC: to the second, they compare as text.
        let since = started.get(..SECONDS).unwrap_or_default();
        let lines = log.lines().filter_map(|line| line.split_once(' '));
        let lines = lines.filter(|(time, _)| time.get(..SECONDS).is_some_and(|time| time >= since));
        Ok(lines.map(|(_, line)| line.to_owned()).collect())
    }

    /// Returns what a container has printed, from its last `tail` lines on.
    pub fn print(&self, name: &str, tail: usize) -> Log<'_> {
        self.open(name, LogsOptionsBuilder::new().tail(&tail.to_string()))
    }

    /// Returns what a container prints from its last `tail` lines on, until it ends.
    pub async fn follow(&self, name: &str, tail: usize) -> Result<Log<'_>, DaemonError> {
        // Of a log that is followed nobody knows whether it has no lines or no daemon: the answer begins with a line.
        self.log(name, 0).await?;
        let log = self.open(name, LogsOptionsBuilder::new().follow(true).tail(&tail.to_string()));
        Ok(Log { may_wait: true, ..log })
    }

    fn open(&self, name: &str, options: LogsOptionsBuilder) -> Log<'_> {
        let options = options.stdout(true).stderr(true).build();
        let stream = self.docker.logs(name, Some(options)).boxed();
        Log { daemon: self, what: tell(name), stream, may_wait: false }
    }

    async fn read_log(&self, name: &str, options: LogsOptionsBuilder) -> Result<String, DaemonError> {
        let read = async {
            let mut bytes = Vec::new();
            let options = options.stdout(true).stderr(true).build();
            let mut stream = self.docker.logs(name, Some(options)).map_ok(LogOutput::into_bytes);
            while let Some(chunk) = stream.try_next().await? {
                if bytes.len() + chunk.len() > MAX_LOG {
                    break;
                }
                bytes.extend_from_slice(&chunk);
            }
            Ok(bytes)
        };
        let bytes = self.ask(&tell(name), read).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

fn tell(name: &str) -> String {
    format!("tell the log of {name}")
}
