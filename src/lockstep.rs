//! Which sites must agree, and the findings when they do not.
//!
//! [`check`] is pure: the same repository and configuration give the same [`Verdict`], whoever asks
//! and wherever.

mod checksums;
mod drift;
mod line;
mod notes;
mod overrides;
mod pairs;
mod sdk;
mod suppress;
mod truth;
mod workspace;

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::config::{Config, Rule, Toolchain};
use crate::finding::{Finding, Location};
use crate::site::{self, Class, DAGGER, Override, Role, Site, Stated};
use crate::text::{Place, Source};
use crate::value::Version;

pub(crate) use line::{Line, judge as judge_line};
pub(crate) use sdk::{refresh, stale};
pub(crate) use truth::flake_of;
pub use truth::{Reason, SourceError, Truth};
pub(crate) use workspace::names;

/// What was read of a repository: the files that matter, and what they state.
#[derive(Debug, Default)]
pub struct Repository {
    /// Files by path relative to the root.
    pub sources: BTreeMap<String, Source>,
    /// Directories that hold a `flake.nix`; the root is the empty path.
    pub flakes: BTreeSet<String>,
    /// Sites sorted by place.
    pub sites: Vec<Site>,
    /// Places that choose what runs, whatever the sites state; sorted by place.
    pub overrides: Vec<Override>,
    /// What is known about releases: the embedded facts, and what the repository has learnt.
    pub catalog: Catalog,
}

/// What `check` says about a repository.
#[derive(Debug)]
pub struct Verdict {
    /// The truth of every toolchain that has sites, sorted by name.
    pub truths: Vec<Truth>,
    /// Every site with its final role, and the rule that it was judged by.
    pub sites: Vec<(Site, Rule)>,
    /// Findings sorted by place.
    pub findings: Vec<Finding>,
}

impl Repository {
    /// Returns line and column of a location.
    pub fn place(&self, location: &Location) -> Place {
        let source = self.sources.get(&location.path);
        source.map_or(Place { line: 1, column: 1 }, |source| source.place(location.span.start))
    }

    /// Returns `FILE:LINE` of a location.
    pub fn file_line(&self, location: &Location) -> String {
        format!("{}:{}", location.path, self.place(location).line)
    }
}

/// Returns the verdict on a repository, or why its configured source is no truth.
pub fn check(repository: &Repository, config: &Config) -> Result<Verdict, SourceError> {
    let unconfigured = Toolchain::default();
    let mut names: BTreeSet<&str> = repository.sites.iter().map(|site| site.toolchain.as_str()).collect();
    names.extend(config.toolchains.keys().map(String::as_str));
    names.extend(repository.overrides.first().map(|_| DAGGER));
    let mut verdict = Verdict { truths: Vec::new(), sites: Vec::new(), findings: Vec::new() };
    for name in names {
        let toolchain = config.toolchains.get(name).unwrap_or(&unconfigured);
        let own = repository.sites.iter().filter(|site| site.toolchain == name).cloned();
        let own = own.map(|site| (toolchain.rule(&site), site));
        let (ignored, own): (Vec<_>, Vec<_>) = own.partition(|(rule, _)| *rule == Rule::Ignore);
        let mut sites: Vec<(Site, Rule)> =
            own.into_iter().map(|(rule, site)| with_rule(site, rule)).collect();
        let truth = truth::establish(name, &mut sites, config, toolchain, repository)?;
        narrow(name, toolchain, &truth, &mut sites);
        let spoken = speakers(&sites);
        let bench = Bench { name, toolchain, repository, truth: &truth, sites: &sites, spoken: &spoken };
        let mut findings = drift::find(&bench);
        findings.extend(pairs::find(&bench));
        findings.extend(checksums::find(&bench));
        findings.extend(notes::find(&bench));
        findings.extend(overrides::find(&bench));
        findings.extend(sdk::stale_locks(&bench));
        verdict
            .findings
            .extend(findings.into_iter().filter(|finding| !suppress::is_ignored(finding, &bench)));
        verdict.truths.push(truth);
        verdict.sites.extend(sites);
        verdict.sites.extend(ignored.into_iter().map(|(rule, site)| (site, rule)));
    }
    verdict.sites.sort_by(|(left, _), (right, _)| (&left.path, left.span).cmp(&(&right.path, right.span)));
    verdict.findings.sort_by(|left, right| (&left.primary, left.code).cmp(&(&right.primary, right.code)));
    Ok(verdict)
}

