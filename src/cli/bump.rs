use std::time::Duration;

use clap::Args;

use super::{Mode, Print};
use crate::command::{self, BumpOptions, Common, Outcome};
use crate::value::{Version, parse_duration};

#[derive(Debug, Args)]
pub(super) struct Bump {
    /// Whose version is moved; without it Dagger's, or that of the only toolchain
    toolchain: Option<String>,
    /// Move to this version, if no channel lacks it
    #[arg(long, value_name = "VERSION", value_parser = version, conflicts_with_all = ["patch", "pre"])]
    to: Option<Version>,
    /// Stay in the line of the current version: only its last number changes
    #[arg(long)]
    patch: bool,
    /// Take pre-releases, too
    #[arg(long)]
    pre: bool,
    /// Leave out what was published less than that ago: `12h`, `3d`
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    min_age: Option<Duration>,
    #[command(flatten)]
    write: Mode,
    /// How to print the table of channels and versions
    #[arg(long, value_name = "FORMAT", default_value = "human", conflicts_with = "diff")]
    format: Print,
}

fn version(text: &str) -> Result<Version, String> {
    let parsed = Version::parse(text).or_else(|| Version::parse_own(text));
    parsed.ok_or_else(|| "wanted one version such as 0.21.8".to_owned())
}

pub(super) fn run(bump: Bump, common: Common) -> Outcome {
    let mode = match bump.write.mode("bump") {
        Ok(mode) => mode,
        Err(outcome) => return outcome,
    };
    command::bump(&BumpOptions {
        common,
        toolchain: bump.toolchain,
        to: bump.to,
        patch: bump.patch,
        pre: bump.pre,
        min_age: bump.min_age,
        mode,
        diff: bump.write.diff,
        format: bump.format.into(),
    })
}
