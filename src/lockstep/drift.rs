//! Every site by itself, against the truth.

use super::line::{self, Line};
use super::pairs::{self, Authority};
use super::sdk;
use super::{Bench, Speaker};
use crate::catalog;
use crate::config::{Policy, Rule};
use crate::finding::{Code, Finding, Location, Related, Severity};
use crate::site::{self, Class, Kind, Refusal, Role, Site, Stated, Writing};
use crate::value::{Rev, Version};

/// Returns what each judged site has against it.
pub(super) fn find(bench: &Bench<'_>) -> Vec<Finding> {
    let authority = pairs::authority(bench.spoken);
    let mut findings: Vec<Finding> =
        bench.judged().filter_map(|(site, rule)| of_site(bench, site, rule, &authority)).collect();
    let derived = bench.sites.iter().map(|(site, _)| site).filter(|site| site.role == Role::Derived);
    findings.extend(derived.filter_map(|site| of_derived(bench, site)));
    if bench.truth.version().is_none() {
        findings.extend(groups(bench));
    }
    findings
}

fn of_site(bench: &Bench<'_>, site: &Site, rule: Rule, authority: &Authority<'_>) -> Option<Finding> {
    let wanted = bench.wanted(site);
    let new = |code, message: String| Some(bench.finding(code, site, wanted, message));
    match &site.stated {
        Stated::Version(version) => {
            if site.kind == Kind::ModuleEngineVersion
                && let Some(finding) = pairs::of_module(bench, site, version, authority)
            {
                return Some(finding);
            }
            against_truth(bench, site, version, wanted?, rule, authority)
        }
        Stated::Range(_) if site.kind.class() == Class::SdkLock => None,
        Stated::Range(range) => sdk::of_range(bench, site, range, wanted?, rule),
        Stated::Partial(partial) => {
            let judged = wanted.map_or(Line::Floats, |wanted| {
                line::judge(site.kind, partial, wanted, rule, bench.toolchain.policy)
            });
            match (judged, wanted) {
                (Line::Fine, _) => None,
                (Line::Differs, Some(wanted)) => {
                    let how = match rule {
                        Rule::AtMost => "is too new".to_owned(),
                        Rule::AtLeast => "is too old".to_owned(),
                        _ => format!("does not admit {wanted}"),
                    };
                    let truth = bench.truth_words(site, wanted);
                    new(Code::VersionDrift, format!("`{}` {how}: {truth}", site.text))
                }
                _ => new(
                    Code::PartialVersion,
                    format!("`{}` is a line of versions, not one version", site.text),
                ),
            }
        }
        Stated::Floating(word) => {
            new(Code::FloatingVersion, format!("`{word}` moves: every run may use another version"))
        }
        Stated::Missing if matches!(site.kind, Kind::NixInput | Kind::Devenv) => {
            new(Code::UnpinnedInput, "the input has neither a revision nor a lock entry".to_owned())
        }
        Stated::Missing => {
            new(Code::MissingVersion, format!("no version is given{}", missing_words(site.kind)))
        }
        Stated::Revision(revision) => {
            let revision: String = revision.chars().take(19).collect();
            new(
                Code::UnknownRevision,
                format!(
                    "`{revision}` is neither in the catalog nor in pin.lock, so its version is unknown here"
                ),
            )
        }
        Stated::Unresolvable(words) => new(Code::UnresolvableReference, words.clone()),
        Stated::Unresolved(words) => new(Code::UnresolvedIndirection, words.clone()),
        Stated::Invalid(text) => new(Code::InvalidVersion, format!("`{text}` is no version")),
    }
}

fn missing_words(kind: Kind) -> &'static str {
    match kind {
        Kind::ActionVersion => ", so the action installs the latest CLI",
        Kind::InstallScript => ", so the script installs the latest CLI",
        Kind::ImageEngine | Kind::ImageEngineTag | Kind::ImageCli | Kind::Custom => {
            ", so the tag `latest` is used"
        }
        _ => "",
    }
}

fn of_derived(bench: &Bench<'_>, site: &Site) -> Option<Finding> {
    match &site.stated {
        Stated::Unresolved(words) if site.origin.is_none() => {
            Some(bench.finding(Code::UnresolvedIndirection, site, None, format!("`{}`: {words}", site.text)))
        }
        _ => None,
    }
}

