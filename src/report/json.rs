use serde::Serialize;

use super::Checked;
use crate::config::Rule;
use crate::finding::Location;
use crate::lockstep::Repository;
use crate::plan::{self, Fix};
use crate::site::Site;
use crate::text::Span;

/// The version of both outputs; a change that old readers cannot read raises it.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct List<'a> {
    version: u32,
    sites: Vec<ListSite<'a>>,
}

#[derive(Serialize)]
struct ListSite<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    toolchain: &'a str,
    kind: &'static str,
    role: &'static str,
    rule: &'static str,
    value: Option<String>,
    text: &'a str,
}

/// Where something stands: lines and columns from 1, columns in characters, offsets in bytes.
#[derive(Serialize)]
struct Place<'a> {
    path: &'a str,
    line: usize,
    column: usize,
    start: usize,
    end: usize,
}

#[derive(Serialize)]
struct Check<'a> {
    version: u32,
    truths: Vec<TruthRow<'a>>,
    findings: Vec<FindingRow<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct TruthRow<'a> {
    toolchain: &'a str,
    value: Option<String>,
    path: Option<&'a str>,
    line: Option<usize>,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    code: &'static str,
    severity: &'static str,
    toolchain: &'a str,
    kind: &'static str,
    found: Option<&'a str>,
    wanted: Option<&'a str>,
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    related: Vec<RelatedRow<'a>>,
    hint: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fix: Option<FixRow<'a>>,
}

#[derive(Serialize)]
struct RelatedRow<'a> {
    path: &'a str,
    line: usize,
    message: &'a str,
}

#[derive(Serialize)]
struct FixRow<'a> {
    edits: Vec<EditRow<'a>>,
}

#[derive(Serialize)]
struct EditRow<'a> {
    path: &'a str,
    start: usize,
    end: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Summary {
    sites: usize,
    files: usize,
}

/// Returns the `list` output: one object on one line, with a line break.
pub fn list(repository: &Repository, sites: &[&(Site, Rule)]) -> String {
    let sites = sites
        .iter()
        .map(|entry| {
            let (site, rule) = entry;
            ListSite {
                place: place(repository, &site.path, site.span),
                toolchain: &site.toolchain,
                kind: site.kind.as_str(),
                role: site.role.as_str(),
                rule: rule.as_str(),
                value: site.stated.value(),
                text: &site.text,
            }
        })
        .collect();
    line(&List { version: VERSION, sites })
}

/// Returns the `check` output: one object on one line, with a line break.
pub fn check(checked: &Checked<'_>) -> String {
    let Checked { repository, verdict, findings, .. } = *checked;
    let fixes: Vec<Option<Fix>> =
        findings.iter().map(|finding| plan::fix(repository, verdict, finding)).collect();
    let line_of = |location: &Location| repository.place(location).line;
    let truths = verdict
        .truths
        .iter()
        .filter(|truth| truth.location.is_some())
        .map(|truth| TruthRow {
            toolchain: &truth.toolchain,
            value: truth.version().map(ToString::to_string),
            path: truth.location.as_ref().map(|location| location.path.as_str()),
            line: truth.location.as_ref().map(line_of),
        })
        .collect();
    let findings = findings
        .iter()
        .zip(&fixes)
        .map(|(finding, fix)| FindingRow {
            code: finding.code.as_str(),
            severity: finding.severity.as_str(),
            toolchain: &finding.toolchain,
            kind: finding.kind.as_str(),
            found: finding.found.as_deref(),
            wanted: finding.wanted.as_deref(),
            message: &finding.message,
            place: place(repository, &finding.primary.path, finding.primary.span),
            related: finding
                .related
                .iter()
                .map(|related| RelatedRow {
                    path: &related.location.path,
                    line: line_of(&related.location),
                    message: &related.message,
                })
                .collect(),
            hint: &finding.hint,
            fix: fix.as_ref().map(|fix| fix_row(repository, fix)),
        })
        .collect();
    let files: std::collections::BTreeSet<&str> =
        verdict.sites.iter().map(|(site, _)| site.path.as_str()).collect();
    let summary = Summary { sites: verdict.sites.len(), files: files.len() };
    line(&Check { version: VERSION, truths, findings, summary })
}

fn fix_row<'a>(repository: &Repository, fix: &'a Fix) -> FixRow<'a> {
    let edits = fix.edits.iter().map(|edit| {
        let span = file_span(repository, &fix.path, edit.span);
        EditRow { path: &fix.path, start: span.start, end: span.end, text: &edit.text }
    });
    FixRow { edits: edits.collect() }
}

fn place<'a>(repository: &Repository, path: &'a str, span: Span) -> Place<'a> {
    let start = repository.place(&Location { path: path.to_owned(), span });
    let span = file_span(repository, path, span);
    Place { path, line: start.line, column: start.column, start: span.start, end: span.end }
}

fn file_span(repository: &Repository, path: &str, span: Span) -> Span {
    repository.sources.get(path).map_or(span, |source| source.file_span(span))
}

fn line(value: &impl Serialize) -> String {
    // Plain structs with string keys always serialise.
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}
