use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::survey::{find_sites, survey_root};
use super::{Common, Exit, Outcome, Survey, with_causes};
use crate::catalog;
use crate::config;
use crate::finding::Location;
use crate::lockstep::{Reason, Repository, Verdict};
use crate::plan::{self, Plan};
use crate::report;
use crate::site::{DAGGER, Kind, Role, Site};
use crate::text::Source;
use crate::value::Version;
use crate::world::{self, Journal, Recovery};

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

/// Which version `sync` writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The truth.
    Truth,
    /// This version, of the toolchain that is named or else of Dagger or the only one.
    Version(Option<String>, Version),
    /// What the site at `FILE[:LINE]` states.
    Site(String),
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
    let root = world::find_root(&options.common.directory);
    let mut outcome = Outcome::default();
    outcome.stderr.push_str(recover(&Journal::of(&root), options.mode)?);
    let survey = survey_root(root, &options.common)?;
    if !survey.problems.is_empty() {
        outcome.stderr.push_str(&survey.problem_lines());
        outcome.exit = Exit::Failure;
        outcome.stderr.push_str("error: nothing was written, because not every file could be read\n");
        return Ok(outcome);
    }
    let verdict = survey.verdict()?;
    if verdict.sites.is_empty() {
        return Err(Outcome::error(Exit::Failure, "nothing to sync: no file here states a version", None));
    }
    let vanished = super::check::vanished(&survey.config, &verdict);
    if !vanished.is_empty() {
        return Err(Outcome { stdout: String::new(), stderr: vanished, exit: Exit::Failure });
    }
    let wanted = wanted(options, &survey, &verdict)?;
    let plan =
        plan::sync(&survey.repository, &verdict, &survey.config, &wanted).map_err(|(path, error)| {
            Outcome::error(Exit::Failure, &format!("`{path}` would get {error}"), None)
        })?;
    if !plan.refused.is_empty() {
        return Err(refused(&plan, &survey.repository));
    }
    prove(&plan, &survey)?;
    for change in &plan.changes {
        if options.diff {
            outcome.stdout.push_str(&report::unified_diff(&change.path, &change.before, &change.after));
        }
    }
    match options.mode {
        SyncMode::Check if !plan.changes.is_empty() => outcome.exit = Exit::Findings,
        SyncMode::Write if !plan.changes.is_empty() => {
            world::replace(&survey.root, &plan.changes).map_err(|error| not_written(&error))?;
        }
        _ => {}
    }
    outcome.stderr.push_str(&summary(&plan, &survey.repository, options.mode));
    outcome.stderr.push_str(&boundaries(&plan, &verdict));
    Ok(outcome)
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

/// Returns the version to write for every toolchain.
fn wanted(
    options: &SyncOptions,
    survey: &Survey,
    verdict: &Verdict,
) -> Result<BTreeMap<String, Version>, Outcome> {
    match &options.target {
        Target::Version(name, version) => {
            let name = match name {
                Some(name) => name.clone(),
                None => default_toolchain(verdict)?,
            };
            if !verdict.truths.iter().any(|truth| truth.toolchain == name) {
                let message = format!("no site of the toolchain `{name}` here");
                return Err(Outcome::error(Exit::Usage, &message, Some("run `pin list` to see all sites")));
            }
            Ok(BTreeMap::from([(name, version.clone())]))
        }
        Target::Site(subject) => {
            let sites = super::why::at(subject, survey, verdict, &options.common)?;
            match sites.as_slice() {
                [(site, _)] => match site.stated.version() {
                    Some(version) => Ok(BTreeMap::from([(site.toolchain.clone(), version.clone())])),
                    None => {
                        let message = format!("`{subject}` states no version: `{}`", site.text);
                        Err(Outcome::error(Exit::Usage, &message, Some("run `pin sync --to VERSION`")))
                    }
                },
                several => {
                    let message = format!("`{subject}` has {} sites, and one is wanted", several.len());
                    Err(Outcome::error(
                        Exit::Usage,
                        &message,
                        Some("name one as FILE:LINE; `pin list` shows them"),
                    ))
                }
            }
        }
        Target::Truth => {
            let mut wanted = BTreeMap::new();
            for truth in &verdict.truths {
                let needs = |(site, _): &(Site, _)| {
                    site.toolchain == truth.toolchain && matches!(site.role, Role::Mirror | Role::Source)
                };
                match truth.version() {
                    Some(version) => drop(wanted.insert(truth.toolchain.clone(), version.clone())),
                    None if verdict.sites.iter().any(needs) => {
                        return Err(no_truth(truth.reason, &truth.toolchain));
                    }
                    None => {}
                }
            }
            Ok(wanted)
        }
    }
}