/// Compares one version with the one that is wanted there.
fn against_truth(
    bench: &Bench<'_>,
    site: &Site,
    version: &Version,
    wanted: &Version,
    rule: Rule,
    authority: &Authority<'_>,
) -> Option<Finding> {
    // What a lock has chosen is its manifest's business.
    if site.kind.class() == Class::SdkLock {
        return None;
    }
    if obeys(rule, bench.toolchain.policy, version, wanted, site.kind.class()) {
        return sdk::behind(bench, site, version, wanted);
    }
    let truth = bench.truth_words(site, wanted);
    if bench.toolchain.also.contains(version) {
        let message = format!("{version} is tolerated, although {truth}");
        return Some(bench.finding(Code::ToleratedVersion, site, Some(wanted), message));
    }
    let is_ahead = version.base() > wanted.base();
    let nothing_else_counts = authority.speakers.is_empty() && bench.name == site::DAGGER;
    let message = match rule {
        Rule::AtMost => format!("{version} is too new: {truth}"),
        Rule::AtLeast => format!("{version} is too old: {truth}"),
        _ if site::is_own(bench.name) => format!("{} is {version} here, but {truth}", bench.name),
        _ => format!("{} {version}, but {truth}", verb(site.kind)),
    };
    let code = match site.kind.class() {
        Class::Module if is_ahead && nothing_else_counts => Code::ModuleAheadOfEngine,
        _ => Code::VersionDrift,
    };
    let mut finding = bench.finding(code, site, Some(wanted), message);
    if site.kind.class() == Class::ModuleReference && is_ahead {
        finding.severity = Severity::Breaks;
    }
    Some(finding)
}

fn verb(kind: Kind) -> &'static str {
    match kind.class() {
        Class::Cli => "the CLI is",
        Class::Engine => "the engine is",
        Class::Module => "the module asks for",
        Class::ModuleReference => "the reference is at",
        Class::Sdk | Class::SdkLock => "the SDK is",
        Class::Other => "this is",
    }
}

/// Returns whether a version stands in the right relation to the wanted one.
fn obeys(rule: Rule, policy: Policy, version: &Version, wanted: &Version, class: Class) -> bool {
    match rule {
        Rule::Ignore => true,
        Rule::AtMost => version.base() <= wanted.base(),
        Rule::AtLeast => version.base() >= wanted.base(),
        Rule::Equal | Rule::Admits => match policy {
            Policy::Exact => version == wanted,
            Policy::Minor => version.same_minor(wanted),
            Policy::Window => version == wanted || in_window(version, wanted, class),
        },
    }
}

/// Returns whether the engine's documented window lets both work together; a release whose window
/// the catalog does not know is outside.
fn in_window(version: &Version, wanted: &Version, class: Class) -> bool {
    let minima = |of: &Version| catalog::minima(of);
    match class {
        Class::Module => minima(wanted).is_some_and(|minima| {
            version.base() <= wanted.base() && minima.module.as_ref().is_none_or(|module| version >= module)
        }),
        Class::ModuleReference | Class::Sdk | Class::SdkLock => version.base() <= wanted.base(),
        Class::Cli | Class::Engine | Class::Other => match (minima(version), minima(wanted)) {
            (Some(own), Some(other)) => {
                let (low, high) = if version < wanted { (version, &other) } else { (wanted, &own) };
                *low >= high.engine && *low >= high.client
            }
            _ => false,
        },
    }
}

/// Without a truth, CLI and engine sites that differ are shown as groups; none of them is outvoted.
fn groups(bench: &Bench<'_>) -> Vec<Finding> {
    let is_one = |speaker: &&Speaker<'_>| {
        speaker.site.decides() && bench.toolchain.group(&speaker.location.path).is_none()
    };
    let ones: Vec<&Speaker<'_>> = bench.spoken.iter().filter(is_one).collect();
    let mut versions: Vec<&Version> = ones.iter().map(|speaker| speaker.version).collect();
    versions.sort();
    versions.dedup();
    let Some(newest) = versions.last().filter(|_| versions.len() > 1) else { return Vec::new() };
    let mut findings: Vec<Finding> = Vec::new();
    for speaker in &ones {
        if findings.iter().any(|known| known.primary == speaker.location) {
            continue;
        }
        let mut others: Vec<Related> = Vec::new();
        for version in versions.iter().filter(|version| **version != speaker.version) {
            if let Some(other) = ones.iter().find(|other| other.version == *version) {
                others.push(Related { location: other.location.clone(), message: format!("{version} here") });
            }
        }
        let words: Vec<String> = others
            .iter()
            .map(|other| {
                format!(
                    "{} in {}",
                    other.message.trim_end_matches(" here"),
                    bench.repository.file_line(&other.location)
                )
            })
            .collect();
        let message =
            format!("{} here, {}, and nothing says which is right", speaker.version, words.join(", "));
        let mut finding = bench.finding(Code::VersionDrift, speaker.site, None, message);
        finding.primary = speaker.location.clone();
        finding.related = others;
        finding.hint = format!("run `pin sync --to {}`, or name the truth in pin.toml", bench.target(newest));
        findings.push(finding);
    }
    findings
}

