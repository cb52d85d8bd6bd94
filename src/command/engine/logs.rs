use std::io::ErrorKind;

use futures_util::StreamExt as _;

use super::refused::of_daemon;
use super::settled::Settled;
use super::waited::{stopped, wait};
use crate::command::{Common, Exit, Outcome, Refused};
use crate::world::Interruption;

/// What `pin engine logs` is told.
#[derive(Debug, Clone)]
pub struct EngineLogsOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whether what comes is printed, too.
    pub follow: bool,
    /// How many of the last lines are printed.
    pub tail: usize,
}

/// Prints what the engine has printed.
pub fn engine_logs(options: &EngineLogsOptions) -> Outcome {
    logs_or_error(options).unwrap_or_else(Outcome::from)
}

fn logs_or_error(options: &EngineLogsOptions) -> Result<Outcome, Refused> {
    let settled = Settled::of(&options.common)?;
    wait(|interruption| logs(options, settled, interruption))
}

async fn logs(
    options: &EngineLogsOptions,
    settled: Settled,
    interruption: Interruption,
) -> Result<Outcome, Refused> {
    let _ = settled.isolated()?;
    let daemon = interruption.or(settled.daemon()).await.map_err(|_| stopped())??;
    let engines = daemon.engines(settled.kind, &settled.project).await.map_err(|error| of_daemon(&error))?;
    let newest = engines.iter().max_by_key(|engine| (engine.state.is_up(), engine.created));
    let Some(engine) = newest else {
        let message = format!("there is no {} of {}", settled.kind.title(), settled.project);
        return Err(Refused::new(Exit::NoEngine, &message, Some("run `pin engine up`")));
    };
    if !options.follow {
        let log = daemon.log(&engine.name, options.tail).await.map_err(|error| of_daemon(&error))?;
        return Ok(Outcome { stdout: log, ..Outcome::default() });
    }
    let mut stream = std::pin::pin!(daemon.follow(&engine.name, options.tail));
    // Whoever follows a log ends it by interrupting.
    while let Ok(Some(chunk)) = interruption.or(stream.next()).await {
        let chunk = chunk.map_err(|error| of_daemon(&error))?;
        match options.common.voice.print(&chunk) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => break,
            Err(error) => return Err(Refused::new(Exit::Failure, &format!("cannot print: {error}"), None)),
            Ok(()) => {}
        }
    }
    Ok(Outcome::default())
}
