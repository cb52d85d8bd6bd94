use crate::command::{Common, Outcome};

/// What `pin engine status` is told.
#[derive(Debug, Clone)]
pub struct EngineStatusOptions {
    /// What every verb is told.
    pub common: Common,
}

/// Returns what the engine does.
pub fn engine_status(_options: &EngineStatusOptions) -> Outcome {
    Outcome::default()
}
