//! JSON for scripts (design.md §5). The schemas in `schema/` are generated from the types here, and a test holds them to
//! it; the types know how only in tests, so that readers of the binary pay nothing for it.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::Checked;
use crate::config::Rule;
use crate::finding::Location;
#[cfg(test)]
use crate::finding::Severity;
use crate::lockstep::Repository;
use crate::plan::{self, Fix};
#[cfg(test)]
use crate::site::Role;
use crate::site::Site;
use crate::text::Span;

/// The version of every output; a change that old readers cannot read raises it.
const VERSION: u32 = 1;

/// Output of `pin list --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin list"))]
struct List<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    version: u32,
    /// Every site, sorted by place.
    sites: Vec<ListSite<'a>>,
}

/// A place that states a version, or where one is missing or floating.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Site"))]
struct ListSite<'a> {
    #[serde(flatten)]
    place: Place<'a>,
    /// The thing whose version it is.
    toolchain: &'a str,
    /// What sort of place it is; new ones may be added.
    kind: &'static str,
    /// How it relates to the truth.
    #[cfg_attr(test, schemars(extend("enum" = Role::ALL.map(Role::as_str))))]
    role: &'static str,
    /// What it is held to.
    #[cfg_attr(test, schemars(extend("enum" = Rule::ALL.map(Rule::as_str))))]
    rule: &'static str,
    /// The version or the line of versions it states, without `v`; null when it states none.
    value: Option<String>,
    /// What stands there.
    text: &'a str,
}

/// Where something stands. Lines and columns from 1, columns in characters; offsets in the file's bytes, the end
/// exclusive.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Place<'a> {
    /// Relative to the repository root, with `/`.
    path: &'a str,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
    /// Column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    column: usize,
    /// Offset of the first byte.
    start: usize,
    /// Offset behind the last byte.
    end: usize,
}

/// Output of `pin check --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin check"))]
struct Check<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    version: u32,
    /// What the sites are measured against, by toolchain; one without a truth is not named.
    truths: Vec<TruthRow<'a>>,
    /// What is wrong, sorted by place.
    findings: Vec<FindingRow<'a>>,
    /// What was looked at.
    summary: Summary,
}

/// The version that a toolchain's sites are measured against.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Truth"))]
struct TruthRow<'a> {
    /// The thing whose version it is.
    toolchain: &'a str,
    /// The version, without `v`; null when it cannot be known offline.
    value: Option<String>,
    /// The file that states it.
    path: Option<&'a str>,
    /// The line in it.
    line: Option<usize>,
}

/// Something that is wrong, or worth knowing.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Finding"))]
struct FindingRow<'a> {
    /// The stable word that `pin why --code` explains; new ones may be added.
    code: &'static str,
    /// How much it matters.
    #[cfg_attr(test, schemars(extend("enum" = Severity::ALL.map(Severity::as_str))))]
    severity: &'static str,
    /// The thing whose version it is.
    toolchain: &'a str,
    /// What sort of place it is; new ones may be added.
    kind: &'static str,
    /// What is stated there, without `v`; null when nothing is.
    found: Option<&'a str>,
    /// What should be stated there; null when nothing says what.
    wanted: Option<&'a str>,
    /// Both sides in words.
    message: &'a str,
    #[serde(flatten)]
    place: Place<'a>,
    /// The other places that it is about.
    related: Vec<RelatedRow<'a>>,
    /// What to do, most often a command.
    hint: &'a str,
    /// The edits that mend it, when they can be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "FixRow<'a>"))]
    fix: Option<FixRow<'a>>,
}

/// Another place that a finding is about.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Related"))]
struct RelatedRow<'a> {
    /// Relative to the repository root, with `/`.
    path: &'a str,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    line: usize,
    /// What it says there.
    message: &'a str,
}

/// Edits that belong together.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Fix"))]
struct FixRow<'a> {
    /// At least one.
    edits: Vec<EditRow<'a>>,
}

/// A replacement of some bytes.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Edit"))]
struct EditRow<'a> {
    /// Relative to the repository root, with `/`.
    path: &'a str,
    /// Offset of the first byte that is replaced.
    start: usize,
    /// Offset behind the last one.
    end: usize,
    /// What stands there afterwards.
    text: &'a str,
}

/// How much was looked at.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema))]
struct Summary {
    /// All sites of the repository.
    sites: usize,
    /// The files that they stand in.
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

#[cfg(test)]
mod tests {
    use super::*;
    use schemars::generate::SchemaSettings;

    /// `PIN_UPDATE=1` writes the committed schema again.
    #[expect(clippy::disallowed_methods, reason = "tests compare files of the repository")]
    fn check_schema<T: JsonSchema>(name: &str) {
        let schema =
            SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
        let path = format!("{}/src/report/schema/{name}.json", env!("CARGO_MANIFEST_DIR"));
        if std::env::var("PIN_UPDATE").is_ok_and(|value| value == "1") {
            std::fs::write(&path, serde_json::to_string_pretty(&schema).unwrap() + "\n").unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        let committed: serde_json::Value = serde_json::from_str(&committed).unwrap_or_default();
        let hint = "run `PIN_UPDATE=1 cargo test --lib schema`";
        assert!(committed == *schema.as_value(), "{path} is not what the types say: {hint}");
    }

    #[test]
    fn the_schemas_are_those_of_the_types() {
        check_schema::<List<'_>>("list");
        check_schema::<Check<'_>>("check");
    }
}
