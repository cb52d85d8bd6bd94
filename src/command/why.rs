use super::{Common, Exit, Outcome, Survey, survey};
use crate::config::Rule;
use crate::finding::{Code, Location};
use crate::lockstep::Verdict;
use crate::report::{self, Story};
use crate::site::{self, Format, Scan, Site};

/// What `pin why` is told.
#[derive(Debug, Clone)]
pub struct WhyOptions {
    /// What every verb is told.
    pub common: Common,
    /// What is asked.
    pub question: Question,
    /// How the answer is printed.
    pub format: report::Format,
}

/// What `pin why` can explain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Question {
    /// `FILE`, `FILE:LINE`, or the name of a toolchain.
    Subject(String),
    /// The meaning of a finding's code.
    Code(String),
}

/// Returns where a version comes from and what it shadows, or what a code means.
pub fn why(options: &WhyOptions) -> Outcome {
    let answer = match &options.question {
        Question::Code(word) => explain(word, options.format),
        Question::Subject(subject) => about(subject, options),
    };
    answer.unwrap_or_else(|outcome| outcome)
}

fn explain(word: &str, format: report::Format) -> Result<Outcome, Outcome> {
    let code = Code::parse(word).ok_or_else(|| {
        let nearest = Code::ALL.iter().min_by_key(|code| strsim::damerau_levenshtein(word, code.as_str()));
        let hint = nearest.map(|code| format!("did you mean `pin why --code {code}`?"));
        Outcome::error(Exit::Usage, &format!("unknown code `{word}`"), hint.as_deref())
    })?;
    let stdout = match format {
        report::Format::Human => format!("{code} ({})\n{}\n", code.severity().as_str(), code.explanation()),
        report::Format::Json => report::json_why_code(code),
    };
    Ok(Outcome { stdout, ..Outcome::default() })
}

fn about(subject: &str, options: &WhyOptions) -> Result<Outcome, Outcome> {
    let survey = survey(&options.common)?;
    let verdict = survey.verdict()?;
    let is_toolchain = verdict.truths.iter().any(|truth| truth.toolchain == subject);
    let sites = if is_toolchain {
        verdict.sites.iter().filter(|(site, _)| site.toolchain == subject).collect()
    } else {
        at(subject, &survey, &verdict, &options.common)?
    };
    let repository = &survey.repository;
    let stories = || -> Vec<Story<'_>> {
        let hops = site::trace(&scans(&survey), sites.iter().map(|(site, _)| site));
        let told = sites.iter().zip(hops);
        told.map(|(entry, hops)| Story::tell(repository, &survey.config, &verdict, entry, hops)).collect()
    };
    let stdout = match options.format {
        report::Format::Json => report::json_why(repository, &verdict, &stories()),
        report::Format::Human if is_toolchain => report::human_toolchain(subject, repository, &verdict),
        report::Format::Human => report::human_why(repository, &verdict, &stories()),
    };
    let exit = if survey.problems.is_empty() { Exit::Success } else { Exit::Failure };
    Ok(Outcome { stdout, stderr: survey.problem_lines(), exit })
}

/// Returns the sites that `FILE[:LINE]` means; none is an error that says what to run.
pub(super) fn at<'v>(
    subject: &str,
    survey: &Survey,
    verdict: &'v Verdict,
    common: &Common,
) -> Result<Vec<&'v (Site, Rule)>, Outcome> {
    let (file, line) = match subject.rsplit_once(':') {
        Some((file, line)) if line.bytes().all(|byte| byte.is_ascii_digit()) && !line.is_empty() => {
            (file, line.parse::<usize>().ok())
        }
        _ => (subject, None),
    };
    let path = super::list::relative_path(&survey.root, common, file);
    let is_meant = |(site, _): &&(Site, Rule)| {
        let location = Location::of(site);
        path.as_deref() == Some(site.path.as_str())
            && line.is_none_or(|line| survey.repository.place(&location).line == line)
    };
    let found: Vec<&(Site, Rule)> = verdict.sites.iter().filter(is_meant).collect();
    if found.is_empty() {
        let message = format!("no site at `{subject}`");
        // Not every finding is about a site.
        let finding = verdict.findings.iter().find(|finding| {
            path.as_deref() == Some(finding.primary.path.as_str())
                && line.is_none_or(|line| survey.repository.place(&finding.primary).line == line)
        });
        let hint = finding.map_or_else(
            || "run `pin list` to see all sites".to_owned(),
            |finding| format!("run `pin why --code {}` for the finding there", finding.code),
        );
        return Err(Outcome::error(Exit::Usage, &message, Some(&hint)));
    }
    Ok(found)
}

/// Returns the scans of every file, as they were before indirections were followed: a file that does not parse has been
/// reported already.
fn scans(survey: &Survey) -> Vec<Scan<'_>> {
    let scan = |(path, source)| {
        let mut scan = Scan::new(path);
        let format = Format::of(path)?;
        format.find(source, &mut scan).is_ok().then_some(scan)
    };
    survey.repository.sources.iter().filter_map(|(path, source)| scan((path.as_str(), source))).collect()
}
