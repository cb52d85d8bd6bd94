mod proof;
mod target;
mod words;

use std::collections::BTreeMap;

use super::survey::survey_root;
use super::{Common, Exit, Outcome, Survey, with_causes};
use crate::catalog;
use crate::finding::Problem;
use crate::lockstep::Verdict;
use crate::plan::{self, Change};
use crate::report;
use crate::site::DAGGER;
use crate::value::Version;
use crate::world::{self, Journal, Recovery};

pub use target::Target;
pub(super) use target::toolchain;

/// What `pin sync` is told.
#[derive(Debug, Clone)]
pub struct SyncOptions {
    /// What every verb is told.
    pub common: Common,
    /// Which version is written.
    pub target: Target,
    /// What is done with the plan.
    pub mode: SyncMode,
    /// Whether the difference is printed.
    pub diff: bool,
}

/// What `sync` does with its plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncMode {
    /// Writes it.
    Write,
    /// Prints it and succeeds.
    DryRun,
    /// Prints it and fails when there is something to write.
    Check,
}

/// Writes one version everywhere, or nothing.
pub fn sync(options: &SyncOptions) -> Outcome {
    sync_or_error(options).unwrap_or_else(|outcome| outcome)
}

fn sync_or_error(options: &SyncOptions) -> Result<Outcome, Outcome> {
    let Ready { mut outcome, survey, verdict } = ready(&options.common, options.mode)?;
    let wanted = target::wanted(options, &survey, &verdict)?;
    let writing = Writing { mode: options.mode, diff: options.diff, lock: None };
    let written = write(&survey, &verdict, &wanted, writing)?;
    outcome.stdout.push_str(&written.stdout);
    outcome.stderr.push_str(&written.stderr);
    outcome.exit = written.exit;
    Ok(outcome)
}

/// A repository in which something can be written.
pub(super) struct Ready {
    /// What has been said so far.
    pub(super) outcome: Outcome,
    pub(super) survey: Survey,
    pub(super) verdict: Verdict,
}

/// Returns the repository, after an interrupted change has been dealt with, if all of it could be read.
pub(super) fn ready(common: &Common, mode: SyncMode) -> Result<Ready, Outcome> {
    let root = world::find_root(&common.directory);
    let mut outcome = Outcome::default();
    outcome.stderr.push_str(recover(&Journal::of(&root), mode)?);
    let survey = survey_root(root, common)?;
    if !survey.problems.is_empty() {
        outcome.stderr.push_str(&survey.problem_lines());
        outcome.exit = Exit::Failure;
        outcome.stderr.push_str("error: nothing was written, because not every file could be read\n");
        return Err(outcome);
    }
    let verdict = survey.verdict()?;
    if verdict.sites.is_empty() {
        return Err(Outcome::error(Exit::Failure, "nothing to sync: no file here states a version", None));
    }
    let vanished = super::check::vanished(&survey, &verdict);
    if !vanished.is_empty() {
        let stderr = vanished.iter().map(Problem::lines).collect();
        return Err(Outcome { stdout: String::new(), stderr, exit: Exit::Failure });
    }
    Ok(Ready { outcome, survey, verdict })
}

/// What is done with a plan.
pub(super) struct Writing {
    pub(super) mode: SyncMode,
    /// Whether the difference is printed.
    pub(super) diff: bool,
    /// `pin.lock`, when it changes with the versions.
    pub(super) lock: Option<Change>,
}

/// Writes the versions, and what was learnt about them, or nothing.
pub(super) fn write(
    survey: &Survey,
    verdict: &Verdict,
    wanted: &BTreeMap<String, Version>,
    writing: Writing,
) -> Result<Outcome, Outcome> {
    let mut outcome = Outcome::default();
    refuse_broken(wanted)?;
    let plan = plan::sync(&survey.repository, verdict, &survey.config, wanted).map_err(|(path, error)| {
        Outcome::error(Exit::Failure, &format!("`{path}` would get {error}"), None)
    })?;
    if !plan.refused.is_empty() {
        return Err(words::refused(&plan, &survey.repository));
    }
    proof::prove(&plan, survey)?;
    // Without an edit, nothing that was learnt is needed.
    let lock = writing.lock.filter(|_| !plan.changes.is_empty());
    let changes: Vec<Change> = plan.changes.iter().chain(&lock).cloned().collect();
    for change in changes.iter().filter(|_| writing.diff) {
        outcome.stdout.push_str(&report::unified_diff(&change.path, &change.before, &change.after));
    }
    match writing.mode {
        SyncMode::Check if !changes.is_empty() => outcome.exit = Exit::Findings,
        SyncMode::Write if !changes.is_empty() => {
            world::replace(&survey.root, &changes).map_err(|error| not_written(&error))?;
        }
        _ => {}
    }
    outcome.stderr.push_str(&words::summary(&plan, &survey.repository, writing.mode));
    outcome.stderr.push_str(&words::boundaries(&plan, verdict));
    if !plan.refresh.is_empty() {
        outcome.stderr.push_str(&words::refresh(&plan));
        outcome.exit = Exit::Findings;
    }
    Ok(outcome)
}

/// A release that never works is not written anywhere, asked for or not.
fn refuse_broken(wanted: &BTreeMap<String, Version>) -> Result<(), Outcome> {
    let Some(version) = wanted.get(DAGGER) else { return Ok(()) };
    match catalog::broken(version).filter(|broken| !broken.is_nix_only) {
        None => Ok(()),
        Some(broken) => {
            let message = format!("release {version} is broken: {}", broken.why);
            let hint = "run `pin sync --to VERSION` with another release";
            Err(Outcome::error(Exit::Failure, &message, Some(hint)))
        }
    }
}

fn recover(journal: &Journal, mode: SyncMode) -> Result<&'static str, Outcome> {
    if mode != SyncMode::Write {
        return match journal.pending() {
            None => Ok(""),
            Some(_) => Err(Outcome::error(
                Exit::Failure,
                "an interrupted `pin sync` has left its journal",
                Some("run `pin sync --write`, which finishes it or takes it back first"),
            )),
        };
    }
    match journal.recover() {
        Ok(Recovery::Nothing) => Ok(""),
        Ok(Recovery::Finished) => Ok("note: finished an interrupted sync\n"),
        Ok(Recovery::TakenBack) => Ok("note: took back an interrupted sync that had written nothing\n"),
        Err(error) => {
            Err(Outcome::error(Exit::Failure, &with_causes(&error), journal_hint(&error).as_deref()))
        }
    }
}

fn journal_hint(error: &world::JournalError) -> Option<String> {
    match error {
        world::JournalError::Changed { journal, .. } => {
            Some(format!("make the file what it should be, then run `rm {}`", journal.display()))
        }
        world::JournalError::Busy(_) => Some("wait for it to end, then run `pin sync` again".to_owned()),
        world::JournalError::Io { .. } => None,
    }
}

fn not_written(error: &world::ReplaceError) -> Outcome {
    let hint = match error {
        world::ReplaceError::Changed { .. } => "run `pin sync` again".to_owned(),
        world::ReplaceError::ReadOnly { path } => {
            format!("run `chmod u+w {path}` first, or ignore the file in pin.toml")
        }
        world::ReplaceError::Journal(error) => {
            journal_hint(error).unwrap_or_else(|| "mend that, then run `pin sync` again".to_owned())
        }
    };
    Outcome::error(Exit::Failure, &with_causes(error), Some(&hint))
}
