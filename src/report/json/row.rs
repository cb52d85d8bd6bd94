//! The objects that several outputs have.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::config::Rule;
#[cfg(test)]
use crate::finding::Severity;
use crate::finding::{Finding, Location};
use crate::lockstep::{Repository, Verdict};
use crate::plan::{self, Fix};
#[cfg(test)]
use crate::site::Role;
use crate::site::Site;
use crate::text::Span;

/// A place that states a version, or where one is missing or floating.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Site"))]
pub(super) struct SiteRow<'a> {
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    /// The thing whose version it is.
    pub(super) toolchain: &'a str,
    /// What sort of place it is; new ones may be added.
    pub(super) kind: &'static str,
    /// How it relates to the truth.
    #[cfg_attr(test, schemars(extend("enum" = Role::ALL.map(Role::as_str))))]
    pub(super) role: &'static str,
    /// What it is held to.
    #[cfg_attr(test, schemars(extend("enum" = Rule::ALL.map(Rule::as_str))))]
    pub(super) rule: &'static str,
    /// The version or the line of versions it states, without `v`; null when it states none.
    pub(super) value: Option<String>,
    /// What stands there.
    pub(super) text: &'a str,
}

/// Where something stands. Lines and columns from 1, columns in characters; offsets in the file's bytes, the end
/// exclusive.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
pub(super) struct Place<'a> {
    /// Relative to the repository root, with `/`.
    pub(super) path: &'a str,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub(super) line: usize,
    /// Column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub(super) column: usize,
    /// Offset of the first byte.
    pub(super) start: usize,
    /// Offset behind the last byte.
    pub(super) end: usize,
}

/// The version that a toolchain's sites are measured against.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Truth"))]
pub(super) struct TruthRow<'a> {
    /// The thing whose version it is.
    pub(super) toolchain: &'a str,
    /// The version, without `v`; null when it cannot be known offline.
    pub(super) value: Option<String>,
    /// The file that states it.
    pub(super) path: Option<&'a str>,
    /// The line in it.
    pub(super) line: Option<usize>,
}

/// Something that is wrong, or worth knowing.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Finding"))]
pub(super) struct FindingRow<'a> {
    /// The stable word that `pin why --code` explains; new ones may be added.
    pub(super) code: &'static str,
    /// How much it matters.
    #[cfg_attr(test, schemars(extend("enum" = Severity::ALL.map(Severity::as_str))))]
    pub(super) severity: &'static str,
    /// The thing whose version it is.
    pub(super) toolchain: &'a str,
    /// What sort of place it is; new ones may be added.
    pub(super) kind: &'static str,
    /// What is stated there, without `v`; null when nothing is.
    pub(super) found: Option<&'a str>,
    /// What should be stated there; null when nothing says what.
    pub(super) wanted: Option<&'a str>,
    /// Both sides in words.
    pub(super) message: &'a str,
    #[serde(flatten)]
    pub(super) place: Place<'a>,
    /// The other places that it is about.
    pub(super) related: Vec<RelatedRow<'a>>,
    /// What to do, most often a command.
    pub(super) hint: &'a str,
    /// The edits that mend it, when they can be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "FixRow"))]
    pub(super) fix: Option<FixRow>,
}

/// Another place that a finding is about.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Related"))]
pub(super) struct RelatedRow<'a> {
    /// Relative to the repository root, with `/`.
    pub(super) path: &'a str,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub(super) line: usize,
    /// What it says there.
    pub(super) message: &'a str,
}

/// Edits that belong together.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Fix"))]
pub(super) struct FixRow {
    /// At least one.
    pub(super) edits: Vec<EditRow>,
}

/// A replacement of some bytes.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Edit"))]
pub(super) struct EditRow {
    /// Relative to the repository root, with `/`.
    pub(super) path: String,
    /// Offset of the first byte that is replaced.
    pub(super) start: usize,
    /// Offset behind the last one.
    pub(super) end: usize,
    /// What stands there afterwards.
    pub(super) text: String,
}

/// Returns the row of a site.
pub(super) fn site<'a>(repository: &Repository, site: &'a Site, rule: Rule) -> SiteRow<'a> {
    SiteRow {
        place: place(repository, &site.path, site.span),
        toolchain: &site.toolchain,
        kind: site.kind.as_str(),
        role: site.role.as_str(),
        rule: rule.as_str(),
        value: site.stated.value(),
        text: &site.text,
    }
}

/// Returns the row of a finding, with the edits that mend it.
pub(super) fn finding<'a>(
    repository: &Repository,
    verdict: &Verdict,
    finding: &'a Finding,
) -> FindingRow<'a> {
    let related = finding.related.iter().map(|related| RelatedRow {
        path: &related.location.path,
        line: repository.place(&related.location).line,
        message: &related.message,
    });
    FindingRow {
        code: finding.code.as_str(),
        severity: finding.severity.as_str(),
        toolchain: &finding.toolchain,
        kind: finding.kind.as_str(),
        found: finding.found.as_deref(),
        wanted: finding.wanted.as_deref(),
        message: &finding.message,
        place: place(repository, &finding.primary.path, finding.primary.span),
        related: related.collect(),
        hint: &finding.hint,
        fix: plan::fix(repository, verdict, finding).map(|fix| fix_row(repository, fix)),
    }
}

fn fix_row(repository: &Repository, fix: Fix) -> FixRow {
    let Fix { path, edits } = fix;
    let edits = edits.into_iter().map(|edit| {
        let span = file_span(repository, &path, edit.span);
        EditRow { path: path.clone(), start: span.start, end: span.end, text: edit.text }
    });
    FixRow { edits: edits.collect() }
}

/// Returns where the bytes of a file stand.
pub(super) fn place<'a>(repository: &Repository, path: &'a str, span: Span) -> Place<'a> {
    let start = repository.place(&Location { path: path.to_owned(), span });
    let span = file_span(repository, path, span);
    Place { path, line: start.line, column: start.column, start: span.start, end: span.end }
}

fn file_span(repository: &Repository, path: &str, span: Span) -> Span {
    repository.sources.get(path).map_or(span, |source| source.file_span(span))
}
