//! Everything that is known about one site, as data; [`human`] puts it into words, `json` into an object.

mod human;

use crate::config::{Config, Rule};
use crate::finding::{Finding, Location};
use crate::lockstep::{Reason, Repository, Truth, Verdict, flake_of};
use crate::site::{Class, Hop, Kind, Role, Site, Stated, is_own};
use crate::value::Version;

pub use human::{stories, toolchain};

/// One site with all that leads to it and follows from it.
#[derive(Debug)]
pub struct Story<'a> {
    /// The site.
    pub site: &'a Site,
    /// What it is held to.
    pub rule: Rule,
    /// Where the rule comes from.
    pub ruler: Ruler,
    /// The places that its value was followed over.
    pub hops: Vec<Hop>,
    /// What is wanted there.
    pub wanted: Option<&'a Version>,
    /// Whether a group of pin.toml says what is wanted.
    pub is_grouped: bool,
    /// What the toolchain's sites are measured against.
    pub truth: Option<&'a Truth>,
    /// Where pin.toml declares it.
    pub declared: Option<Location>,
    /// The sites whose value stands here.
    pub read_by: Vec<&'a Site>,
    /// The sites that override it.
    pub beaten_by: Vec<&'a Site>,
    /// The sites that it overrides.
    pub beats: Vec<&'a Site>,
    /// The findings about it.
    pub findings: Vec<&'a Finding>,
    /// The findings about other sites that name it.
    pub named_in: Vec<&'a Finding>,
}

/// Where a site's rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruler {
    /// Its kind.
    Kind,
    /// Its role: what does not state a version by itself is held to none.
    Role,
    /// pin.toml.
    Config,
}

impl<'a> Story<'a> {
    /// Returns the story of one of the verdict's sites; `hops` are the places that its value was followed over.
    pub fn tell(
        repository: &Repository,
        config: &'a Config,
        verdict: &'a Verdict,
        entry: &'a (Site, Rule),
        hops: Vec<Hop>,
    ) -> Self {
        let (site, rule) = (&entry.0, entry.1);
        let truth = verdict.truths.iter().find(|truth| truth.toolchain == site.toolchain);
        let toolchain = config.toolchains.get(&site.toolchain);
        let declared = site.declared.and_then(|index| toolchain?.sites.get(index));
        let group = config.toolchains.get(&site.toolchain).and_then(|toolchain| toolchain.group(&site.path));
        let own = || {
            let sites = verdict.sites.iter().map(|(site, _)| site);
            sites.filter(|other| other.toolchain == site.toolchain && *other != site)
        };
        let here = Location::of(site);
        let reads = |other: &&Site| {
            other.origin.as_ref().is_some_and(|(path, span)| *path == here.path && *span == here.span)
        };
        let about: (Vec<&Finding>, Vec<&Finding>) = verdict
            .findings
            .iter()
            .filter(|finding| finding.toolchain == site.toolchain)
            .filter(|finding| is_about(finding, site) || names(finding, &here))
            .partition(|finding| is_about(finding, site));
        Self {
            site,
            rule,
            ruler: ruler(site, rule),
            hops: if hops.is_empty() { hops_of_declared(site) } else { hops },
            declared: declared.map(|it| Location { path: config.path.clone(), span: it.span }),
            wanted: group.or_else(|| truth.and_then(Truth::version)),
            is_grouped: group.is_some(),
            truth,
            read_by: own().filter(reads).collect(),
            beaten_by: own().filter(|other| beats(other, site, repository)).collect(),
            beats: own().filter(|other| beats(site, other, repository)).collect(),
            findings: about.0,
            named_in: about.1,
        }
    }
}

/// A declared site is followed inside its own file, to the place where the value stands.
fn hops_of_declared(site: &Site) -> Vec<Hop> {
    let origin = site.origin.clone().filter(|_| site.declared.is_some());
    origin.into_iter().map(|(path, span)| Hop { path, span, name: site.text.clone() }).collect()
}