/// Only what states a version by itself is held to a rule.
fn with_rule(site: Site, rule: Rule) -> (Site, Rule) {
    let rule = match site.role {
        Role::Source | Role::Mirror => rule,
        Role::Derived | Role::Generated | Role::Intended | Role::Shadowed => Rule::Ignore,
    };
    (site, rule)
}

/// Who writes fewer numbers than the truth has states a line of versions: how many make one version
/// is for the toolchain to say (`16.4` of Postgres, `1.88.0` of Rust).
fn narrow(name: &str, toolchain: &Toolchain, truth: &Truth, sites: &mut [(Site, Rule)]) {
    if !site::is_own(name) {
        return;
    }
    for (site, _) in sites {
        let wanted = toolchain.group(&site.path).or_else(|| truth.version());
        if let (Stated::Version(version), Some(wanted)) = (&site.stated, wanted)
            && version.width() < wanted.width()
            && !version.is_prerelease()
        {
            site.stated = Stated::Partial(version.to_string());
        }
    }
}

/// One toolchain's case: everything that the findings are made from.
struct Bench<'a> {
    name: &'a str,
    toolchain: &'a Toolchain,
    repository: &'a Repository,
    truth: &'a Truth,
    sites: &'a [(Site, Rule)],
    spoken: &'a [Speaker<'a>],
}

/// A version that some side of the wire uses, and where it stands.
struct Speaker<'a> {
    class: Class,
    version: &'a Version,
    site: &'a Site,
    location: Location,
}

impl<'a> Bench<'a> {
    /// Returns the version that this site must relate to: its group's or the truth.
    fn wanted(&self, site: &Site) -> Option<&'a Version> {
        self.toolchain.group(&site.path).or_else(|| self.truth.version())
    }

    /// Returns the sites that are judged.
    fn judged(&self) -> impl Iterator<Item = (&'a Site, Rule)> {
        self.sites.iter().filter(|(_, rule)| *rule != Rule::Ignore).map(|(site, rule)| (site, *rule))
    }
}

/// Returns the versions that the sides of the wire use; a derived site speaks for the place that
/// its value stands at, which speaks once however many sites read it.
fn speakers(sites: &[(Site, Rule)]) -> Vec<Speaker<'_>> {
    let mut speakers: Vec<Speaker<'_>> = Vec::new();
    let mut known = BTreeSet::new();
    for (site, rule) in sites {
        let speaks = match site.role {
            // What bounds a version does not state it.
            Role::Source | Role::Mirror if site::is_own(&site.toolchain) => *rule == Rule::Equal,
            Role::Source | Role::Mirror => *rule != Rule::Ignore,
            Role::Derived => true,
            Role::Generated | Role::Intended | Role::Shadowed => false,
        };
        let class = site.kind.class();
        let Some(version) = site
            .stated
            .version()
            .filter(|_| speaks && (class != Class::Other || site.decides()))
            .filter(|_| !matches!(class, Class::Sdk | Class::SdkLock))
        else {
            continue;
        };
        let location = location(site);
        if known.insert((class, location.clone())) {
            speakers.push(Speaker { class, version, site, location });
        }
    }
    speakers
}

/// Returns where the site's value really stands.
fn location(site: &Site) -> Location {
    match &site.origin {
        Some((path, span)) => Location { path: path.clone(), span: *span },
        None => Location::of(site),
    }
}
