//! The embedded facts about releases: which flake revision packages which version, archive
//! hashes, compatibility minima, known-bad releases and pairs, behaviour boundaries.
//!
//! One reviewed data file, `src/catalog/catalog.json`, is turned into tables at build time, so
//! nothing is parsed when `pin` starts. What no row covers is unknown and said so.

mod learnt;
mod table;

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::value::{NarHash, Rev, Sha256, Version};
pub use learnt::{Archive, Catalog, Contradiction, Image, Learnt, Packaged};
use table::{
    BOUNDARIES, BROKEN, BROKEN_PAIRS, BY_NAR_HASH, EPOCHS, GAPS, INFERRED, MINIMA, RELEASES, REVISIONS,
    TARBALLS,
};

/// The channel of the flake's repository.
const NIX: &str = "nix";

/// A commit of `github:dagger/nix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The commit.
    pub rev: Rev,
    /// Hash of its tree, as a lock has it.
    pub nar_hash: NarHash,
    /// Committer time in seconds since 1970, as a lock has it.
    pub last_modified: u64,
    /// Number of commits up to it, itself included, as a lock through git has it; only a clone tells.
    pub rev_count: Option<u64>,
    /// The nixpkgs that its own `flake.lock` has.
    pub nixpkgs: Nixpkgs,
    /// The version of the CLI that it packages, if it packages one.
    version: Option<Cow<'static, str>>,
    archives: Archives,
}

/// A locked commit of `github:NixOS/nixpkgs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Nixpkgs {
    /// The commit.
    pub rev: Rev,
    /// Hash of its tree.
    pub nar_hash: NarHash,
    /// Committer time in seconds since 1970.
    pub last_modified: u64,
}

/// SHA-256 of the CLI's release archives by Nix system (`x86_64-linux`).
type Archives = Cow<'static, [(Cow<'static, str>, Sha256)]>;

/// The lowest versions that one release works with (dagger/dagger `engine/version.go`).
#[derive(Debug, PartialEq, Eq)]
pub struct Minima {
    /// Lowest engine that this release's CLI talks to.
    pub engine: Version,
    /// Lowest CLI that this release's engine serves.
    pub client: Version,
    /// Lowest `engineVersion` of a module that this release's engine loads, if it says.
    pub module: Option<Version>,
}

/// A release that must not be used.
#[derive(Debug, PartialEq, Eq)]
pub struct Broken {
    /// Whether only its Nix package is broken.
    pub is_nix_only: bool,
    /// What is wrong, as a lowercase fragment.
    pub why: &'static str,
}

/// A CLI and an engine that the window allows but that do not get along.
#[derive(Debug, PartialEq, Eq)]
pub struct BrokenPair {
    /// Whether it fails outright; otherwise it fails for some.
    pub breaks: bool,
    /// What is wrong, as a lowercase fragment.
    pub why: &'static str,
}

/// A release from which on something behaves differently.
#[derive(Debug, PartialEq, Eq)]
pub struct Boundary {
    /// The first release with the new behaviour.
    pub at: Version,
    /// What it is, as a lowercase fragment.
    pub what: &'static str,
}

/// Releases that a channel does not have although others do.
#[derive(Debug)]
enum Gap {
    Versions(&'static [&'static str]),
    PrereleasesBelow(&'static str),
    Prereleases,
}

/// A half-open range of releases.
#[derive(Debug)]
struct Range {
    from: Option<Version>,
    below: Option<Version>,
}

impl Revision {
    /// Returns the CLI version that the revision packages, or `None` when it packages none.
    pub fn version(&self) -> Option<Version> {
        self.version.as_deref().and_then(Version::parse)
    }

    /// Returns the hash of the archive that the revision downloads on `system`.
    pub fn archive(&self, system: &str) -> Option<Sha256> {
        archive_in(&self.archives, system)
    }

    /// Returns the hashes of the archives that the revision downloads, with their systems.
    pub fn archives(&self) -> impl Iterator<Item = (&str, Sha256)> {
        self.archives.iter().map(|(system, hash)| (system.as_ref(), *hash))
    }
}

/// Returns what is known about a commit of `github:dagger/nix`.
pub fn revision(rev: &Rev) -> Option<&'static Revision> {
    REVISIONS.binary_search_by(|row| row.rev.cmp(rev)).ok().map(|index| &REVISIONS[index])
}

/// Returns a commit of `github:dagger/nix` with that tree; several may have it, all of one version.
pub fn revision_by_nar_hash(hash: &NarHash) -> Option<&'static Revision> {
    let found = BY_NAR_HASH.binary_search_by(|index| REVISIONS[*index].nar_hash.cmp(hash));
    found.ok().map(|place| &REVISIONS[BY_NAR_HASH[place]])
}

/// Returns the commit of `github:dagger/nix` to write for a version: the one whose archives are the
/// published ones, which is not always the newest.
pub fn revision_for(version: &Version) -> Option<&'static Revision> {
    let (_, preferred) = RELEASES.iter().find(|(name, _)| is(name, version))?;
    preferred.map(|index| &REVISIONS[index])
}

/// Returns the version that an unlisted commit of `github:dagger/nix` most likely packages, and
/// what suggests it. Good for a hint, never for a verdict.
pub fn inferred(rev: &Rev) -> Option<(Version, &'static str)> {
    inferences().find(|(known, ..)| known == rev).map(|(_, version, why)| (version, why))
}

/// Returns every unlisted commit whose version is only inferred, with that version and what suggests it.
pub fn inferences() -> impl Iterator<Item = (Rev, Version, &'static str)> {
    INFERRED.iter().filter_map(|(rev, version, why)| Some((*rev, Version::parse(version)?, *why)))
}

