use std::io::ErrorKind;

use super::refused::of_daemon;
use super::settled::Settled;
use super::waited::wait;
use crate::command::{Common, Exit, Outcome, Refused};
use crate::world::{Interruption, Level};

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
    let failed = |error| of_daemon(&error);
    let daemon = interruption.or(settled.daemon()).await??;
    let engines = interruption.or(daemon.engines(settled.kind, &settled.project)).await;
    let engines = engines?.map_err(failed)?;
    let newest = engines.iter().max_by_key(|engine| (engine.state.is_up(), engine.created));
    let Some(engine) = newest else {
        let message = format!("there is no {} of {}", settled.kind.title(), settled.project);
        return Err(Refused::new(Exit::NoEngine, &message, Some("run `pin engine up`")));
    };
    let mut log = match options.follow {
        true => {
            let followed = interruption.or(daemon.follow(&engine.name, options.tail)).await;
            followed?.map_err(failed)?
        }
        false => daemon.print(&engine.name, options.tail),
    };
    loop {
        let piece = match interruption.or(log.next()).await {
            Ok(piece) => piece.map_err(failed)?,
            // Whoever follows a log ends it by interrupting.
            Err(_) if options.follow => None,
            Err(interrupted) => return Err(interrupted.into()),
        };
        let Some(piece) = piece else { return Ok(Outcome::default()) };
        if options.common.voice.level == Level::Quiet {
            continue;
        }
        match options.common.voice.print(&piece) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(Outcome::default()),
            Err(error) => return Err(Refused::new(Exit::Failure, &format!("cannot print: {error}"), None)),
            Ok(()) => {}
        }
    }
}
