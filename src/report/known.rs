//! Everything that is known about a release, or about a commit of the flake that packages the CLI, and
//! where what the repository has learnt is from.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::catalog::{self, Boundary, Broken, Catalog, Minima, Revision};
use crate::value::{HashEncoding, Rev, Sha256, Version};

/// What is known about what was asked.
#[derive(Debug)]
pub enum Known<'a> {
    /// About a release.
    Release(KnownRelease<'a>),
    /// About a commit.
    Revision(KnownRevision<'a>),
    /// About a commit that nobody has looked at: which version it most likely packages, and why.
    Inferred(Rev, Version, &'static str),
}

/// What is known about a release.
#[derive(Debug)]
pub struct KnownRelease<'a> {
    /// The release.
    pub version: Version,
    /// Whether anybody knows that there is such a release; some tables cover others, too.
    pub is_listed: bool,
    /// The commits that package it, the one to write first, then the newest.
    pub revisions: Vec<KnownRevision<'a>>,
    /// Commits that most likely package it, with what suggests it.
    pub inferred: Vec<(Rev, &'static str)>,
    /// The archives of its CLI, sorted by system.
    pub archives: Vec<KnownArchive<'a>>,
    /// What it works with.
    pub minima: Option<&'static Minima>,
    /// What shares its cache.
    pub epoch: Option<&'static str>,
    /// Why it must not be used.
    pub broken: Option<&'static Broken>,
    /// What behaves differently from it on.
    pub boundaries: Vec<&'static Boundary>,
    /// The channels that never got it.
    pub missing_from: Vec<&'static str>,
}

/// What is known about a commit.
#[derive(Debug)]
pub struct KnownRevision<'a> {
    /// The facts.
    pub fact: &'a Revision,
    /// The hashes of what it fetches, as far as the embedded catalog has them.
    pub archives: Vec<(&'a str, Sha256)>,
    /// Whether it is the one to write for its version.
    pub is_preferred: bool,
    /// Where it was learnt; nowhere when it is embedded.
    pub from: Option<&'a str>,
}

/// The hash of an archive.
#[derive(Debug)]
pub struct KnownArchive<'a> {
    /// The Nix system.
    pub system: &'a str,
    /// The hash.
    pub sha256: Sha256,
    /// Whether it is the one to write; of several, one may be.
    pub is_preferred: bool,
    /// Where it was learnt; nowhere when it is embedded.
    pub from: Option<&'a str>,
}

impl<'a> Known<'a> {
    /// Returns what is known about a release.
    pub fn of_release(catalog: &'a Catalog, version: &Version) -> Self {
        let embedded = catalog::revisions(version).map(|fact| (fact, None));
        let learnt = catalog.learnt_revisions().map(|learnt| (&learnt.fact, Some(learnt.from.as_str())));
        let learnt = learnt.filter(|(fact, _)| fact.version().as_ref() == Some(version));
        let all: BTreeMap<Rev, _> =
            learnt.chain(embedded).map(|(fact, from)| (fact.rev, (fact, from))).collect();
        let mut revisions: Vec<KnownRevision<'_>> =
            all.into_values().map(|(fact, from)| revision(catalog, fact, from)).collect();
        revisions
            .sort_by_key(|known| (!known.is_preferred, Reverse(known.fact.last_modified), known.fact.rev));
        let inferred = catalog::inferences()
            .filter(|(rev, inferred, _)| inferred == version && catalog.revision(rev).is_none());
        Self::Release(KnownRelease {
            version: version.clone(),
            is_listed: catalog.versions().contains(version),
            revisions,
            inferred: inferred.map(|(rev, _, why)| (rev, why)).collect(),
            archives: archives(catalog, version),
            minima: catalog::minima(version),
            epoch: catalog::cache_epoch(version),
            broken: catalog::broken(version),
            boundaries: catalog::boundaries_at(version).collect(),
            missing_from: catalog::missing_from(version).into_iter().collect(),
        })
    }

    /// Returns what is known about a commit, or `None` when nobody knows of it.
    pub fn of_revision(catalog: &'a Catalog, rev: &Rev) -> Option<Self> {
        if let Some(fact) = catalog.revision(rev) {
            let learnt = catalog.learnt_revisions().find(|learnt| learnt.fact.rev == *rev);
            let from = learnt.filter(|_| catalog::revision(rev).is_none()).map(|learnt| learnt.from.as_str());
            return Some(Self::Revision(revision(catalog, fact, from)));
        }
        catalog::inferred(rev).map(|(version, why)| Self::Inferred(*rev, version, why))
    }
}

fn revision<'a>(catalog: &Catalog, fact: &'a Revision, from: Option<&'a str>) -> KnownRevision<'a> {
    let written = fact.version().and_then(|version| catalog.revision_for(&version).map(|fact| fact.rev));
    KnownRevision { fact, archives: fact.archives().collect(), is_preferred: written == Some(fact.rev), from }
}

fn archives<'a>(catalog: &'a Catalog, version: &Version) -> Vec<KnownArchive<'a>> {
    let embedded = catalog::archives(version).map(|(system, hash)| ((system, hash), None));
    let learnt = catalog.learnt_archives().filter(|learnt| learnt.fact.version == *version);
    let learnt =
        learnt.map(|learnt| ((learnt.fact.system.as_str(), learnt.fact.sha256), Some(learnt.from.as_str())));
    let all: BTreeMap<(&str, Sha256), Option<&str>> = learnt.chain(embedded).collect();
    let archive = |((system, sha256), from)| {
        let is_preferred = catalog.archive(version, system) == Some(sha256);
        KnownArchive { system, sha256, is_preferred, from }
    };
    all.into_iter().map(archive).collect()
}

