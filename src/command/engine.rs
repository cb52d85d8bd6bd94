//! What the verbs about engines share: which engine is wanted, and where.

mod down;
mod settled;
mod status;
mod up;

pub use down::{EngineDownOptions, engine_down};
pub use status::{EngineStatusOptions, engine_status};
pub use up::{EngineUpOptions, engine_up};
