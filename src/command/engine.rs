//! What the verbs about engines share: which engine is wanted, and where.

mod clients;
mod doctor;
mod down;
mod found;
mod in_force;
mod logs;
mod prune;
mod ready;
mod refused;
mod settled;
mod status;
mod up;
mod waited;
mod way;

pub(super) use ready::{How, Ready, Start};
pub(super) use settled::{Settled, pinned};
pub(super) use up::plan;
pub(super) use waited::wait;

pub use doctor::{EngineDoctorOptions, engine_doctor};
pub use down::{EngineDownOptions, engine_down};
pub use logs::{EngineLogsOptions, engine_logs};
pub use prune::{EnginePruneOptions, engine_prune};
pub use status::{EngineStatusOptions, engine_status};
pub use up::{EngineUpOptions, engine_up};
