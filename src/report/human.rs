use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use annotate_snippets::renderer::{DEFAULT_TERM_WIDTH, DecorStyle};
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Checked, Color, count};
use crate::config::Rule;
use crate::finding::{Finding, Location, Severity};
use crate::lockstep::{Reason, Repository, Truth, Verdict};
use crate::site::{Site, Stated, is_own};
use crate::value::Version;

/// At most this many other places are shown with an excerpt; the rest are counted.
const MAX_RELATED: usize = 3;

/// Returns the findings with excerpts, and a summary that a person reads first.
pub fn check(checked: &Checked<'_>, color: Color) -> String {
    let mut out = String::new();
    let renderer = match color {
        Color::Always => Renderer::styled(),
        Color::Never => Renderer::plain(),
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii).term_width(DEFAULT_TERM_WIDTH);
    for finding in checked.findings {
        out.push_str(&render(&renderer, checked.repository, finding));
        out.push_str("\n\n");
    }
    out.push_str(&summary(checked));
    out
}

fn render(renderer: &Renderer, repository: &Repository, finding: &Finding) -> String {
    let (level, name) = match finding.severity {
        Severity::Breaks | Severity::Invalid => (Level::ERROR, finding.severity.as_str()),
        Severity::Drift | Severity::Floating | Severity::Unknown => {
            (Level::WARNING, finding.severity.as_str())
        }
        Severity::Note => (Level::NOTE, "note"),
    };
    let title = level.with_name(name).primary_title(&finding.message).id(finding.code.as_str());
    let shown = &finding.related[..finding.related.len().min(MAX_RELATED)];
    let label = match (&finding.found, &finding.wanted) {
        (Some(found), Some(wanted)) if found != wanted => format!("found {found}, wanted {wanted}"),
        (None, Some(wanted)) => format!("wanted {wanted}"),
        _ => String::new(),
    };
    let mut group: Group<'_> =
        title.element(excerpt(repository, &finding.primary, &label, AnnotationKind::Primary));
    for related in shown {
        group =
            group.element(excerpt(repository, &related.location, &related.message, AnnotationKind::Context));
    }
    if finding.related.len() > shown.len() {
        let more = count(finding.related.len() - shown.len(), "other place");
        group = group.element(Level::NOTE.message(format!("and {more}")));
    }
    let group = group.element(Level::HELP.with_name("hint").message(&finding.hint));
    renderer.render(&[group])
}

/// Only the line itself is given to the renderer: a file may be huge.
fn excerpt<'a>(
    repository: &'a Repository,
    location: &'a Location,
    label: &str,
    kind: AnnotationKind,
) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
    let Some(source) = repository.sources.get(&location.path) else {
        return Snippet::source("").path(&location.path);
    };
    let place = source.place(location.span.start);
    let (start, line) = source.line_at(location.span.start);
    let from = (location.span.start - start).min(line.len());
    let to = (location.span.end - start).min(line.len());
    let mut annotation = kind.span(from..to.max(from));
    if !label.is_empty() {
        annotation = annotation.label(label.to_owned());
    }
    Snippet::source(line).line_start(place.line).path(&location.path).annotation(annotation)
}

/// Returns a line for each toolchain: its truth, how many findings of what severity, how many sites.
pub(super) fn summary(checked: &Checked<'_>) -> String {
    let Checked { repository, verdict, findings, .. } = *checked;
    let mut out = String::new();
    for truth in &verdict.truths {
        let own = |site: &Site| site.toolchain == truth.toolchain;
        let sites: Vec<&Site> = verdict.sites.iter().map(|(site, _)| site).filter(|site| own(site)).collect();
        let paths: BTreeSet<&str> = sites.iter().map(|site| site.path.as_str()).collect();
        let places = format!("{} in {}", count(sites.len(), "site"), count(paths.len(), "file"));
        let found: Vec<&&Finding> =
            findings.iter().filter(|finding| finding.toolchain == truth.toolchain).collect();
        let state = if found.is_empty() { "in lockstep".to_owned() } else { tally(&found) };
        let truth_words = truth_words(repository, verdict, truth);
        let _ = writeln!(out, "{}: {truth_words}; {state}, {places}", truth.toolchain);
    }
    out
}

fn tally(findings: &[&&Finding]) -> String {
    let of = |severity: Severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let parts = Severity::ALL.into_iter().filter(|severity| of(*severity) > 0).map(|severity| {
        let number = of(severity);
        match severity {
            Severity::Note => count(number, "note"),
            severity => format!("{number} {}", severity.as_str()),
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn truth_words(repository: &Repository, verdict: &Verdict, truth: &Truth) -> String {
    let place = truth.location.as_ref().map(|location| repository.file_line(location)).unwrap_or_default();
    match (truth.version(), truth.reason) {
        (Some(version), Reason::Shared) if is_own(&truth.toolchain) => format!("{version} everywhere"),
        (Some(version), Reason::Shared) => format!("{version} everywhere a CLI or an engine is named"),
        (Some(version), _) => format!("{version} ({place})"),
        (None, Reason::Unknown) => format!("unknown version ({place})"),
        (None, _) => groups(verdict, &truth.toolchain),
    }
}

/// Without a truth the versions stand side by side, none outvoted.
fn groups(verdict: &Verdict, toolchain: &str) -> String {
    let mut groups: BTreeMap<&Version, usize> = BTreeMap::new();
    for (site, rule) in verdict.sites.iter().filter(|(site, _)| site.toolchain == toolchain) {
        let is_bound = is_own(toolchain) && *rule != Rule::Equal;
        let is_one = site.decides() && *rule != Rule::Ignore && !is_bound;
        if let Some(version) = site.stated.version().filter(|_| is_one) {
            *groups.entry(version).or_default() += 1;
        }
    }
    if groups.is_empty() {
        let what = if is_own(toolchain) { "version" } else { "CLI or engine" };
        return format!("no {what} to go by");
    }
    let groups = groups.iter().map(|(version, number)| format!("{version} at {}", count(*number, "place")));
    format!("no truth, but {}", groups.collect::<Vec<_>>().join(", "))
}

/// Returns one line a site: place, kind, role, rule and value in columns, and the toolchain where
/// the repository has its own.
pub fn list(repository: &Repository, sites: &[&(Site, Rule)]) -> String {
    let names_toolchains = sites.iter().any(|(site, _)| is_own(&site.toolchain));
    let rows: Vec<Vec<String>> = sites
        .iter()
        .map(|(site, rule)| {
            let location = Location::of(site);
            let place = repository.place(&location);
            let value = match site.stated.value() {
                _ if site.stated == Stated::Missing => "-".to_owned(),
                Some(value) if value == site.text => value,
                value => format!("{} `{}`", value.as_deref().unwrap_or("-"), site.text),
            };
            let mut row = vec![format!("{}:{}:{}", site.path, place.line, place.column)];
            row.extend(names_toolchains.then(|| site.toolchain.clone()));
            row.extend([site.kind.as_str(), site.role.as_str(), rule.as_str()].map(str::to_owned));
            row.push(value);
            row
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..rows.first().map_or(0, Vec::len)).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        let _ = writeln!(out, "{}", cells.collect::<Vec<_>>().join("  ").trim_end());
    }
    out
}
