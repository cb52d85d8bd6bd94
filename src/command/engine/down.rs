use std::io;

use super::settled::Settled;
use crate::command::{Common, Exit, Outcome, Refused, with_causes};
use crate::world;

/// What `pin engine down` is told.
#[derive(Debug, Clone)]
pub struct EngineDownOptions {
    /// What every verb is told.
    pub common: Common,
}

/// Ends the engine; its cache stays.
pub fn engine_down(options: &EngineDownOptions) -> Outcome {
    down_or_error(options).unwrap_or_else(Outcome::from)
}

fn down_or_error(options: &EngineDownOptions) -> Result<Outcome, Refused> {
    let settled = Settled::of(&options.common)?;
    let waited = world::wait_for_steps(|_| {
        let settled = &settled;
        async move {
            let daemon = settled.daemon().await?;
            let failed =
                |error: crate::engine::DaemonError| Refused::new(Exit::NoEngine, &with_causes(&error), None);
            let lost = |error: io::Error| Refused::new(Exit::Failure, &error.to_string(), None);
            let (wanted, place) = (&settled.wanted, settled.place(&daemon));
            // A daemon answers the second of two who remove the same thing before it is gone.
            let _held = place.hold(wanted.start_timeout + wanted.stop_timeout, || {}).await.map_err(lost)?;
            let engines = daemon.engines(wanted.kind, &wanted.project).await.map_err(failed)?;
            for engine in engines {
                daemon.stop(&engine.name, wanted.stop_timeout).await.map_err(failed)?;
                daemon.remove(&engine.name).await.map_err(failed)?;
                place.of(&engine.name).remove().map_err(lost)?;
            }
            place.remove().map_err(lost)
        }
    });
    match waited {
        Ok(Ok(done)) => done?,
        Ok(Err(world::Interrupted)) => return Err(Refused::new(Exit::Interrupted, "interrupted", None)),
        Err(error) => return Err(Refused::new(Exit::Failure, &error.to_string(), None)),
    }
    Ok(Outcome::default())
}