fn ruler(site: &Site, rule: Rule) -> Ruler {
    match site.role {
        Role::Source | Role::Mirror if rule == Rule::of(site.kind, &site.stated) => Ruler::Kind,
        Role::Source | Role::Mirror => Ruler::Config,
        Role::Derived | Role::Generated | Role::Intended | Role::Shadowed => Ruler::Role,
    }
}

/// Returns whether the finding is about the site or what moves with it.
fn is_about(finding: &Finding, site: &Site) -> bool {
    let mut spans = std::iter::once(site.span).chain(site.companions.iter().map(|companion| companion.span));
    finding.primary.path == site.path && spans.any(|span| span == finding.primary.span)
}

fn names(finding: &Finding, location: &Location) -> bool {
    finding.related.iter().any(|related| related.location == *location)
}

/// Returns whether `winner` is what overrides `site` (design.md §4: override > lock > input).
fn beats(winner: &Site, site: &Site, repository: &Repository) -> bool {
    if site.role != Role::Shadowed || !matches!(winner.role, Role::Source | Role::Mirror) {
        return false;
    }
    let is_same_flake = || flake_of(&winner.path, repository) == flake_of(&site.path, repository);
    match (winner.kind, site.kind) {
        // What is fetched decides, not what `version` says beside it.
        (Kind::NixInline | Kind::ReleaseUrl, Kind::NixInline) => winner.path == site.path,
        (Kind::NixInline, Kind::NixLock | Kind::NixInput) => is_same_flake(),
        (Kind::NixLock, Kind::NixInput) => matches!(site.stated, Stated::Floating(_)) && is_same_flake(),
        _ => false,
    }
}

/// Returns why a toolchain's truth is its truth, or why there is none.
pub(super) fn because(truth: Option<&Truth>, verdict: &Verdict) -> &'static str {
    let Some(truth) = truth else { return NOBODY };
    let at_truth =
        |site: &&Site| truth.location.as_ref().is_some_and(|location| Location::of(site) == *location);
    let site = verdict.sites.iter().map(|(site, _)| site).find(at_truth);
    let is_own = is_own(&truth.toolchain);
    match (truth.reason, site.map(|site| site.kind)) {
        (Reason::Configured, Some(Kind::Custom) | None)
            if site.is_none_or(|site| site.declared.is_none()) =>
        {
            "pin.toml states it"
        }
        (Reason::Configured, None) => "pin.toml states it",
        (Reason::Configured, Some(_)) => "pin.toml names that file as the source",
        (Reason::Flake, Some(Kind::NixInline)) => {
            "it is the CLI that the flake provides: an override beats its lock and its input"
        }
        (Reason::Flake, Some(Kind::NixLock)) => {
            "it is the CLI that the flake provides: its lock beats its input, and nothing overrides it"
        }
        (Reason::Flake, Some(Kind::NixInput)) => {
            "it is the CLI that the flake provides: its input, which no lock and no override beats"
        }
        (Reason::Flake, _) => "it is the CLI that the flake provides",
        (Reason::Shared, _) if is_own => "all places that must equal it share it",
        (Reason::Shared, _) => "all CLI and engine sites share it",
        (Reason::Unknown, _) => {
            "it is the CLI that the flake provides, but its version cannot be told offline"
        }
        (Reason::None, _) if is_own => {
            "its places differ or state no version, and nothing says which is right"
        }
        (Reason::None, _) if verdict.sites.iter().any(|(site, _)| speaks(site, &truth.toolchain)) => {
            "CLI and engine sites differ, and nothing says which is right"
        }
        (Reason::None, _) => NOBODY,
    }
}

const NOBODY: &str = "no CLI and no engine site states a version";

fn speaks(site: &Site, toolchain: &str) -> bool {
    site.toolchain == toolchain
        && matches!(site.kind.class(), Class::Cli | Class::Engine)
        && site.stated.version().is_some()
}
