use std::fmt::Write as _;

use super::{Common, Exit, Outcome, Survey, survey};
use crate::config::Rule;
use crate::finding::{Code, Finding, Location};
use crate::lockstep::{Reason, Verdict};
use crate::site::{Role, Site, Stated};

/// What `pin why` is told.
#[derive(Debug, Clone)]
pub struct WhyOptions {
    /// What every verb is told.
    pub common: Common,
    /// What is asked.
    pub question: Question,
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
        Question::Code(word) => explain(word),
        Question::Subject(subject) => about(subject, options),
    };
    match answer {
        Ok(stdout) => Outcome { stdout, ..Outcome::default() },
        Err(outcome) => outcome,
    }
}

fn explain(word: &str) -> Result<String, Outcome> {
    let code = Code::parse(word).ok_or_else(|| {
        let nearest = Code::ALL.iter().min_by_key(|code| strsim::damerau_levenshtein(word, code.as_str()));
        let hint = nearest.map(|code| format!("did you mean `pin why --code {code}`?"));
        Outcome::error(Exit::Usage, &format!("unknown code `{word}`"), hint.as_deref())
    })?;
    Ok(format!("{code} ({})\n{}\n", code.severity().as_str(), code.explanation()))
}

fn about(subject: &str, options: &WhyOptions) -> Result<String, Outcome> {
    let survey = survey(&options.common)?;
    let verdict = survey.verdict()?;
    if verdict.truths.iter().any(|truth| truth.toolchain == subject) {
        return Ok(toolchain(subject, &survey, &verdict));
    }
    let sites = at(subject, &survey, &verdict, &options.common)?;
    let mut out = String::new();
    for (site, rule) in sites {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&story(site, *rule, &survey, &verdict));
    }
    Ok(out)
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
        return Err(Outcome::error(Exit::Usage, &message, Some("run `pin list` to see all sites")));
    }
    Ok(found)
}

fn story(site: &Site, rule: Rule, survey: &Survey, verdict: &Verdict) -> String {
    let repository = &survey.repository;
    let location = Location::of(site);
    let place = repository.place(&location);
    let mut out =
        format!("{}:{}:{}  {} of {}\n", site.path, place.line, place.column, site.kind, site.toolchain);
    let _ = writeln!(out, "  states   {}", states(site));
    let _ = writeln!(out, "  role     {}: {}", site.role.as_str(), role_words(site.role));
    if rule != Rule::Ignore {
        let _ = writeln!(out, "  rule     {}", rule.as_str());
    }
    if let Some((path, span)) = &site.origin {
        let origin = Location { path: path.clone(), span: *span };
        let _ = writeln!(out, "  follows  {}", repository.file_line(&origin));
    }
    if let Some(truth) = verdict.truths.iter().find(|truth| truth.toolchain == site.toolchain) {
        let words = match (truth.version(), &truth.location) {
            (Some(version), Some(location)) => format!("{version} ({})", repository.file_line(location)),
            (Some(version), None) => version.to_string(),
            (None, Some(location)) => format!("unknown ({})", repository.file_line(location)),
            (None, None) => "none".to_owned(),
        };
        let _ = writeln!(out, "  truth    {words}");
    }
    let about_site = |finding: &&Finding| finding.primary == location && finding.toolchain == site.toolchain;
    for finding in verdict.findings.iter().filter(about_site) {
        let _ = writeln!(out, "  {}[{}]  {}", finding.severity.as_str(), finding.code, finding.message);
        let _ = writeln!(out, "  hint     {}", finding.hint);
    }
    out
}

fn states(site: &Site) -> String {
    match &site.stated {
        Stated::Version(version) if version.to_string() == site.text => site.text.clone(),
        Stated::Version(version) => format!("{version}, written `{}`", site.text),
        Stated::Partial(_) | Stated::Floating(_) | Stated::Invalid(_) | Stated::Revision(_) => {
            format!("`{}`", site.text)
        }
        Stated::Range(range) => format!("the versions that `{range}` admits"),
        Stated::Missing => "nothing".to_owned(),
        Stated::Unresolvable(words) | Stated::Unresolved(words) => format!("`{}`: {words}", site.text),
    }
}

const fn role_words(role: Role) -> &'static str {
    match role {
        Role::Source => "the truth that the others must follow",
        Role::Mirror => "must follow the truth",
        Role::Derived => "reads another place when it is used",
        Role::Generated => "written by a module's code generator, or another flake's lock",
        Role::Intended => "one of several versions on purpose",
        Role::Shadowed => "present, but another site overrides it",
    }
}

fn toolchain(name: &str, survey: &Survey, verdict: &Verdict) -> String {
    let mut out = String::new();
    for truth in verdict.truths.iter().filter(|truth| truth.toolchain == name) {
        let place =
            truth.location.as_ref().map(|location| survey.repository.file_line(location)).unwrap_or_default();
        let version = truth.version().map_or_else(|| "-".to_owned(), ToString::to_string);
        let words = match truth.reason {
            Reason::Configured => format!("{version}: pin.toml says so ({place})"),
            Reason::Flake => format!("{version}: the CLI that the flake provides ({place})"),
            Reason::Shared => format!("{version}: all CLI and engine sites share it, {place} among them"),
            Reason::Unknown => {
                format!("unknown: the flake's CLI is the truth, but its version is not ({place})")
            }
            Reason::None => "no truth: CLI and engine sites differ, or there are none".to_owned(),
        };
        let _ = writeln!(out, "{name} {words}");
    }
    let own = verdict.sites.iter().filter(|(site, _)| site.toolchain == name);
    let mut groups: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    for (site, _) in own {
        let location = Location::of(site);
        let value = site.stated.value().unwrap_or_else(|| "-".to_owned());
        let line =
            format!("{} ({}, {})", survey.repository.file_line(&location), site.kind, site.role.as_str());
        groups.entry(value).or_default().push(line);
    }
    for (value, places) in groups {
        let _ = writeln!(out, "  {value}");
        for place in places {
            let _ = writeln!(out, "    {place}");
        }
    }
    out
}