/// Returns every release that the catalog knows of, oldest first, whether packaged or not.
pub fn versions() -> impl Iterator<Item = Version> {
    RELEASES.iter().filter_map(|(version, _)| Version::parse(version))
}

/// Returns the hash of the version's published CLI archive for a Nix system.
pub fn archive(version: &Version, system: &str) -> Option<Sha256> {
    let packaged = revision_for(version).and_then(|revision| revision.archive(system));
    packaged.or_else(|| {
        let (_, archives) = TARBALLS.iter().find(|(name, _)| is(name, version))?;
        archive_in(archives, system)
    })
}

/// Returns every archive hash that was ever packaged or published for the version, with its system.
pub fn archives(version: &Version) -> impl Iterator<Item = (&'static str, Sha256)> {
    let packaged = revisions(version).map(|row| &row.archives);
    let published = TARBALLS.iter().filter(move |(name, _)| is(name, version)).map(|(_, archives)| archives);
    packaged
        .chain(published)
        .flat_map(|archives| archives.iter())
        .map(|(system, hash)| (system.as_ref(), *hash))
}

/// Returns the lowest versions that the release works with, or `None` when no row covers it.
/// Pre-releases count as their release, as the engine compares them.
pub fn minima(version: &Version) -> Option<&'static Minima> {
    let base = version.base();
    let covers = |from: &Version, to: Option<&Version>| *from <= base && to.is_none_or(|to| base <= *to);
    MINIMA.iter().find(|(from, to, _)| covers(from, to.as_ref())).map(|(.., minima)| minima)
}

/// Returns why the release must not be used, if it is known to be bad.
pub fn broken(version: &Version) -> Option<&'static Broken> {
    BROKEN.iter().find(|(name, _)| is(name, version)).map(|(_, broken)| broken)
}

/// Returns why the two do not get along although the window allows them.
pub fn broken_pair(cli: &Version, engine: &Version) -> Option<&'static BrokenPair> {
    let found = BROKEN_PAIRS.iter().find(|(clis, engines, _)| clis.contains(cli) && engines.contains(engine));
    found.map(|(.., pair)| pair)
}

/// Returns the name shared by all releases whose engines can use one cache volume without wiping
/// it, or `None` when no row covers the release.
pub fn cache_epoch(version: &Version) -> Option<&'static str> {
    let bound = |text: &str, holds: fn(&Version, &Version) -> bool| {
        Version::parse(text).is_some_and(|bound| holds(version, &bound))
    };
    let found = EPOCHS.iter().find(|(from, to, _)| {
        from.is_none_or(|from| bound(from, |version, from| version >= from))
            && bound(to, |version, to| version <= to)
    });
    found.map(|(.., id)| *id)
}

/// Returns the boundaries between two versions, in order, whichever is the higher one.
pub fn boundaries(from: &Version, to: &Version) -> Vec<&'static Boundary> {
    let (low, high) = (from.min(to).base(), from.max(to).base());
    BOUNDARIES.iter().filter(|boundary| low < boundary.at && boundary.at <= high).collect()
}

/// Returns the channels that never got the release although others did, sorted: `crates`, `nix`. What a
/// channel does have is no gap of it, whatever the rule.
pub fn missing_from(version: &Version) -> BTreeSet<&'static str> {
    let has = |gap: &Gap| match gap {
        Gap::Versions(names) => names.iter().any(|name| is(name, version)),
        Gap::PrereleasesBelow(name) => {
            version.is_prerelease() && Version::parse(name).is_some_and(|below| *version < below)
        }
        Gap::Prereleases => version.is_prerelease(),
    };
    let is_packaged = revision_for(version).is_some();
    let gaps = GAPS.iter().filter(|(channel, gap)| has(gap) && !(is_packaged && *channel == NIX));
    gaps.map(|(channel, _)| *channel).collect()
}

/// Returns whether the channel (`crates`, `nix`) never got the release although others did.
pub fn is_missing(channel: &str, version: &Version) -> bool {
    missing_from(version).contains(channel)
}

/// Returns every commit that packages the version, in no particular order.
pub fn revisions(version: &Version) -> impl Iterator<Item = &'static Revision> {
    REVISIONS.iter().filter(|row| row.version.as_deref().is_some_and(|name| is(name, version)))
}

/// Returns every commit that is known or inferred and begins with these digits, sorted.
pub fn commits_beginning_with(digits: &str) -> BTreeSet<Rev> {
    let inferred = INFERRED.iter().map(|(rev, ..)| *rev);
    let known = REVISIONS.iter().map(|row| row.rev).chain(inferred);
    known.filter(|rev| rev.to_string().starts_with(digits)).collect()
}

/// Returns what behaves differently from the release on; a pre-release counts as its release.
pub fn boundaries_at(version: &Version) -> impl Iterator<Item = &'static Boundary> {
    let base = version.base();
    BOUNDARIES.iter().filter(move |boundary| boundary.at == base)
}

impl Range {
    fn contains(&self, version: &Version) -> bool {
        let base = version.base();
        self.from.as_ref().is_none_or(|from| *from <= base)
            && self.below.as_ref().is_none_or(|below| base < *below)
    }
}

fn archive_in(archives: &Archives, system: &str) -> Option<Sha256> {
    archives.iter().find(|(known, _)| *known == system).map(|(_, hash)| *hash)
}

fn is(name: &str, version: &Version) -> bool {
    Version::parse(name).is_some_and(|known| known == *version)
}

#[cfg(test)]
mod tests;
