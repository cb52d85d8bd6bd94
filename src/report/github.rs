//! Findings for a GitHub Actions job: annotations as workflow commands, a summary of the step, and outputs that later
//! steps read.

mod escape;

use std::fmt::Write as _;

use super::level::Level;
use super::{Checked, Live, count, human, uri};
use crate::finding::{Finding, Location, Problem};
use crate::lockstep::Verdict;
use crate::site::DAGGER;
use crate::value::Version;
use escape::{cell, literal, log_line, message, property};

/// The runner keeps the first ten of a level in one step and drops the rest (actions/runner, `ExecutionContext.cs`);
/// a job shows fifty (actions/toolkit, `docs/problem-matchers.md`), which one step of three levels stays below.
const PER_LEVEL: usize = 10;

/// Returns what belongs on stdout: the worst findings of each level as annotations, the others as plain lines, and the
/// truths.
pub fn check(checked: &Checked<'_>, problems: &[Problem]) -> String {
    let mut out: String =
        problems.iter().take(PER_LEVEL).map(|problem| problem_command(checked.directory, problem)).collect();
    let mut others = Vec::new();
    for level in Level::ALL {
        let taken = if level == Level::Error { problems.len().min(PER_LEVEL) } else { 0 };
        let mut own = worst_first(checked);
        own.retain(|finding| Level::of(finding, checked.strict) == level);
        let rest = own.split_off(own.len().min(PER_LEVEL - taken));
        out.extend(own.iter().map(|finding| command(checked, level, finding)));
        others.extend(rest);
    }
    for finding in others {
        let place = checked.repository.place(&finding.primary);
        let path = &finding.primary.path;
        let words =
            format!("{path}:{}:{}: {}: {}", place.line, place.column, title(finding), finding.message);
        let _ = writeln!(out, "{}", log_line(&words));
    }
    for line in summary_lines(checked) {
        let _ = writeln!(out, "{}", log_line(&line));
    }
    out
}

/// Returns what it comes to: a line for each toolchain, and one for the engine that is in force.
fn summary_lines(checked: &Checked<'_>) -> Vec<String> {
    let toolchains = human::summary(checked);
    toolchains.lines().map(str::to_owned).chain(checked.live.and_then(Live::line)).collect()
}

/// Returns the annotation of a problem that kept the job from being done.
pub fn problem_command(directory: &str, problem: &Problem) -> String {
    let mut properties = String::new();
    if let Some(path) = &problem.path {
        let path = uri::resolve_dots(&format!("{directory}/{path}"));
        let _ = write!(properties, "file={},", property(&path));
    }
    if let Some(place) = problem.place {
        let _ = write!(properties, "line={},col={},", place.line, place.column);
    }
    let hint = problem.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("::error {properties}title=pin::{}\n", message(&format!("{}{hint}", problem.message)))
}

fn command(checked: &Checked<'_>, level: Level, finding: &Finding) -> String {
    let word = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let Location { path, span } = &finding.primary;
    let start = checked.repository.place(&finding.primary);
    let end = checked.repository.sources.get(path).map_or(start, |source| source.place(span.end));
    // The last column is part of what is marked here, unlike everywhere else.
    let last =
        if end.line == start.line { end.column.saturating_sub(1).max(start.column) } else { start.column };
    let file = property(&uri::resolve_dots(&format!("{}/{path}", checked.directory)));
    let (line, column, title) = (start.line, start.column, property(&title(finding)));
    // The log shows the message alone, so it names the place too.
    let words = format!("{path}:{line}:{column}: {}\nhint: {}", finding.message, finding.hint);
    let words = message(&words);
    format!("::{word} file={file},line={line},col={column},endColumn={last},title={title}::{words}\n")
}

fn title(finding: &Finding) -> String {
    format!("{}[{}]", finding.severity.as_str(), finding.code)
}

fn worst_first<'a>(checked: &Checked<'a>) -> Vec<&'a Finding> {
    let mut findings = checked.findings.to_vec();
    findings.sort_by_key(|finding| (Level::of(finding, checked.strict), finding.severity));
    findings
}

