//! What containers print.

use bollard::container::LogOutput;
use bollard::query_parameters::{InspectContainerOptions, LogsOptionsBuilder};
use futures_util::{Stream, StreamExt as _, TryStreamExt as _};

use super::{Daemon, DaemonError};

/// The most bytes of a log that are read at once.
const MAX_LOG: usize = 4 << 20;

/// How many of the last lines are looked through for what the engine says when it starts.
const START_LINES: usize = 2000;

impl Daemon {
    /// Returns what a container has printed, at most its last `tail` lines.
    pub async fn log(&self, name: &str, tail: usize) -> Result<String, DaemonError> {
        self.read_log(name, LogsOptionsBuilder::new().tail(&tail.to_string())).await
    }

    /// Returns the lines that a container has printed since it was started last, as far as they are among its last
    /// two thousand. The clock is the daemon's own.
    pub async fn log_since_start(&self, name: &str) -> Result<Vec<String>, DaemonError> {
        let inspected = self.docker.inspect_container(name, None::<InspectContainerOptions>);
        let found = self.ask("tell about a container", inspected).await?;
        let started = found.state.and_then(|state| state.started_at).unwrap_or_default();
        let options = LogsOptionsBuilder::new().timestamps(true).tail(&START_LINES.to_string());
        let log = self.read_log(name, options).await?;
        // Both are RFC 3339 in UTC: to the second, they compare as text.
        let since = started.get(..SECONDS).unwrap_or_default();
        let lines = log.lines().filter_map(|line| line.split_once(' '));
        let lines = lines.filter(|(time, _)| time.get(..SECONDS).is_some_and(|time| time >= since));
        Ok(lines.map(|(_, line)| line.to_owned()).collect())
    }

    /// Returns what a container prints from its last `tail` lines on, until it ends.
    pub fn follow(&self, name: &str, tail: usize) -> impl Stream<Item = Result<Vec<u8>, DaemonError>> + '_ {
        let options =
            LogsOptionsBuilder::new().stdout(true).stderr(true).follow(true).tail(&tail.to_string());
        let what = format!("tell the log of {name}");
        let stream = self.docker.logs(name, Some(options.build()));
        stream.map(move |chunk| match chunk {
            Ok(chunk) => Ok(chunk.into_bytes().to_vec()),
            Err(error) => Err(self.error(&what, error)),
        })
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
        let bytes = self.ask(&format!("tell the log of {name}"), read).await?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// The bytes of a time in RFC 3339, to the second: `2026-07-29T17:07:26`.
const SECONDS: usize = 19;
