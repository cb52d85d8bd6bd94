//! Findings as SARIF 2.1.0, for code scanning services and editors.

mod fingerprint;
mod log;

use std::collections::BTreeMap;

use super::level::Level;
use super::{Checked, Live, uri};
use crate::finding::{Code, Finding, Location, Problem};
use crate::plan;
use crate::text::{Place, Span};
use fingerprint::Fingerprints;
use log::{
    ArtifactChange, ArtifactLocation, Configuration, Driver, Fix, Help, Invocation, Log, Notification,
    PhysicalLocation, Region, RegionEnd, Replacement, ResultProperties, Rule, RuleProperties, Run, Text,
    Tool, UriBase,
};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// What every path is relative to; the reader knows where that is.
const BASE: &str = "%SRCROOT%";

/// Returns the log: every code as a rule, every finding as a result, every problem as a notification, and what the engine
/// that is in force has said as one that is none.
///
/// Findings that were suppressed are left out: GitHub ignores `suppressions` and would open an alert for each of them.
pub fn check(checked: &Checked<'_>, problems: &[Problem]) -> String {
    let fingerprints = Fingerprints::new(checked.repository, checked.verdict, checked.findings);
    let results = checked.findings.iter().map(|finding| result(checked, &fingerprints, finding)).collect();
    let invocation = Invocation {
        execution_successful: problems.is_empty(),
        tool_execution_notifications: problems
            .iter()
            .map(|problem| notification(checked.directory, problem))
            .chain(checked.live.and_then(note))
            .collect(),
    };
    print(invocation, results)
}

/// Returns the log of a run that came to no verdict. `directory` leads from the work tree to the repository.
pub fn failure(directory: &str, problem: &Problem) -> String {
    let notifications = vec![notification(directory, problem)];
    print(Invocation { execution_successful: false, tool_execution_notifications: notifications }, Vec::new())
}

fn print(invocation: Invocation, results: Vec<log::Result>) -> String {
    let base = UriBase { description: text("the root of the repository") };
    let driver = Driver {
        name: env!("CARGO_PKG_NAME"),
        semantic_version: env!("CARGO_PKG_VERSION"),
        rules: Code::ALL.iter().copied().map(rule).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        invocations: [invocation],
        original_uri_base_ids: BTreeMap::from([(BASE, base)]),
        column_kind: "unicodeCodePoints",
        results,
    };
    // Plain structs with string keys always serialise.
    let mut log = serde_json::to_string_pretty(&Log { schema: SCHEMA, version: "2.1.0", runs: [run] })
        .unwrap_or_default();
    log.push('\n');
    log
}

fn rule(code: Code) -> Rule {
    let explanation = code.explanation();
    let level = Level::of_severity(code.severity());
    let first = explanation.split_once(". ").map_or(explanation, |(first, _)| first);
    let mends = "`pin check` says for each place which command mends it";
    let accepts = format!(
        "a comment `pin: ignore[{code}]` at the end of the line accepts it, or an `ignore` in pin.toml"
    );
    Rule {
        id: code.as_str(),
        short_description: text(format!("{}.", first.trim_end_matches('.'))),
        full_description: text(explanation),
        help: Help {
            text: format!("{explanation} {mends}; {accepts}."),
            markdown: format!("{explanation}\n\n* {mends}.\n* {accepts}."),
        },
        default_configuration: Configuration { level: word(level) },
        properties: RuleProperties {
            precision: "very-high",
            problem_severity: match level {
                Level::Error => "error",
                Level::Warning => "warning",
                Level::Note => "recommendation",
            },
            tags: [code.severity().as_str()],
        },
    }
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
    }
}

