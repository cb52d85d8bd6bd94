use super::{Common, Exit, Outcome, Survey, survey};
use crate::finding::Finding;
use crate::lockstep::Verdict;
use crate::plan;
use crate::report::{self, Format};

/// What `pin check` is told.
#[derive(Debug, Clone)]
pub struct CheckOptions {
    /// What every verb is told.
    pub common: Common,
    /// Only findings under these paths are reported.
    pub paths: Vec<String>,
    /// Fail on what merely moves or cannot be known, too.
    pub strict: bool,
    /// A repository without any site is fine.
    pub allow_empty: bool,
}

/// Returns whether everything is in lockstep.
pub fn check(options: &CheckOptions) -> Outcome {
    check_or_error(options).unwrap_or_else(|outcome| outcome)
}

fn check_or_error(options: &CheckOptions) -> Result<Outcome, Outcome> {
    let survey = survey(&options.common)?;
    let paths = super::list::relative_paths(&survey.root, &options.common, &options.paths)?;
    let verdict = survey.verdict()?;
    let findings: Vec<&Finding> =
        verdict.findings.iter().filter(|finding| paths.contain(&finding.primary.path)).collect();
    let repository = &survey.repository;
    let mut outcome = Outcome { stderr: survey.problem_lines(), ..Outcome::default() };
    if findings.iter().any(|finding| finding.fails(options.strict)) {
        outcome.exit = Exit::Findings;
    }
    let vanished = vanished(&survey, &verdict);
    outcome.stderr.push_str(&vanished);
    let is_empty = verdict.sites.is_empty() && !options.allow_empty;
    if is_empty {
        outcome.stderr.push_str("error: nothing to check: no file here states a version\n");
        outcome.stderr.push_str("hint: run `pin check --allow-empty` where that is as it should be\n");
    }
    if is_empty || !vanished.is_empty() || !survey.problems.is_empty() {
        outcome.exit = Exit::Failure;
    }
    outcome.stdout = match options.common.format {
        Format::Json => report::json_check(repository, &verdict, &findings, |finding| {
            plan::fix(repository, &verdict, finding)
        }),
        Format::Human => report::human_check(repository, &verdict, &findings, options.common.color),
    };
    Ok(outcome)
}

/// Declared sites that are not there, and fewer sites than were expected: one was renamed, and would
/// never be checked again.
pub(super) fn vanished(survey: &Survey, verdict: &Verdict) -> String {
    let too_few = survey.config.toolchains.iter().filter_map(|(name, toolchain)| {
        let found = verdict.sites.iter().filter(|(site, _)| site.toolchain == *name).count();
        let expected = toolchain.expect.filter(|expected| found < *expected)?;
        Some(format!("error: found {found} sites of {name}, but pin.toml expects {expected}\nhint: run `pin list` to see which one is gone\n"))
    });
    survey.vanished.iter().cloned().chain(too_few).collect()
}
