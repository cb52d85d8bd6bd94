use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::{Ruler, Story, because};
use crate::config::Rule;
use crate::finding::{Finding, Location};
use crate::lockstep::{Repository, Verdict, refresh};
use crate::plan;
use crate::report::count;
use crate::site::{Class, Kind, Role, Site, Stated};

/// At most this many other places are named on one subject; the rest are counted.
const MAX_PLACES: usize = 8;

/// Returns the stories in words, an empty line between two.
pub fn stories(repository: &Repository, verdict: &Verdict, stories: &[Story<'_>]) -> String {
    let stories: Vec<String> = stories.iter().map(|story| one(repository, verdict, story)).collect();
    stories.join("\n")
}

fn one(repository: &Repository, verdict: &Verdict, story: &Story<'_>) -> String {
    let site = story.site;
    let place = repository.place(&Location::of(site));
    let mut out =
        format!("{}:{}:{}  {} of {}\n", site.path, place.line, place.column, site.kind, site.toolchain);
    let mut say = |label: &str, words: &str| {
        let _ = writeln!(out, "  {label:<10} {words}");
    };
    say("states", &states(site));
    say("role", &format!("{}: {}", site.role.as_str(), role_words(site.role)));
    match story.ruler {
        Ruler::Kind => say("rule", story.rule.as_str()),
        Ruler::Config if story.rule == Rule::Ignore => say("rule", "ignore: pin.toml leaves it out"),
        Ruler::Config => say("rule", &format!("{}: pin.toml says so", story.rule.as_str())),
        Ruler::Role => {}
    }
    if let Some(declared) = &story.declared {
        say("declared", &repository.file_line(declared));
    }
    if let Some(whose) = whose(site) {
        say("kept by", &whose);
    }
    for (index, hop) in story.hops.iter().enumerate() {
        let location = Location { path: hop.path.clone(), span: hop.span };
        let label = if index == 0 { "follows" } else { "" };
        say(label, &format!("{}  {}", repository.file_line(&location), hop.name));
    }
    let sites = |sites: &[&Site]| places(sites.iter().map(|site| described(repository, site)).collect());
    for (label, others) in
        [("read by", &story.read_by), ("beaten by", &story.beaten_by), ("beats", &story.beats)]
    {
        say_all(&mut say, label, &sites(others));
    }
    say("truth", &truth_words(repository, verdict, story));
    if let Some(wanted) = story.wanted.filter(|_| story.is_grouped) {
        say("group", &format!("{wanted}: pin.toml puts this file into a group of its own"));
    }
    let source = repository.sources.get(&site.path);
    let companions = site.companions.iter().filter_map(|companion| {
        let location = Location { path: site.path.clone(), span: companion.span };
        let text = source?.slice(companion.span);
        Some(format!("{}  {} `{text}`", repository.file_line(&location), companion.what.words()))
    });
    say_all(&mut say, "moves with", &companions.collect::<Vec<_>>());
    for finding in &story.findings {
        say("finding", &format!("{}: {}", title(finding), finding.message));
        say("hint", &finding.hint);
        say_all(&mut say, "edit", &edits(repository, verdict, finding));
    }
    let named = story.named_in.iter();
    let named =
        named.map(|finding| format!("{}  {}", repository.file_line(&finding.primary), title(finding)));
    say_all(&mut say, "named in", &places(named.collect()));
    out
}

fn say_all(say: &mut impl FnMut(&str, &str), label: &str, lines: &[String]) {
    for (index, line) in lines.iter().enumerate() {
        say(if index == 0 { label } else { "" }, line);
    }
}

fn places(mut places: Vec<String>) -> Vec<String> {
    if places.len() > MAX_PLACES {
        let more = places.len() - MAX_PLACES;
        places.truncate(MAX_PLACES);
        places.push(format!("and {}", count(more, "other place")));
    }
    places
}

fn described(repository: &Repository, site: &Site) -> String {
    let value = site.stated.value().map(|value| format!(" {value}")).unwrap_or_default();
    format!("{}  {}{value}", repository.file_line(&Location::of(site)), site.kind)
}

fn title(finding: &Finding) -> String {
    format!("{}[{}]", finding.severity.as_str(), finding.code)
}

fn edits(repository: &Repository, verdict: &Verdict, finding: &Finding) -> Vec<String> {
    let Some(fix) = plan::fix(repository, verdict, finding) else { return Vec::new() };
    let Some(source) = repository.sources.get(&fix.path) else { return Vec::new() };
    let edits = fix.edits.iter().map(|edit| {
        let location = Location { path: fix.path.clone(), span: edit.span };
        format!("{}  `{}` → `{}`", repository.file_line(&location), source.slice(edit.span), edit.text)
    });
    edits.collect()
}

fn truth_words(repository: &Repository, verdict: &Verdict, story: &Story<'_>) -> String {
    let because = because(story.truth, verdict);
    let Some(truth) = story.truth else { return format!("none: {because}") };
    let location = truth.location.as_ref();
    let place = location.map(|location| format!(" ({})", repository.file_line(location))).unwrap_or_default();
    match (truth.version(), location) {
        (Some(version), Some(location)) if *location == Location::of(story.site) => {
            format!("{version}, which stands here: {because}")
        }
        (Some(version), _) => format!("{version}{place}: {because}"),
        (None, Some(_)) => format!("unknown{place}: {because}"),
        (None, None) => format!("none: {because}"),
    }
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
        Role::Generated => "written by a tool: a module's code generator, another flake's lock, makepkg",
        Role::Intended => "one of several versions on purpose",
        Role::Shadowed => "present, but another site overrides it",
    }
}

/// Returns who writes the site, when that is not a person, and what makes them write it again.
fn whose(site: &Site) -> Option<String> {
    match (site.role, site.kind) {
        (Role::Generated, Kind::NixLock | Kind::NixInput) => {
            Some("another flake's own lock: update that input".to_owned())
        }
        (Role::Generated, Kind::Variable) => {
            Some("makepkg: run `makepkg --printsrcinfo > .SRCINFO` beside it".to_owned())
        }
        (Role::Generated, _) => {
            Some("the module's code generator: run `dagger develop` in that module".to_owned())
        }
        (_, kind) if kind.class() == Class::SdkLock => {
            let run = refresh(&site.path).map(|command| format!(": run {command}")).unwrap_or_default();
            Some(format!("the package manager{run}"))
        }
        _ => None,
    }
}

/// Returns a toolchain's truths and its sites, by the version that they state.
pub fn toolchain(name: &str, repository: &Repository, verdict: &Verdict) -> String {
    let mut out = String::new();
    for truth in verdict.truths.iter().filter(|truth| truth.toolchain == name) {
        let because = because(Some(truth), verdict);
        let place = truth.location.as_ref().map(|location| format!(" ({})", repository.file_line(location)));
        let place = place.unwrap_or_default();
        let version = match (truth.version(), &truth.location) {
            (Some(version), _) => version.to_string(),
            (None, Some(_)) => "unknown".to_owned(),
            (None, None) => "no truth".to_owned(),
        };
        let _ = writeln!(out, "{name} {version}{place}: {because}");
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (site, _) in verdict.sites.iter().filter(|(site, _)| site.toolchain == name) {
        let value = site.stated.value().unwrap_or_else(|| "-".to_owned());
        let place = repository.file_line(&Location::of(site));
        groups.entry(value).or_default().push(format!("{place} ({}, {})", site.kind, site.role.as_str()));
    }
    for (value, places) in groups {
        let _ = writeln!(out, "  {value}");
        for place in places {
            let _ = writeln!(out, "    {place}");
        }
    }
    out
}
