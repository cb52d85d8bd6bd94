mod ask;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use super::sync::{self, Ready, SyncMode, Writing};
use super::{Common, Exit, Outcome, Survey, learn};
use crate::catalog::Catalog;
use crate::channel::{self, Channel, Table, Use, Wish};
use crate::lockstep::Verdict;
use crate::report::{self, Format};
use crate::site::{is_own, parse_version};
use crate::value::Version;

/// What `pin bump` is told.
#[derive(Debug, Clone)]
pub struct BumpOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whose version; without it Dagger's, or that of the only toolchain.
    pub toolchain: Option<String>,
    /// Only this version.
    pub to: Option<Version>,
    /// Only the last number may differ.
    pub patch: bool,
    /// Pre-releases, too.
    pub pre: bool,
    /// How long ago a version must have been published.
    pub min_age: Option<Duration>,
    /// What is done with the plan.
    pub mode: SyncMode,
    /// Whether the difference is printed.
    pub diff: bool,
    /// How the table is printed.
    pub format: Format,
}

/// What is asked of the channels.
struct Question<'a> {
    options: &'a BumpOptions,
    survey: &'a Survey,
    toolchain: &'a str,
    wish: Wish,
    channels: Vec<Use>,
}

/// What the channels answered.
#[derive(Debug, Default)]
struct Asked {
    table: Table,
    /// What was learnt about each version, which counts only for the one that is taken.
    learnt: BTreeMap<Version, Catalog>,
    /// What went wrong on the way, in words.
    notes: Vec<String>,
    /// Whether nobody told which versions there are.
    is_blind: bool,
}

/// Moves to the newest version that every channel in use has.
pub fn bump(options: &BumpOptions) -> Outcome {
    bump_or_error(options).unwrap_or_else(|outcome| outcome)
}

fn bump_or_error(options: &BumpOptions) -> Result<Outcome, Outcome> {
    if options.min_age.is_some() && options.common.network.is_offline {
        let message = "`--min-age` asks when a version was published, and `--offline` asks nobody";
        return Err(Outcome::error(Exit::Usage, message, Some("leave one of the two out")));
    }
    let Ready { mut outcome, mut survey, verdict } = sync::ready(&options.common, options.mode)?;
    let toolchain = sync::toolchain(options.toolchain.as_ref(), &verdict)?;
    let wish = wish(options, &verdict, &toolchain)?;
    let current = wish.current.clone();
    let channels = channel::uses(&survey.repository, &verdict, &toolchain);
    let has_images = channels.iter().any(|used| matches!(used.channel, Channel::Image(_)));
    if is_own(&toolchain) && !has_images && options.to.is_none() {
        let message =
            format!("nothing says where versions of {toolchain} are to be had: no site of it is an image");
        let hint = format!("run `pin bump {toolchain} --to VERSION`");
        return Err(Outcome::error(Exit::Usage, &message, Some(&hint)));
    }
    let question = Question { options, survey: &survey, toolchain: &toolchain, wish, channels };
    let asked = learn::wait(ask::ask(&question))??;
    let choice = asked.table.choice(options.to.is_some()).map(|candidate| candidate.version.clone());
    outcome.stdout.push_str(&match options.format {
        Format::Human => report::bump_table(&asked.table, choice.as_ref(), &survey.repository),
        Format::Json => {
            let (table, repository) = (&asked.table, &survey.repository);
            report::json_bump(&toolchain, current.as_ref(), choice.as_ref(), table, repository)
        }
    });
    outcome.stderr.extend(asked.notes.iter().map(|note| format!("note: {note}\n")));
    let Some(choice) = choice else {
        let stays = words::stays(options, &toolchain, current.as_ref(), &asked);
        outcome.stderr.push_str(&stays.stderr);
        outcome.exit = stays.exit;
        return Ok(outcome);
    };
    outcome.stderr.push_str(&words::taken(&asked.table, &choice));
    let lock = learnt(&mut survey, asked.learnt.get(&choice), options)?;
    let writing = Writing { mode: options.mode, diff: options.diff, lock };
    let written =
        sync::write(&survey, &verdict, &BTreeMap::from([(toolchain, choice)]), writing).map_err(|error| {
            Outcome {
                stdout: outcome.stdout.clone(),
                stderr: outcome.stderr.clone() + &error.stderr,
                ..error
            }
        })?;
    outcome.stdout.push_str(&written.stdout);
    outcome.stderr.push_str(&written.stderr);
    outcome.exit = written.exit;
    Ok(outcome)
}

/// Adds what was learnt about the version to what is known here; returns what becomes of `pin.lock`.
fn learnt(
    survey: &mut Survey,
    learnt: Option<&Catalog>,
    options: &BumpOptions,
) -> Result<Option<crate::plan::Change>, Outcome> {
    let Some(learnt) = learnt.filter(|learnt| !learnt.is_embedded_only()) else { return Ok(None) };
    if options.common.locked {
        let message = "something would have to be learnt into pin.lock, and `--locked` keeps it as it is";
        return Err(Outcome::error(Exit::Failure, message, Some("run the same command without `--locked`")));
    }
    let joined = survey.repository.catalog.join(learnt.clone());
    joined.map_err(|error| Outcome::error(Exit::Failure, &format!("{error}, in pin.lock"), None))?;
    Ok(learn::change(&survey.root, &survey.repository.catalog)?)
}

fn wish(options: &BumpOptions, verdict: &Verdict, toolchain: &str) -> Result<Wish, Outcome> {
    let truth = verdict.truths.iter().find(|truth| truth.toolchain == toolchain);
    let current = truth.and_then(|truth| truth.version()).cloned();
    let only = match &options.to {
        None => None,
        Some(version) => {
            let text = version.to_string();
            let wrong = || {
                let message = format!("`{text}` is no version of {toolchain}");
                Outcome::error(Exit::Usage, &message, Some("name one such as 0.21.8"))
            };
            Some(parse_version(toolchain, &text).ok_or_else(wrong)?)
        }
    };
    if options.patch && current.is_none() {
        let message =
            format!("nothing says which version of {toolchain} is right, so there is no line to stay in");
        let hint = "run `pin sync --to VERSION` first, or `pin bump` without `--patch`";
        return Err(Outcome::error(Exit::Usage, &message, Some(hint)));
    }
    Ok(Wish { current, only, patch: options.patch, pre: options.pre })
}
