use super::{Common, Exit, Outcome, survey};
use crate::finding::{Finding, Problem};
use crate::lockstep::Verdict;
use crate::plan;
use crate::report::{self, Checked};
use crate::world;

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
    /// How findings are printed.
    pub format: CheckFormat,
}

/// How `pin check` prints findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Human,
    /// For scripts.
    Json,
    /// For code scanning services and editors: SARIF 2.1.0.
    Sarif,
}

/// Returns whether everything is in lockstep.
pub fn check(options: &CheckOptions) -> Outcome {
    check_or_error(options).unwrap_or_else(|outcome| match options.format {
        // Whoever uploads the log wants to see there why it says nothing.
        CheckFormat::Sarif => {
            let message = outcome.stderr.trim_end().trim_start_matches("error: ").to_owned();
            let problem = Problem { path: None, place: None, message, hint: None };
            Outcome { stdout: report::sarif_failure(&problem), ..outcome }
        }
        CheckFormat::Human | CheckFormat::Json => outcome,
    })
}

fn check_or_error(options: &CheckOptions) -> Result<Outcome, Outcome> {
    let survey = survey(&options.common)?;
    let paths = super::list::relative_paths(&survey.root, &options.common, &options.paths)?;
    let verdict = survey.verdict()?;
    let findings: Vec<&Finding> =
        verdict.findings.iter().filter(|finding| paths.contain(&finding.primary.path)).collect();
    let repository = &survey.repository;
    let mut problems = survey.problems.clone();
    problems.extend(vanished(&survey.config, &verdict));
    if verdict.sites.is_empty() && !options.allow_empty {
        let message = "nothing to check: no file here states a version";
        let hint = "run `pin check --allow-empty` where that is as it should be";
        problems.push(Problem::new(message, hint));
    }
    let mut outcome = Outcome { stderr: problems.iter().map(Problem::lines).collect(), ..Outcome::default() };
    if !problems.is_empty() {
        outcome.exit = Exit::Failure;
    } else if findings.iter().any(|finding| finding.fails(options.strict)) {
        outcome.exit = match options.format {
            // An uploader only runs after a step that succeeded, and findings are what it is there for.
            CheckFormat::Sarif => Exit::Success,
            CheckFormat::Human | CheckFormat::Json => Exit::Findings,
        };
    }
    let directory = world::directory_in_work_tree(&survey.root);
    let checked = Checked {
        repository,
        verdict: &verdict,
        findings: &findings,
        strict: options.strict,
        directory: &directory,
    };
    outcome.stdout = match options.format {
        CheckFormat::Sarif => report::sarif_check(&checked, &problems),
        CheckFormat::Json => report::json_check(repository, &verdict, &findings, |finding| {
            plan::fix(repository, &verdict, finding)
        }),
        CheckFormat::Human => report::human_check(repository, &verdict, &findings, options.common.color),
    };
    Ok(outcome)
}

/// Fewer sites than were expected: one was renamed, and would never be checked again.
pub(super) fn vanished(config: &crate::config::Config, verdict: &Verdict) -> Vec<Problem> {
    let too_few = config.toolchains.iter().filter_map(|(name, toolchain)| {
        let found = verdict.sites.iter().filter(|(site, _)| site.toolchain == *name).count();
        let expected = toolchain.expect.filter(|expected| found < *expected)?;
        let message = format!("found {found} sites of {name}, but pin.toml expects {expected}");
        Some(Problem::new(message, "run `pin list` to see which one is gone"))
    });
    too_few.collect()
}