impl Bench<'_> {
    /// Returns `the truth is X (FILE:LINE)` in the words that fit.
    pub(super) fn truth_words(&self, site: &Site, wanted: &Version) -> String {
        if self.toolchain.group(&site.path).is_some() {
            return format!("this group is {wanted} (pin.toml)");
        }
        match &self.truth.location {
            Some(location) => format!("the truth is {wanted} ({})", self.repository.file_line(location)),
            None => format!("the truth is {wanted}"),
        }
    }

    /// Returns a finding on `site`, with the truth as its other side and the command that mends it.
    pub(super) fn finding(
        &self,
        code: Code,
        site: &Site,
        wanted: Option<&Version>,
        message: String,
    ) -> Finding {
        let primary = Location::of(site);
        let is_truth = self.truth.location.as_ref() == Some(&primary);
        let related = match (&self.truth.location, wanted) {
            (Some(location), Some(wanted)) if !is_truth && self.toolchain.group(&site.path).is_none() => {
                vec![Related { location: location.clone(), message: format!("{wanted} here") }]
            }
            _ => Vec::new(),
        };
        Finding {
            code,
            severity: code.severity(),
            toolchain: self.name.to_owned(),
            kind: site.kind,
            found: site.stated.value(),
            wanted: wanted.map(Version::to_string),
            message,
            primary,
            related,
            hint: self.hint(code, site, wanted),
            is_truth,
        }
    }

    /// Returns a command that works in this very situation.
    fn hint(&self, code: Code, site: &Site, wanted: Option<&Version>) -> String {
        match (code, wanted) {
            (Code::FloatingVersion, Some(wanted))
                if matches!(site.kind.class(), Class::ModuleReference | Class::Sdk) =>
            {
                format!("state {wanted}, or one before it, there by hand")
            }
            (Code::MissingVersion, Some(wanted)) => format!("state {wanted} there by hand"),
            (Code::MissingVersion, None) => "state a version there by hand".to_owned(),
            (Code::UnresolvedIndirection, _) => {
                "state the version in this repository, or ignore the place in pin.toml".to_owned()
            }
            (Code::UnknownRevision, _) if site.names_whole_revision() => match &site.stated {
                // Nobody can be asked for the hash of a tree.
                Stated::Revision(pin) if Rev::parse(pin).is_none() => site::NAME_COMMIT.to_owned(),
                _ => "run `pin catalog update`, which asks what it is and keeps that in pin.lock".to_owned(),
            },
            (Code::UnpinnedInput, _) if site.kind == Kind::Devenv => "run `devenv update`".to_owned(),
            (Code::UnpinnedInput, _) => "run `nix flake lock`".to_owned(),
            (_, Some(wanted)) => match self.write(site, wanted) {
                Ok(_) if site.role == Role::Source => format!("run `pin sync --to {}`", self.target(wanted)),
                Ok(_) => "run `pin sync`".to_owned(),
                Err(refusal) => refusal.hint,
            },
            (_, None) => {
                format!("run `pin sync --to {}` with the version you want everywhere", self.target("VERSION"))
            }
        }
    }

    /// Returns what `--to` takes for the version: whose it is has to be said where it is not Dagger's.
    fn target(&self, version: impl std::fmt::Display) -> String {
        if site::is_own(self.name) { format!("{}={version}", self.name) } else { version.to_string() }
    }

    fn write(&self, site: &Site, wanted: &Version) -> Result<Writing, Refusal> {
        match self.repository.sources.get(&site.path) {
            Some(source) => site::write(site, source.text(), wanted, &self.repository.catalog),
            None => Ok(Writing::Absent),
        }
    }
}
