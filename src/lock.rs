//! `pin.lock`: what a repository has learnt about releases beyond the embedded catalog (design.md
//! §5).
//!
//! Every fact is one line that stands by itself, in a list whose brackets are always there, and more than
//! three lines lie between two lists: git takes conflicts that are nearer for one (xmerge.c,
//! `xdl_simplify_non_conflicts`). So two branches that learn different things can both be kept: git's
//! `union` merge does so without a conflict, and of a conflict [`resolve`] keeps both sides.

mod conflict;
mod print;
mod read;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod shapes;
mod tables;

pub use print::print;
pub use read::{is_conflicted, parse, resolve};

/// Name of the file, at the root of a repository.
pub const FILE: &str = "pin.lock";

/// JSON Schema of the file (draft 2020-12).
pub const SCHEMA: &str = include_str!("lock/schema.json");

/// The toolchain whose revisions and archives are learnt.
const TOOLCHAIN: &str = crate::site::DAGGER;

/// The version of the format.
const VERSION: &str = "1";

#[cfg(test)]
mod tests;
