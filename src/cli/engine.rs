use clap::{Args, Subcommand};

use crate::command::{self, Common, EngineDownOptions, EngineUpOptions, Outcome};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring the pinned engine up
    Up {
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// End the engine; its cache stays
    Down,
}

pub(super) fn run(arguments: &Arguments, common: Common) -> Outcome {
    match &arguments.verb {
        Verb::Up { dry_run } => command::engine_up(&EngineUpOptions { common, dry_run: *dry_run }),
        Verb::Down => command::engine_down(&EngineDownOptions { common }),
    }
}
