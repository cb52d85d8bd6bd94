//! The grammar of `pin catalog`.

use clap::{Args, Subcommand};

use super::Print;
use crate::command::{self, CatalogShowOptions, CatalogUpdateOptions, Common, Outcome};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show everything that is known about a release or about a commit of the flake that packages it
    Show {
        /// A version, or a commit of github:dagger/nix, or at least seven digits of one
        #[arg(value_name = "VERSION|REVISION")]
        subject: String,
        /// How to print it
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
    /// Ask what the commits are that this repository names and nobody knows, and keep that in pin.lock
    ///
    /// Of a pin.lock in which a merge has left both sides both are kept. `PIN_GITHUB_URL` and
    /// `PIN_RELEASES_URL` name mirrors of `https://github.com` and `https://dl.dagger.io/dagger`.
    Update {
        /// Ask, and write nothing
        #[arg(long)]
        dry_run: bool,
        /// How to print what was learnt
        #[arg(long, value_name = "FORMAT", default_value = "human")]
        format: Print,
    },
}

pub(super) fn run(arguments: Arguments, common: Common) -> Outcome {
    match arguments.verb {
        Verb::Show { subject, format } => {
            command::catalog_show(&CatalogShowOptions { common, subject, format: format.into() })
        }
        Verb::Update { dry_run, format } => {
            command::catalog_update(&CatalogUpdateOptions { common, dry_run, format: format.into() })
        }
    }
}