/// Returns the step's summary in Markdown, at most `room` bytes of it: the truths, the problems, and a table of the
/// findings, worst first. `blob` is the address below which the files of this commit can be seen. `None` when not even
/// the truths have room.
pub fn summary(
    checked: &Checked<'_>,
    problems: &[Problem],
    blob: Option<&str>,
    room: usize,
) -> Option<String> {
    const TABLE: &str = "\n| where | finding | what | hint |\n|---|---|---|---|\n";
    let findings = worst_first(checked);
    let title = match findings.len() + problems.len() {
        0 => "in lockstep".to_owned(),
        _ if problems.is_empty() => count(findings.len(), "finding"),
        _ => format!("{}, {}", count(problems.len(), "problem"), count(findings.len(), "finding")),
    };
    let mut out = format!("### pin check: {title}\n\n");
    for line in summary_lines(checked) {
        let _ = writeln!(out, "* {}", cell(&line));
    }
    for problem in problems {
        let hint = problem.hint.as_ref().map(|hint| format!("; {}", cell(hint))).unwrap_or_default();
        let _ = writeln!(out, "* error: {}{hint}", cell(&problem.message));
    }
    if !findings.is_empty() {
        out.push_str(TABLE);
    }
    let more = |left: usize| format!("\nand {}: this summary is full\n\n", count(left, "more finding"));
    let room = room.checked_sub(more(findings.len()).len() + "\n".len())?;
    if out.len() > room {
        return None;
    }
    for (index, finding) in findings.iter().enumerate() {
        let row = row(checked, finding, blob);
        if out.len() + row.len() > room {
            out.push_str(&more(findings.len() - index));
            break;
        }
        out.push_str(&row);
    }
    out.push('\n');
    Some(out)
}

fn row(checked: &Checked<'_>, finding: &Finding, blob: Option<&str>) -> String {
    let file_line = checked.repository.file_line(&finding.primary);
    let place = format!("<code>{}</code>", literal(&file_line));
    let place = match blob {
        Some(blob) => {
            let path = uri::encode(&format!("{}/{}", checked.directory, finding.primary.path));
            let line = checked.repository.place(&finding.primary).line;
            format!("[{place}]({blob}/{path}#L{line})")
        }
        None => place,
    };
    let (title, message, hint) = (literal(&title(finding)), cell(&finding.message), cell(&finding.hint));
    format!("| {place} | {title} | {message} | {hint} |\n")
}

/// Returns the step's outputs, a line each: `version=` is the truth of `dagger`, or of the only toolchain there is, and
/// `NAME=` that of each toolchain. What has no truth has no line.
pub fn outputs(verdict: &Verdict) -> String {
    let known: Vec<(&str, &Version)> = verdict
        .truths
        .iter()
        .filter_map(|truth| truth.version().map(|version| (truth.toolchain.as_str(), version)))
        .collect();
    let main = known.iter().find(|(name, _)| *name == DAGGER);
    let main = main.or(known.first().filter(|_| verdict.truths.len() == 1));
    let mut out = main.map(|(_, version)| format!("version={version}\n")).unwrap_or_default();
    for (name, version) in &known {
        // A version has no line break and nothing to quote; a name may be any key of pin.toml.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        let name: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
        if name != "version" {
            let _ = writeln!(out, "{name}={version}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;
    use proptest::prelude::*;

    #[test]
    fn a_summary_keeps_to_its_room_and_says_what_is_left_out() {
        let values: String =
            (0..40).map(|i| format!("k{i}: registry.dagger.io/engine:v0.20.{i}\n")).collect();
        let (repository, verdict) = fixture::judged(&[("values.yaml", &values)]);
        let findings: Vec<&Finding> = verdict.findings.iter().collect();
        let checked = Checked {
            repository: &repository,
            verdict: &verdict,
            findings: &findings,
            strict: false,
            directory: "",
            live: None,
        };
        let whole = summary(&checked, &[], None, 1 << 20).unwrap();
        let rows = |text: &str| text.lines().filter(|line| line.starts_with("| <code>")).count();
        assert_eq!(rows(&whole), findings.len());
        assert_eq!(summary(&checked, &[], None, 0), None);
        proptest!(|(room in 0..whole.len())| {
            if let Some(part) = summary(&checked, &[], None, room) {
                prop_assert!(part.len() <= room);
                let left = count(findings.len() - rows(&part), "more finding");
                prop_assert!(part.contains(&format!("and {left}: this summary is full")), "{}", part);
            }
        });
    }

    #[test]
    fn outputs_are_named_for_what_they_hold() {
        let check = |files: &[(&str, &str)], expect: &str| {
            assert_eq!(outputs(&fixture::judged(files).1), expect);
        };
        check(&[(".env", "DAGGER_VERSION=v0.21.8\n")], "version=0.21.8\ndagger=0.21.8\n");
        check(&[(".env", "DAGGER_VERSION=0.22.0-rc.1+x\n")], "version=0.22.0-rc.1+x\ndagger=0.22.0-rc.1+x\n");
        check(&[(".env", "DAGGER_VERSION=latest\n")], "");
        check(&[], "");
    }
}
