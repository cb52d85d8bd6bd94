//! Asks package managers, as the repository uses them, which versions they can have.
//!
//! | client | question | one listing? |
//! |---|---|---|
//! | npm, pnpm | `view NAME versions --json` | yes |
//! | Yarn 1 | `yarn info NAME versions --json` | yes |
//! | Yarn 2 and later | `yarn npm info NAME --fields versions --json` | yes |
//! | Bun | `bun pm view NAME versions --json` | yes |
//! | Deno | `deno info --json --no-lock` on a module that imports every wanted version | all at once |
//! | pip; for PDM and Pipenv | `pip download` of a version that cannot be: pip lists what there is | yes |
//! | uv | `uv pip compile --no-deps -` of one exact requirement | one by one |
//! | Poetry | `poetry debug resolve NAME==VERSION` | one by one |
//! | Cargo | `cargo add --dry-run NAME@=VERSION` in a package of our own, with the repository's configuration | one by one |
//! | Go | `go list -m -versions MODULE`, outside the module; where a proxy has no list, `go list -m MODULE@VERSION` | yes |
//! | Mix | `mix hex.info NAME VERSION` | one by one |
//! | Composer | `composer show --available NAME --format=json` | yes |
//!
//! A client runs beside the manifest where it reads its configuration there, in a directory of ours where
//! it would write (`cargo`, `go`). It is never asked for anything that it would build or run. What it says
//! is believed only in its own words: see [`Answer`].

mod answer;
mod error;
mod one;
mod python;
mod question;
mod words;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

pub use answer::{Answer, listed};
pub use error::PackagesError;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
pub use one::told;
use question::Client;
use tokio::time;

use crate::channel::{Manager, Package};
use crate::value::Version;

/// How many questions one client is asked at a time.
const AT_ONCE: usize = 4;

/// The most versions that one client is asked about one by one.
const MOST: usize = 64;

/// Returns those of the wanted versions that the package manager says it can have. `timeout` bounds all of
/// its questions together.
///
/// A version that is missing in the result is one that the client knows not to be there. Whatever else
/// keeps it from an answer is an error, for one version as for all.
pub async fn available(
    package: &Package,
    root: &Path,
    wanted: &BTreeSet<Version>,
    timeout: Duration,
) -> Result<BTreeSet<Version>, PackagesError> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let client = Client::new(package, root, timeout)?;
    match time::timeout(timeout, ask(&client, wanted)).await {
        Ok(answer) => answer,
        Err(_) => Err(client.late(timeout)),
    }
}

async fn ask(client: &Client, wanted: &BTreeSet<Version>) -> Result<BTreeSet<Version>, PackagesError> {
    let manager = client.package.manager;
    let Some(question) = client.list(wanted) else { return one_by_one(client, wanted).await };
    let ended = client.run(&question).await?;
    match listed(manager, &client.package.name, &ended) {
        Answer::Versions(there) => Ok(there.intersection(wanted).cloned().collect()),
        Answer::Absent => Ok(BTreeSet::new()),
        // Not every proxy has lists.
        Answer::Unclear if manager == Manager::Go => one_by_one(client, wanted).await,
        Answer::Unclear => Err(client.unclear(&question, &ended)),
    }
}

/// Asks about each version, the newest first.
async fn one_by_one(client: &Client, wanted: &BTreeSet<Version>) -> Result<BTreeSet<Version>, PackagesError> {
    if wanted.len() > MOST {
        return Err(client.too_many(wanted.len(), MOST));
    }
    let newest_first = wanted.iter().rev();
    // What the manager cannot spell, it cannot have.
    let questions = newest_first.filter_map(|version| Some((version, client.about(version)?)));
    let asked = questions.map(|(version, question)| async move {
        let ended = client.run(&question).await?;
        match told(client.package.manager, &client.package.name, version, &ended) {
            Some(is_there) => Ok(is_there.then(|| version.clone())),
            None => Err(client.unclear(&question, &ended)),
        }
    });
    let there = stream::iter(asked).buffer_unordered(AT_ONCE);
    there.try_filter_map(|version| async { Ok(version) }).try_collect().await
}