fn no_truth(reason: Reason, toolchain: &str) -> Outcome {
    let message = match reason {
        Reason::Unknown => {
            format!("the truth about {toolchain} is the flake's CLI, and its version is unknown here")
        }
        _ => format!("nothing says which version of {toolchain} is right"),
    };
    Outcome::error(Exit::Usage, &message, Some("run `pin sync --to VERSION` or `pin sync --from FILE:LINE`"))
}

fn default_toolchain(verdict: &Verdict) -> Result<String, Outcome> {
    match verdict.truths.as_slice() {
        [only] => Ok(only.toolchain.clone()),
        truths if truths.iter().any(|truth| truth.toolchain == DAGGER) => Ok(DAGGER.to_owned()),
        _ => {
            let message = "several toolchains are here, and `--to` must say which one";
            Err(Outcome::error(Exit::Usage, message, Some("run `pin sync --to TOOLCHAIN=VERSION`")))
        }
    }
}

fn refused(plan: &Plan, repository: &Repository) -> Outcome {
    let mut stderr = String::new();
    for (site, refusal) in &plan.refused {
        let place = repository.file_line(&Location { path: site.path.clone(), span: site.span });
        let _ = writeln!(
            stderr,
            "error: cannot write {} at {place}: {}\nhint: {}",
            site.kind, refusal.reason, refusal.hint
        );
    }
    stderr.push_str("error: nothing was written, because not every site could be\n");
    Outcome { stdout: String::new(), stderr, exit: Exit::Failure }
}

/// Finds the sites of what would be written: each must state what it should, and nothing else may
/// have changed.
fn prove(plan: &Plan, survey: &Survey) -> Result<(), Outcome> {
    if plan.changes.is_empty() {
        return Ok(());
    }
    let mut after = Repository { flakes: survey.repository.flakes.clone(), ..Repository::default() };
    after.sources.clone_from(&survey.repository.sources);
    for change in &plan.changes {
        after.sources.insert(change.path.clone(), Source::new(change.after.clone()));
    }
    // The truth itself may stand in pin.toml, and is then one of the sites.
    let own = after
        .sources
        .get(&survey.config.path)
        .map(|source| config::parse(&survey.config.path, source.text()));
    let own = own.and_then(Result::ok);
    let (sites, problems) = find_sites(&after, own.as_ref().unwrap_or(&survey.config));
    let before = &survey.repository.sites;
    let is_same_place = |(old, new): (&Site, &Site)| {
        let is_written = plan.writes(old);
        (&old.path, old.kind, old.role) == (&new.path, new.kind, new.role)
            && if is_written { plan.reads_as_wanted(new, &survey.config) } else { old.text == new.text }
    };
    let is_proved =
        problems.is_empty() && before.len() == sites.len() && before.iter().zip(&sites).all(is_same_place);
    if is_proved {
        return Ok(());
    }
    let first = before.iter().zip(&sites).find(|pair| !is_same_place(*pair));
    let place = first
        .map(|(site, _)| survey.repository.file_line(&Location { path: site.path.clone(), span: site.span }));
    let message = format!(
        "the edited text would not read back as wanted{}",
        place.map(|place| format!(" at {place}")).unwrap_or_default()
    );
    Err(Outcome::error(Exit::Failure, &message, Some("nothing was written; please report this file")))
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

fn summary(plan: &Plan, repository: &Repository, mode: SyncMode) -> String {
    let mut out = String::new();
    for (site, why) in &plan.left {
        let place = repository.file_line(&Location { path: site.path.clone(), span: site.span });
        let _ = writeln!(out, "left: {place}: {why}");
    }
    let versions: Vec<String> =
        plan.wanted.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let versions = versions.join(", ");
    let verb = if mode == SyncMode::Write { "wrote" } else { "would write" };
    let _ = if plan.changes.is_empty() {
        writeln!(out, "nothing to write: {versions} stands everywhere")
    } else {
        let (sites, files) = (report::count(plan.n_sites, "site"), report::count(plan.changes.len(), "file"));
        writeln!(out, "{verb} {versions} at {sites} in {files}")
    };
    out
}

/// Names what behaves differently in modules from now on, and what to run.
fn boundaries(plan: &Plan, verdict: &Verdict) -> String {
    let mut out = String::new();
    let Some(wanted) = plan.wanted.get(DAGGER) else { return out };
    let raised = verdict
        .sites
        .iter()
        .map(|(site, _)| site)
        .filter(|site| site.kind == Kind::ModuleEngineVersion && plan.writes(site));
    let oldest = raised.filter_map(|site| site.stated.version()).filter(|version| *version < wanted).min();
    let Some(oldest) = oldest else { return out };
    for boundary in catalog::boundaries(oldest, wanted) {
        let _ = writeln!(out, "note: modules cross {}: {}", boundary.at, boundary.what);
    }
    let _ = writeln!(out, "hint: run `dagger develop` in each module whose engineVersion was raised");
    out
}
