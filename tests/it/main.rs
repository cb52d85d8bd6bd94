//! The one integration binary: everything that needs the built `pin`, the repository itself, or a real tool.
//!
//! A test that needs a program which is not here says so through [`support::tool`] and returns; `tests/run` turns
//! that into a failure for everything the machine must have, and prints the rest.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write files and start processes: it is their job"
)]

mod support;

mod bump;
mod cases;
mod catalog;
mod dagger_fakes;
mod doctor;
mod elsewhere;
mod engine_audit;
mod engine_care;
mod engine_fakes;
mod engine_faults;
mod engine_hangs;
mod engine_kill;
mod engine_plans;
mod engine_provision;
mod engine_prune;
mod engine_pull;
mod engine_secrets;
mod engine_undo;
mod env;
mod eval;
mod exec;
mod faults;
mod fuzz;
mod generated;
mod git;
mod help;
mod init;
mod isolated;
mod live;
mod packages;
mod reach;
mod readme;
mod real_dagger;
mod real_engine;
mod real_machine;
mod real_nix;
mod real_nix_eval;
mod real_provision;
mod real_registry;
mod registry;
mod runtime;
mod schemas;
mod schemas_of_files;
mod terminal;
mod tidy;
mod toolchains;
mod upstream;
mod variables;
mod voice;
