//! Engines: the container that the pinned version needs, as a value; what there is; the plan that leads from one to the
//! other; the daemon that executes it; and the engine's own answer about what it is.
//!
//! | part | what it is |
//! |---|---|
//! | [`EngineKind`] | what differs between Dagger and BuildKit |
//! | [`Wanted`] | the container that there should be: names, labels, mounts, limits |
//! | [`Container`] | a container that there is |
//! | [`plan`] | from what there is to what there should be, as steps |
//! | [`Daemon`] | a container daemon, every call to which is bounded |
//! | [`Probe`] | asks an engine what it is |
//!
//! Pure: `kind`, `wanted`, `container`, `plan`. The rest is the world.

mod cache;
mod container;
mod daemon;
mod kind;
mod name;
mod place;
mod plan;
mod probe;
pub mod runtime;
mod up;
mod wanted;

pub use cache::{CacheUsage, Prune};
pub use container::{Cache, Container, Network, State};
pub use daemon::{Daemon, DaemonError, Pulled};
pub use kind::EngineKind;
pub use name::project;
pub use place::{Held, Place};
pub use plan::{Obstacle, Plan, Seen, Step, plan};
pub use probe::{Dialled, Probe, ProbeError, Way};
pub use up::{Running, Up, UpError};
pub use wanted::{Bound, Image, InFile, Wanted};
