//! Engines: which one is in force, and the CLI that speaks to it.

pub mod cli;
mod injected;
mod overrides;
mod preflight;
mod proxies;

pub use injected::{Injected, MARKER, injected};
pub use overrides::{Override, overrides};
pub use preflight::{PreflightError, preflight};
pub use proxies::passed_by as proxies_passed_by;
