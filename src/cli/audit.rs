//! The grammar of `pin audit`.

use clap::{Args, Subcommand};

use super::Print;
use crate::command::{self, AuditOptions, Common, Outcome};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "human", global = true)]
    format: Print,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say whether the log is what was written, or the first sequence number that is not to be trusted
    Verify,
}

pub(super) fn run(arguments: &Arguments, common: Common) -> Outcome {
    let options = AuditOptions { common, format: arguments.format.into() };
    match arguments.verb {
        None => command::audit(&options),
        Some(Verb::Verify) => command::audit_verify(&options),
    }
}
