//! A first `pin.toml`: what discovery has found, in words, and what could be said about it.
//!
//! Nothing in it changes what `check` says, unless a person has chosen the truth: whatever is only a
//! suggestion stands behind `#`, so that nobody is surprised by a rule that nobody has asked for.

mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::{count, story};
use crate::config::{Rule, own_version};
use crate::document::toml_string;
use crate::finding::{Location, Severity};
use crate::lockstep::{Reason, Repository, Truth, Verdict};
use crate::site::{DAGGER, Kind, Site};
use crate::value::Version;
use text::Text;

/// What a first `pin.toml` is made of.
#[derive(Debug)]
pub struct Found<'a> {
    /// The files.
    pub repository: &'a Repository,
    /// What is said about them without a `pin.toml`.
    pub verdict: &'a Verdict,
    /// The version that a person has chosen as the truth.
    pub chosen: Option<&'a Version>,
    /// Files that cannot be read or parsed.
    pub unreadable: &'a [&'a str],
    /// Files at the root that other toolchains state their versions in.
    pub others: &'a [&'a OtherTool],
    /// Whether the schema stands beside it.
    pub has_schema: bool,
}

/// A file that states the version of a widely used toolchain.
#[derive(Debug)]
pub struct OtherTool {
    /// What the toolchain is called.
    pub name: &'static str,
    /// The file, at the root.
    pub file: &'static str,
    /// The key in it; without one the file is the version.
    key: Option<&'static str>,
}

/// What is looked for at the root beside what is found everywhere.
pub const OTHER_TOOLS: &[OtherTool] = &[
    OtherTool { name: "rust", file: "rust-toolchain.toml", key: Some("toolchain.channel") },
    OtherTool { name: "go", file: "go.mod", key: Some("go") },
    OtherTool { name: "node", file: ".node-version", key: None },
    OtherTool { name: "python", file: ".python-version", key: None },
];

/// Where the schema is looked for, and where an editor is told to look for it.
pub const SCHEMA: &str = "pin.schema.json";

/// Directories whose files are most often there for something else than running.
const ASIDE: [&str; 8] = ["docs", "doc", "example", "examples", "fixtures", "testdata", "test", "tests"];

/// A version that sites state, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The version.
    pub version: Version,
    /// The places in words: `2 places (a.yaml:3, b.yaml:4)`.
    pub places: String,
}

/// Returns the versions that differ while nothing says which is right; none where there is a truth.
pub fn candidates(repository: &Repository, verdict: &Verdict) -> Vec<Candidate> {
    let truth = verdict.truths.iter().find(|truth| truth.toolchain == DAGGER);
    if truth.is_none_or(|truth| truth.reason != Reason::None) {
        return Vec::new();
    }
    let mut by_version: BTreeMap<&Version, BTreeSet<String>> = BTreeMap::new();
    for (site, _) in own(verdict).filter(|(site, rule)| site.decides() && *rule != Rule::Ignore) {
        if let Some(version) = site.stated.version() {
            by_version.entry(version).or_default().insert(repository.file_line(&Location::of(site)));
        }
    }
    let candidates = by_version.into_iter().rev().map(|(version, places)| {
        let shown: Vec<&str> = places.iter().take(3).map(String::as_str).collect();
        let more = if places.len() > shown.len() { ", …" } else { "" };
        let places = format!("{} ({}{more})", count(places.len(), "place"), shown.join(", "));
        Candidate { version: version.clone(), places }
    });
    let candidates: Vec<Candidate> = candidates.collect();
    if candidates.len() < 2 { Vec::new() } else { candidates }
}

/// Returns the text of a first `pin.toml`.
pub fn starter(found: &Found<'_>) -> String {
    let mut text = Text::default();
    head(&mut text, found);
    text.line("[toolchain.dagger]");
    truth(&mut text, found);
    expect(&mut text, found);
    policy(&mut text, found);
    leave_out(&mut text, found);
    others(&mut text, found);
    engine(&mut text, found);
    text.finish()
}

