use std::time::Duration;

use clap::{Args, Subcommand};

use super::Print;
use crate::command::{
    self, Common, EngineDoctorOptions, EngineDownOptions, EngineLogsOptions, EnginePruneOptions,
    EngineStatusOptions, EngineUpOptions, Outcome,
};
use crate::value::{parse_bytes, parse_duration};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Bring the pinned engine up; one of another version makes way, and its cache is kept where they share it
    ///
    /// An engine that `_EXPERIMENTAL_DAGGER_RUNNER_HOST` or `BUILDKIT_HOST` names is asked for its version instead.
    Up {
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// How to print the engine
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
    /// End the project's engines; their caches stay
    Down {
        /// Delete their caches, too: those of every version
        #[arg(long)]
        purge: bool,
        /// Do not ask before that
        #[arg(long, requires = "purge")]
        yes: bool,
        /// End a Dagger engine also while clients are connected; they fail, and its cache may be lost
        #[arg(long)]
        force: bool,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Show what the engine does, and how large its cache is; exits like `up` would where it is not up
    Status {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
    /// Print what the engine has printed
    Logs {
        /// Go on printing what comes
        #[arg(short, long)]
        follow: bool,
        /// How many of the last lines
        #[arg(short = 'n', long, value_name = "LINES", default_value_t = 100)]
        tail: usize,
    },
    /// Make the cache of the running engine smaller
    Prune {
        /// Only what nobody has used for that long: `12h`, `7d`
        #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
        unused_for: Option<Duration>,
        /// Only so much that this stays: `20GB`
        #[arg(long, value_name = "SIZE", value_parser = size)]
        keep: Option<u64>,
        /// All that is not in use
        #[arg(long, conflicts_with_all = ["unused_for", "keep"])]
        all: bool,
        /// Say what would be done, and do nothing
        #[arg(long)]
        dry_run: bool,
        /// How to print what has gone, or would
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
    /// Look at all that an engine and its clients need, and say what mends the rest; exits like `up` would, and with 4
    /// where clients do not reach it
    Doctor {
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
}

fn size(text: &str) -> Result<u64, String> {
    parse_bytes(text).ok_or_else(|| "wanted one such as 20GB or 8GiB".to_owned())
}

pub(super) fn run(Arguments { verb }: Arguments, common: Common) -> Outcome {
    match verb {
        Verb::Up { dry_run, format } => {
            command::engine_up(&EngineUpOptions { common, dry_run, format: format.into() })
        }
        Verb::Down { purge, yes, force, dry_run } => {
            command::engine_down(&EngineDownOptions { common, purge, force, yes, dry_run })
        }
        Verb::Status { format } => {
            command::engine_status(&EngineStatusOptions { common, format: format.into() })
        }
        Verb::Doctor { format } => {
            command::engine_doctor(&EngineDoctorOptions { common, format: format.into() })
        }
        Verb::Logs { follow, tail } => command::engine_logs(&EngineLogsOptions { common, follow, tail }),
        Verb::Prune { unused_for, keep, all, dry_run, format } => {
            command::engine_prune(&EnginePruneOptions {
                dry_run,
                common,
                unused_for,
                keep,
                all,
                format: format.into(),
            })
        }
    }
}
