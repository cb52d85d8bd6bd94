//! Asking the engine that is in force whether it is the pinned one.

use crate::command::engine::{Settled, Start, wait};
use crate::command::{Common, Refused, Survey};

/// Returns what the engine says, as words; nothing is started.
pub(super) fn ask(survey: &Survey, common: &Common) -> Result<String, Refused> {
    let settled = Settled::new(survey, common)?;
    let ready = wait(|interruption| {
        let settled = &settled;
        async move { settled.ready(Start::Never, &interruption).await }
    })?;
    let at = ready.endpoint.as_ref().map(|endpoint| format!(" at {endpoint}")).unwrap_or_default();
    let title = settled.kind.title();
    Ok(match ready.version {
        Some(version) => format!("live: the {title}{at} is {version}, as pinned\n"),
        None => format!("note: the {title}{at} can be asked by its own client only\n"),
    })
}
