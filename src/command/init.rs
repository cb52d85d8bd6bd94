mod direnv;

use std::fmt::Write as _;

use super::{Common, Exit, Outcome, Survey, survey, with_causes};
use crate::config;
use crate::lockstep::Verdict;
use crate::plan::Change;
use crate::report::{self, Candidate, Found, OTHER_TOOLS, OtherTool};
use crate::site::DAGGER;
use crate::text::Edits;
use crate::value::Version;
use crate::world;

/// What `pin init` is told.
#[derive(Debug, Clone)]
pub struct InitOptions {
    /// What every verb is told.
    pub common: Common,
    /// Whether `.envrc` is to say what is out of lockstep.
    pub direnv: bool,
    /// Whether the files are only printed.
    pub dry_run: bool,
    /// Asks a person which of some versions of a toolchain is the truth; `None` where nobody can be
    /// asked, and from whoever does not say.
    pub ask: Option<Ask>,
}

/// Returns the index of the version of a toolchain that a person picks.
pub type Ask = fn(&str, &[Candidate]) -> Option<usize>;

/// Writes a first `pin.toml` for what is found. An existing one is never touched.
pub fn init(options: &InitOptions) -> Outcome {
    init_or_error(options).unwrap_or_else(|outcome| outcome)
}

fn init_or_error(options: &InitOptions) -> Result<Outcome, Outcome> {
    if options.common.config.is_some() {
        let hint = "run `pin init` without `--config`";
        return Err(Outcome::usage("`init` writes the pin.toml at the root, and no other one", Some(hint)));
    }
    let path = world::find_root(&options.common.directory).join(config::FILE);
    let is_there = path.exists() || path.is_symlink();
    if is_there && !options.direnv {
        let message = format!("`{}` is there already, and is not overwritten", config::FILE);
        let hint = "edit it: `pin schema` prints what may stand there, `pin check` reads it";
        return Err(Outcome::usage(&message, Some(hint)));
    }
    let survey = survey(&options.common)?;
    let verdict = survey.verdict()?;
    let mut changes = Vec::new();
    let mut stderr = survey.problem_lines();
    if is_there {
        stderr.push_str("note: pin.toml is there already, and stays as it is\n");
    } else {
        changes.push(first(options, &survey, &verdict, &mut stderr)?);
    }
    if options.direnv {
        match direnv::change(&survey, &verdict)? {
            Some(change) => changes.push(change),
            None => stderr.push_str("note: .envrc runs `pin check` already\n"),
        }
    }
    finish(options, &survey, &changes, stderr)
}

/// Returns the change that makes `pin.toml`, and adds to `stderr` what is left to a person.
fn first(
    options: &InitOptions,
    survey: &Survey,
    verdict: &Verdict,
    stderr: &mut String,
) -> Result<Change, Outcome> {
    if verdict.sites.is_empty() {
        let hint = "write a pin.toml with `site`s of your own: `pin schema` prints what may stand there";
        let message = "nothing to pin: no file here states a version";
        let mut outcome = Outcome::error(Exit::Failure, message, Some(hint));
        outcome.stderr.insert_str(0, stderr);
        return Err(outcome);
    }
    let candidates = report::candidates(&survey.repository, verdict);
    let asked = options.ask.filter(|_| !candidates.is_empty() && !options.dry_run);
    let chosen = asked.and_then(|ask| ask(DAGGER, &candidates)).and_then(|index| candidates.get(index));
    let text = text(survey, verdict, chosen.map(|candidate| &candidate.version));
    prove(&text, survey, verdict, chosen.is_some())?;
    if chosen.is_none() && !candidates.is_empty() {
        let line = text.lines().position(|line| line.starts_with("# version = ")).unwrap_or_default() + 1;
        let place = format!("{}:{line}", config::FILE);
        let _ = writeln!(
            stderr,
            "note: versions differ, and nothing says which is right: uncomment one at {place}"
        );
    }
    Ok(Change {
        path: config::FILE.to_owned(),
        before: Vec::new(),
        after: text.into_bytes(),
        edits: Edits::default(),
    })
}

fn text(survey: &Survey, verdict: &Verdict, chosen: Option<&Version>) -> String {
    let unreadable: Vec<&str> =
        survey.problems.iter().filter_map(|problem| problem.path.as_deref()).collect();
    let others: Vec<&OtherTool> =
        OTHER_TOOLS.iter().filter(|tool| survey.root.join(tool.file).is_file()).collect();
    report::starter(&Found {
        repository: &survey.repository,
        verdict,
        chosen,
        unreadable: &unreadable,
        others: &others,
        has_schema: survey.root.join(report::SCHEMA).is_file(),
    })
}

/// Refuses a text that would not be read back, or with which `check` would say something else.
fn prove(text: &str, survey: &Survey, verdict: &Verdict, is_chosen: bool) -> Result<(), Outcome> {
    let refuse = |what: &str| {
        Outcome::error(Exit::Failure, &format!("the pin.toml for this repository would {what}"), None)
    };
    let config =
        config::parse(config::FILE, text).map_err(|error| refuse(&format!("not be valid: {error}")))?;
    match crate::lockstep::check(&survey.repository, &config) {
        Ok(after) if is_chosen || after.findings == verdict.findings => Ok(()),
        _ => Err(refuse("change what `pin check` says")),
    }
}

fn finish(
    options: &InitOptions,
    survey: &Survey,
    changes: &[Change],
    mut stderr: String,
) -> Result<Outcome, Outcome> {
    let mut stdout = String::new();
    let paths: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    if options.dry_run {
        for change in changes {
            stdout.push_str(&report::unified_diff(&change.path, &change.before, &change.after));
        }
    } else if !changes.is_empty() {
        world::replace(&survey.root, changes)
            .map_err(|error| Outcome::error(Exit::Failure, &with_causes(&error), None))?;
    }
    let verb = if options.dry_run { "would write" } else { "wrote" };
    let _ = match paths.as_slice() {
        [] => writeln!(stderr, "nothing to write"),
        paths => writeln!(stderr, "{verb} {}", paths.join(" and ")),
    };
    if paths.contains(&direnv::FILE) && !options.dry_run {
        stderr.push_str("hint: run `direnv allow`\n");
    }
    let exit = if survey.problems.is_empty() { Exit::Success } else { Exit::Failure };
    Ok(Outcome { stdout, stderr, exit })
}
