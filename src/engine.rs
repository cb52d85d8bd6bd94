//! Engines: the container that the pinned version needs, as a value; what there is; the plan that leads from one to the
//! other; the daemon that executes it; and the engine's own answer about what it is.
//!
//! | part | what it is |
//! |---|---|
//! | `kind` | what differs between Dagger and BuildKit |
//! | [`Wanted`] | the container that there should be: names, labels, mounts, limits |
//! | [`Container`] | a container that there is |
//! | [`plan()`] | from what there is to what there should be, as steps |
//! | [`Daemon`] | a container daemon, every call to which is bounded |
//! | [`Probe`] | asks an engine what it is |
//! | [`cli`] | the CLI that speaks to a Dagger engine |
//! | [`injected()`], [`overrides()`] | what the environment says about the engine |
//! | [`preflight()`] | what a way to an engine needs beside the engine |
//! | [`audit`] | keeps what was done, so that a change of it is noticed |
//!
//! Pure: `kind`, `wanted`, `container`, `plan`, `not_up`, `injected`, `overrides`, `proxies`. The rest is the world.

pub mod audit;
mod cache;
pub mod cli;
mod container;
mod daemon;
mod dagger;
mod dial;
mod down;
mod injected;
mod kind;
mod name;
mod not_up;
mod overrides;
mod place;
mod plan;
mod preflight;
mod probe;
mod proxies;
mod record;
pub mod runtime;
mod stop;
mod tls;
mod up;
mod wanted;

pub use cache::{CacheUsage, Prune, Pruned};
pub use container::{Cache, Container, Going, Network, Owner, State};
pub use daemon::{About, Conflict, Created, Daemon, DaemonError, Log, Pulled};
pub use dagger::prunes_to_size;
pub use dial::{Dialled, Way};
pub use down::{Down, DownError, plan_down};
pub use injected::{Injected, MARKER, injected};
pub use name::project;
pub use not_up::{AGAINST_SILENCE, NotUp};
pub use overrides::{Override, overrides};
pub use place::{Held, Place};
pub use plan::{Clients, Obstacle, Plan, Seen, Step, plan};
pub use preflight::{PreflightError, preflight};
pub use probe::{Probe, ProbeError};
pub use proxies::passed_by as proxies_passed_by;
pub use record::Record;
pub use up::{Running, Up, UpError};
pub use wanted::{Image, InFile, Proxies, Wanted};
