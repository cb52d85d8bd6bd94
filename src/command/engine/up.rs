use super::settled::{Settled, refused};
use crate::command::{Common, Exit, Outcome, Refused};
use crate::engine::Up;
use crate::world;

/// What `pin engine up` is told.
#[derive(Debug, Clone)]
pub struct EngineUpOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whether it is only said what would be done.
    pub dry_run: bool,
}

/// Brings the pinned engine up.
pub fn engine_up(options: &EngineUpOptions) -> Outcome {
    up_or_error(options).unwrap_or_else(Outcome::from)
}

fn up_or_error(options: &EngineUpOptions) -> Result<Outcome, Refused> {
    let settled = Settled::of(&options.common)?;
    let waited = world::wait_for_steps(|interruption| {
        let settled = &settled;
        async move {
            let daemon = settled.daemon().await?;
            let place = settled.place(&daemon);
            let up = Up {
                daemon: &daemon,
                wanted: &settled.wanted,
                place: &place,
                voice: options.common.voice,
                accepts_privileged: false,
                pulls: !options.common.network.is_offline,
                credentials: &options.common.network.credentials,
            };
            if options.dry_run {
                let plan = up.plan().await.map_err(|error| refused(&error))?;
                return Ok(plan.steps.iter().map(|step| format!("{step}\n")).collect());
            }
            let running = up.run(&interruption).await.map_err(|error| refused(&error))?;
            Ok(format!("{running:?}\n"))
        }
    });
    let stdout: String = match waited {
        Ok(Ok(done)) => done?,
        Ok(Err(world::Interrupted)) => return Err(Refused::new(Exit::Interrupted, "interrupted", None)),
        Err(error) => return Err(Refused::new(Exit::Failure, &error.to_string(), None)),
    };
    Ok(Outcome { stdout, ..Outcome::default() })
}
