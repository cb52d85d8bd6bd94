//! Asking the engine that is in force whether it is the pinned one.

use crate::command::engine::{Ready, Settled, Start, wait};
use crate::command::{Common, Exit, Refused, Survey};
use crate::report::Live;

/// Returns what the engine says, and why that is not as it should be; nothing is started.
pub(super) fn ask(survey: &Survey, common: &Common) -> (Live, Option<Refused>) {
    let kind = survey.config.engine.kind;
    let mut live = Live {
        toolchain: kind.toolchain(),
        title: kind.title(),
        pinned: None,
        found: None,
        endpoint: None,
        problem: None,
        exit: Exit::Success.code(),
    };
    match ready(survey, common, &mut live.pinned) {
        Ok(ready) => {
            live.found = ready.version;
            live.endpoint = ready.endpoint.map(|endpoint| endpoint.to_string());
            (live, None)
        }
        Err(refused) => {
            live.problem = Some(refused.problem.message.clone());
            live.exit = refused.exit.code();
            (live, Some(refused))
        }
    }
}

fn ready(survey: &Survey, common: &Common, pinned: &mut Option<String>) -> Result<Ready, Refused> {
    let settled = Settled::new(survey, common)?;
    *pinned = Some(settled.version()?.to_string());
    wait(|interruption| {
        let settled = &settled;
        async move { settled.ready(Start::Never, &interruption).await }
    })
}