fn head(text: &mut Text, found: &Found<'_>) {
    if found.has_schema {
        text.line(&format!("#:schema ./{SCHEMA}"));
    }
    text.say(if found.chosen.is_some() {
        "What `pin` is told about this repository. What stands behind `#` are suggestions."
    } else {
        "What `pin` is told about this repository. What stands behind `#` are suggestions: as it is, this file changes \
         nothing of what `pin check` says."
    });
    if !found.has_schema {
        text.say(&format!(
            "An editor completes and checks it after `pin schema > {SCHEMA}`, with `#:schema ./{SCHEMA}` as its first \
             line."
        ));
    }
    text.gap();
    text.say("Versions of pin that may judge this repository.");
    let own = own_version();
    text.line(&format!("required = \">={}.{}\"", own.major, own.minor));
    text.gap();
}

fn truth(text: &mut Text, found: &Found<'_>) {
    let truth = found.verdict.truths.iter().find(|truth| truth.toolchain == DAGGER);
    let candidates = candidates(found.repository, found.verdict);
    if let Some(version) = found.chosen {
        text.say("The truth: everything else is measured against it. `pin sync` writes it everywhere.");
        text.line(&format!("version = \"{version}\""));
    } else if !candidates.is_empty() {
        text.say("The truth. Versions differ, and nothing says which is right: uncomment one.");
        for Candidate { version, places } in &candidates {
            text.line(&format!("# version = \"{version}\"  # {places}"));
        }
    } else {
        let because = story::because(truth, found.verdict);
        match truth.and_then(Truth::version).zip(truth.and_then(|truth| truth.location.as_ref())) {
            Some((version, location)) => {
                let place = found.repository.file_line(location);
                text.say(&format!("The truth is {version} ({place}), because {because}. To say so here:"));
                match flake(truth, location) {
                    Some(flake) => text.line(&format!("# source = {}", toml_string(&flake))),
                    None => text.line(&format!("# version = \"{version}\"")),
                }
            }
            None if truth.is_some_and(|truth| truth.reason == Reason::Unknown) => {
                text.say(&format!("The truth is not known: {because}. `pin check --eval` asks Nix."));
            }
            None => match own(found.verdict).filter_map(|(site, _)| site.stated.version()).max() {
                Some(newest) => {
                    text.say(&format!("There is no truth: {because}. To state one:"));
                    text.line(&format!("# version = \"{newest}\""));
                }
                None => text.say(&format!("There is no truth: {because}. `version` states one here.")),
            },
        }
    }
    text.gap();
}

/// Returns the `flake.nix` that the truth is the CLI of.
fn flake(truth: Option<&Truth>, location: &Location) -> Option<String> {
    let (directory, file) = location.path.rsplit_once('/').unwrap_or(("", &location.path));
    let is_flake = truth?.reason == Reason::Flake && ["flake.nix", "flake.lock"].contains(&file);
    let separator = if directory.is_empty() { "" } else { "/" };
    is_flake.then(|| format!("{directory}{separator}flake.nix"))
}

fn expect(text: &mut Text, found: &Found<'_>) {
    let sites: Vec<&Site> = own(found.verdict).map(|(site, _)| site).collect();
    let files: BTreeSet<&str> = sites.iter().map(|site| site.path.as_str()).collect();
    let places = format!("{} in {}", count(sites.len(), "place"), count(files.len(), "file"));
    text.say(&format!(
        "Fewer places than this are an error, so that one which is moved or renamed is not silently unchecked. Today \
         `pin list` shows {places}; whoever removes one on purpose changes the number too."
    ));
    text.line(&format!("# expect = {}", sites.len()));
    text.gap();
}

fn policy(text: &mut Text, found: &Found<'_>) {
    text.say(
        "How close to the truth is close enough: the very same version (`exact`), the same X.Y (`minor`), or what the \
         engine itself is compatible with (`window`).",
    );
    text.line("# policy = \"exact\"");
    if own(found.verdict).any(|(site, _)| site.kind == Kind::ModuleEngineVersion) {
        text.gap();
        text.say("To Dagger a module's `engineVersion` is only the oldest engine that it works with.");
        text.line("# rules = [{ kind = \"module.engine-version\", rule = \"at-most\" }]");
    }
    let drifted = found.verdict.findings.iter().filter(|finding| finding.severity == Severity::Drift);
    let drifted = drifted.filter_map(|finding| Version::parse(finding.found.as_deref()?)).max();
    if let Some(version) = drifted.filter(|_| candidates(found.repository, found.verdict).is_empty()) {
        text.gap();
        text.say("Versions that are tolerated for now, while the rest catches up.");
        text.line(&format!("# also = [\"{version}\"]"));
    }
    text.gap();
}

