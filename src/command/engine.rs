//! What the verbs about engines share: which engine is wanted, and where.

mod down;
mod ready;
mod settled;
mod status;
mod up;

pub(super) use ready::{How, Ready, Start};
pub(super) use settled::Settled;

pub use down::{EngineDownOptions, engine_down};
pub use status::{EngineStatusOptions, engine_status};
pub use up::{EngineUpOptions, engine_up};
