mod claims;
mod eval;
mod live;

use std::path::PathBuf;

use super::survey::survey_knowing;
use super::{Common, Exit, Outcome, Refused, Survey, survey, with_causes};
use crate::finding::{Finding, Problem};
use crate::lockstep::Verdict;
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
    /// The engine that is in force is asked whether it is the pinned one.
    pub live: bool,
    /// Nix is asked what unknown revisions are.
    pub eval: Option<Eval>,
    /// How findings are printed.
    pub format: CheckFormat,
}

/// What becomes of what Nix says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Eval {
    /// `pin.lock` keeps it.
    Kept,
    /// It counts for this run only: CI writes nothing unasked.
    OnceInCi,
}

/// How `pin check` prints findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CheckFormat {
    /// For people.
    #[default]
    Human,
    /// For scripts.
    Json,
    /// For code scanning services and editors: SARIF 2.1.0.
    Sarif,
    /// For a job of GitHub Actions.
    Github(GithubJob),
}

/// What a job of GitHub Actions gives to a step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GithubJob {
    /// The file that the step's summary is added to.
    pub summary: Option<PathBuf>,
    /// The file that the step's outputs are added to.
    pub outputs: Option<PathBuf>,
    /// The address below which the files of this commit can be seen.
    pub blob: Option<String>,
}

/// A larger summary is dropped by the runner (actions/runner, `FileCommandManager.cs`).
const MAX_SUMMARY: u64 = 1 << 20;

/// Returns whether everything is in lockstep.
pub fn check(options: &CheckOptions) -> Outcome {
    check_or_error(options).unwrap_or_else(|refused| {
        let directory = world::directory_in_work_tree(&world::find_root(&options.common.directory));
        // Whoever looks at the findings elsewhere wants to see there why there are none.
        let stdout = match options.format {
            CheckFormat::Sarif => report::sarif_failure(&directory, &refused.problem),
            CheckFormat::Github(_) => report::github_problem(&directory, &refused.problem),
            CheckFormat::Human | CheckFormat::Json => String::new(),
        };
        Outcome { stdout, ..refused.into() }
    })
}

fn check_or_error(options: &CheckOptions) -> Result<Outcome, Refused> {
    if options.eval.is_some() && options.common.network.is_offline {
        let hint = Some("leave one of the two out");
        return Err(Refused::new(Exit::Usage, "`--eval` asks Nix, and `--offline` asks nobody", hint));
    }
    let mut survey = survey(&options.common)?;
    let paths = super::list::relative_paths(&survey.root, &options.common, &options.paths)?;
    let mut verdict = survey.verdict()?;
    let mut asked = eval::Asked::default();
    if let Some(eval) = options.eval {
        asked = eval::ask(&survey, &verdict, &options.common)?;
        if !asked.learnt.is_embedded_only() {
            survey = survey_knowing(&asked.learnt, &options.common)?;
            verdict = survey.verdict()?;
            asked.words.push_str(&eval::keep(&survey, eval, &options.common)?);
        }
    }
    let findings: Vec<&Finding> =
        verdict.findings.iter().filter(|finding| paths.contain(&finding.primary.path)).collect();
    let mut problems = survey.problems.clone();
    problems.extend(vanished(&survey, &verdict));
    problems.extend(asked.problems);
    if verdict.sites.is_empty() && !options.allow_empty {
        let message = "nothing to check: no file here states a version";
        let hint = "run `pin check --allow-empty` where that is as it should be";
        problems.push(Problem::new(message, hint));
    }
    let stderr = asked.words + &problems.iter().map(Problem::lines).collect::<String>();
    let mut outcome = Outcome { stderr, ..Outcome::default() };
    if !problems.is_empty() {
        outcome.exit = Exit::Failure;
    } else if findings.iter().any(|finding| finding.fails(options.strict)) {
        outcome.exit = match options.format {
            // An uploader only runs after a step that succeeded, and findings are what it is there for.
            CheckFormat::Sarif => Exit::Success,
            CheckFormat::Human | CheckFormat::Json | CheckFormat::Github(_) => Exit::Findings,
        };
    }
    let live = options.live.then(|| live::ask(&survey, &options.common));
    if let Some((live, refused)) = &live {
        outcome.stderr.extend(live.line().map(|line| line + "\n"));
        if let Some(refused) = refused {
            outcome.stderr.push_str(&refused.stderr);
            // Which of the two is worse is decided by the order of the codes.
            outcome.exit = outcome.exit.max(refused.exit);
            problems.push((*refused.problem).clone());
        }
    }
    let directory = world::directory_in_work_tree(&survey.root);
    let checked = Checked {
        repository: &survey.repository,
        verdict: &verdict,
        findings: &findings,
        strict: options.strict,
        directory: &directory,
        live: live.as_ref().map(|(live, _)| live),
    };
    outcome.stdout = match &options.format {
        CheckFormat::Human => report::human_check(&checked, options.common.color),
        CheckFormat::Json => report::json_check(&checked),
        CheckFormat::Sarif => report::sarif_check(&checked, &problems),
        CheckFormat::Github(job) => {
            if let Err(words) = tell(job, &checked, &problems) {
                outcome.stderr.push_str(&words);
                outcome.exit = outcome.exit.max(Exit::Failure);
            }
            report::github_check(&checked, &problems)
        }
    };
    Ok(outcome)
}

/// Adds the summary and the outputs to the files of the job's step.
fn tell(job: &GithubJob, checked: &Checked<'_>, problems: &[Problem]) -> Result<(), String> {
    let error = |error: world::AppendError| format!("error: {}\n", with_causes(&error));
    if let Some(path) = &job.outputs {
        world::append(path, &report::github_outputs(checked.verdict)).map_err(error)?;
    }
    let Some(path) = &job.summary else { return Ok(()) };
    let room = usize::try_from(MAX_SUMMARY.saturating_sub(world::size(path))).unwrap_or(0);
    match report::github_summary(checked, problems, job.blob.as_deref(), room) {
        Some(summary) => world::append(path, &summary).map_err(error),
        None => Err(format!("error: no room is left in the step's summary, `{}`\n", path.display())),
    }
}

/// Declared sites that are not there, and fewer sites than were expected: one was renamed, and would
/// never be checked again.
pub(super) fn vanished(survey: &Survey, verdict: &Verdict) -> Vec<Problem> {
    let too_few = survey.config.toolchains.iter().filter_map(|(name, toolchain)| {
        let found = verdict.sites.iter().filter(|(site, _)| site.toolchain == *name).count();
        let (expected, span) = toolchain.expect.filter(|(expected, _)| found < *expected)?;
        let path = &survey.config.path;
        let place = survey.repository.sources.get(path).map(|source| source.place(span.start));
        let at = place.map_or_else(|| path.clone(), |place| format!("{path}:{}", place.line));
        let message = format!("found {found} sites of {name}, but {at} expects {expected}");
        let hint = Some("run `pin list` to see which one is gone".to_owned());
        Some(Problem { hint, ..Problem::of_file(path, place, message) })
    });
    survey.vanished.iter().cloned().chain(too_few).collect()
}