fn leave_out(text: &mut Text, found: &Found<'_>) {
    let files = |pattern: &str| format!("{{ files = {} }}", toml_string(pattern));
    if !found.unreadable.is_empty() {
        text.say("What cannot be read or parsed keeps `pin check` from judging, unless it is left out.");
        text.list("ignore", found.unreadable.iter().map(|path| files(&escape(path))));
        text.gap();
        return;
    }
    let aside: BTreeSet<&str> = own(found.verdict).filter_map(|(site, _)| aside(&site.path)).collect();
    let mut ignored: Vec<String> =
        aside.iter().map(|directory| files(&format!("{}/**", escape(directory)))).collect();
    if let Some(finding) = found.verdict.findings.iter().find(|finding| finding.toolchain == DAGGER) {
        let (file, code) = (toml_string(&escape(&finding.primary.path)), finding.code.as_str());
        ignored.push(format!("{{ files = {file}, code = \"{code}\" }}"));
    } else if let Some((site, _)) = own(found.verdict).next().filter(|_| ignored.is_empty()) {
        ignored.push(files(&escape(&site.path)));
    }
    text.say("Places that are not judged, or findings that are accepted.");
    text.list("ignore", ignored.into_iter());
    text.gap();
}

/// Returns the directory aside of what runs that the file is in.
fn aside(path: &str) -> Option<&str> {
    let mut end = 0;
    for part in path.split_inclusive('/') {
        let name = part.strip_suffix('/')?;
        end += part.len();
        if ASIDE.contains(&name) {
            return Some(&path[..end - 1]);
        }
    }
    None
}

/// Returns the pattern that only this path matches.
fn escape(path: &str) -> String {
    path.chars().fold(String::new(), |mut pattern, part| {
        match part {
            '*' | '?' | '[' | ']' | '{' | '}' => pattern.extend(['[', part, ']']),
            '\\' => pattern.push_str("\\\\"),
            part => pattern.push(part),
        }
        pattern
    })
}

fn others(text: &mut Text, found: &Found<'_>) {
    if found.others.is_empty() {
        return;
    }
    text.say("What else this repository pins is pinned the same way, by the places that are declared:");
    for tool in found.others {
        text.gap();
        let key = tool.key.map(|key| format!(", key = \"{key}\"")).unwrap_or_default();
        text.line(&format!("# [toolchain.{}]", tool.name));
        text.line(&format!("# site = [{{ file = \"{}\"{key} }}]", tool.file));
    }
    text.gap();
}

/// Where an engine runs has no default: each way has its price.
fn engine(text: &mut Text, found: &Found<'_>) {
    let is_deployed = |kind| matches!(kind, Kind::ImageEngine | Kind::ImageEngineTag | Kind::ChartVersion);
    let deployed = own(found.verdict).map(|(site, _)| site).find(|site| is_deployed(site.kind));
    let which = deployed.map(|site| {
        let place = found.repository.file_line(&Location::of(site));
        format!("; perhaps it is the one of `{place}`")
    });
    text.say(&format!(
        "Where the engine runs that `pin engine up` and `pin exec` use. `isolated`: in a privileged container of its own \
         on this machine; `remote`: elsewhere, at an `endpoint` such as `tcp://HOST:PORT`{}. That privileged containers are \
         fine is said by each user for themselves, never here.",
        which.unwrap_or_default()
    ));
    text.line("# [engine]");
    text.line("# mode = \"isolated\"");
    text.gap();
}

fn own(verdict: &Verdict) -> impl Iterator<Item = &(Site, Rule)> {
    verdict.sites.iter().filter(|(site, _)| site.toolchain == DAGGER)
}