fn result(checked: &Checked<'_>, fingerprints: &Fingerprints<'_>, finding: &Finding) -> log::Result {
    let related = finding.related.iter().enumerate().map(|(index, related)| log::Location {
        id: Some(index + 1),
        physical_location: physical(checked, &related.location),
        message: Some(text(&*related.message)),
    });
    log::Result {
        rule_id: finding.code.as_str(),
        rule_index: Code::ALL.iter().position(|code| *code == finding.code).unwrap_or_default(),
        level: word(Level::of(finding, checked.strict)),
        message: text(message(checked, finding)),
        locations: [log::Location {
            id: None,
            physical_location: physical(checked, &finding.primary),
            message: None,
        }],
        related_locations: related.collect(),
        partial_fingerprints: fingerprints.of(finding),
        fixes: fix(checked, finding).map(|fix| [fix]),
        properties: ResultProperties {
            severity: finding.severity.as_str(),
            toolchain: finding.toolchain.clone(),
            kind: finding.kind.as_str(),
            found: finding.found.clone(),
            wanted: finding.wanted.clone(),
            hint: finding.hint.clone(),
        },
    }
}

/// Returns message and hint, with the first mention of each other place as a link to it (§3.11.6).
fn message(checked: &Checked<'_>, finding: &Finding) -> String {
    let mut words = format!("{}. Hint: {}.", finding.message, finding.hint);
    // What would be read as a link and is none.
    if words.contains("](") {
        return words.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    }
    for (index, related) in finding.related.iter().enumerate() {
        let place = checked.repository.file_line(&related.location);
        if !place.contains(['[', ']', '(', ')']) {
            words = words.replacen(&format!("({place})"), &format!("([{place}]({}))", index + 1), 1);
        }
    }
    words
}

fn fix(checked: &Checked<'_>, finding: &Finding) -> Option<Fix> {
    let fix = plan::fix(checked.repository, checked.verdict, finding)?;
    let replacements = fix.edits.iter().map(|edit| Replacement {
        deleted_region: region(
            checked,
            &Location { path: fix.path.clone(), span: edit.span },
            Snippet::Without,
        ),
        inserted_content: text(&*edit.text),
    });
    Some(Fix {
        description: text(format!("write {}", finding.wanted.as_deref().unwrap_or_default())),
        artifact_changes: [ArtifactChange {
            artifact_location: artifact(checked.directory, &fix.path),
            replacements: replacements.collect(),
        }],
    })
}

fn notification(directory: &str, problem: &Problem) -> Notification {
    let location = |path: &String| log::Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(directory, path),
            region: problem.place.map(start_of),
        },
        message: None,
    };
    Notification {
        level: "error",
        message: text(problem.hint.as_ref().map_or_else(
            || problem.message.clone(),
            |hint| {
                let end = if hint.ends_with('?') { "" } else { "." };
                format!("{}. Hint: {hint}{end}", problem.message)
            },
        )),
        locations: problem.path.iter().map(location).collect(),
    }
}

fn note(live: &Live) -> Option<Notification> {
    Some(Notification { level: word(Level::Note), message: text(live.sentence()?), locations: Vec::new() })
}

const fn start_of(place: Place) -> Region {
    Region { start_line: place.line, start_column: place.column, end: None }
}

fn physical(checked: &Checked<'_>, location: &Location) -> PhysicalLocation {
    PhysicalLocation {
        artifact_location: artifact(checked.directory, &location.path),
        region: Some(region(checked, location, Snippet::With)),
    }
}

fn artifact(directory: &str, path: &str) -> ArtifactLocation {
    ArtifactLocation { uri: uri::encode(&format!("{directory}/{path}")), uri_base_id: BASE }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Snippet {
    With,
    Without,
}

fn region(checked: &Checked<'_>, location: &Location, snippet: Snippet) -> Region {
    let start = checked.repository.place(location);
    let end = checked.repository.sources.get(&location.path).map(|source| {
        let Span { start, end } = location.span;
        let place = source.place(end);
        let span = source.file_span(location.span);
        RegionEnd {
            end_line: place.line,
            end_column: place.column,
            byte_offset: span.start,
            byte_length: span.len(),
            snippet: (snippet == Snippet::With && start < end).then(|| text(source.slice(location.span))),
        }
    });
    Region { end, ..start_of(start) }
}

fn text(text: impl Into<String>) -> Text {
    Text { text: text.into() }
}