/// Returns what is known in words; what is not known is said.
pub fn known(known: &Known<'_>) -> String {
    match known {
        Known::Release(release) => of_release(release),
        Known::Revision(revision) => of_revision(revision),
        Known::Inferred(rev, version, why) => {
            format!("{rev} of github:dagger/nix\n  packages   unknown; most likely {version}: {why}\n")
        }
    }
}

/// A heading and lines with a label each; the same label is said once.
struct Lines {
    out: String,
    last: &'static str,
}

impl Lines {
    fn say(&mut self, label: &'static str, words: &str) {
        let shown = if self.last == label { "" } else { label };
        let _ = writeln!(self.out, "  {shown:<10} {words}");
        self.last = label;
    }
}

fn of_release(release: &KnownRelease<'_>) -> String {
    let mut lines = Lines { out: format!("{}\n", release.version), last: "" };
    if !release.is_listed {
        lines.say("release", "unlisted: neither this pin nor pin.lock names it as one");
    }
    if let Some(broken) = release.broken {
        let what = if broken.is_nix_only { "its Nix package" } else { "all of it" };
        lines.say("broken", &format!("{what}: {}", broken.why));
    }
    if release.revisions.is_empty() {
        lines.say("revision", "none of github:dagger/nix is known to package it");
    }
    for known in &release.revisions {
        let note = if known.is_preferred { ", the one to write" } else { "" };
        lines.say("revision", &format!("{}{note}{}", known.fact.rev, origin(known.from)));
    }
    for (rev, why) in &release.inferred {
        lines.say("inferred", &format!("{rev} most likely packages it: {why}; it counts as unknown"));
    }
    if release.archives.is_empty() {
        lines.say("archive", "no hash of one is known");
    }
    for archive in &release.archives {
        let note = if archive.is_preferred { "" } else { ", not one to write" };
        let hash = archive.sha256.print(HashEncoding::Hex);
        lines.say("archive", &format!("{:<14} {hash}{note}{}", archive.system, origin(archive.from)));
    }
    match release.minima {
        None => lines.say("works with", "unknown: no table covers it"),
        Some(Minima { engine, client, module }) => {
            lines.say("works with", &format!("engines from {engine} on"));
            lines.say("works with", &format!("clients from {client} on"));
            match module {
                Some(module) => lines.say("works with", &format!("modules from {module} on")),
                None => lines.say("works with", "modules: unknown"),
            }
        }
    }
    match release.epoch {
        Some(epoch) => lines.say("cache", &format!("epoch {epoch}")),
        None => lines.say("cache", "epoch unknown: shared with no other release"),
    }
    for boundary in &release.boundaries {
        lines.say("changes", boundary.what);
    }
    for channel in &release.missing_from {
        lines.say("missing", &format!("{channel} never got it"));
    }
    lines.out
}

fn of_revision(revision: &KnownRevision<'_>) -> String {
    let fact = revision.fact;
    let mut lines = Lines { out: format!("{} of github:dagger/nix\n", fact.rev), last: "" };
    match fact.version() {
        Some(version) if revision.is_preferred => {
            lines.say("packages", &format!("{version}, and is the one to write for it"));
        }
        Some(version) => lines.say("packages", &format!("{version}, and is not the one to write for it")),
        None => lines.say("packages", "no CLI"),
    }
    lines.say("narHash", &fact.nar_hash.to_string());
    lines.say("modified", &fact.last_modified.to_string());
    lines.say("nixpkgs", &fact.nixpkgs.rev.to_string());
    for (system, hash) in &revision.archives {
        lines.say("fetches", &format!("{system:<14} {}", hash.print(HashEncoding::Hex)));
    }
    match revision.from {
        Some(from) => lines.say("from", from),
        None => lines.say("from", "this pin itself"),
    }
    lines.out
}

fn origin(from: Option<&str>) -> String {
    from.map(|from| format!(", learnt from {from}")).unwrap_or_default()
}
