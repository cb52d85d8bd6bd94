//! Finds every place in a file that states a version: pure functions from text to [`Site`]s.
//!
//! One file per format. A finder looks at one [`Source`](crate::text::Source) and adds to a [`Scan`] what it sees:
//! sites, and *definitions* — names that hold a version (a variable, a workflow input) and become
//! sites when their name says so or when a site follows them. [`resolve`](resolve::resolve) then
//! follows indirections across files.
//!
//! What is not here: which version is right (`lockstep`), and reading files (`world`).

mod assignment;
mod checksum;
mod dagger_module;
mod dockerfile;
mod dotenv;
mod expression;
mod flake_lock;
mod format;
mod image;
mod kind;
mod lines;
mod name;
mod nix;
mod release;
mod resolve;
mod scan;
mod scope;
mod script;
#[cfg(test)]
mod shown;
mod stated;
mod workflow;
mod write;
mod yaml;

pub use format::Format;
pub use kind::{Class, Kind};
pub use resolve::resolve;
pub use scan::{Companion, Companionship, Definition, Follow, Name, Role, Scan, Site};
pub use stated::Stated;
pub use write::{Mismatch, Refusal, Writing, mismatches, write};

/// The toolchain that needs no configuration.
pub const DAGGER: &str = "dagger";
