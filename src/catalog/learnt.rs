//! What a repository has learnt beyond the embedded tables, and both together.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::{Nixpkgs, Revision};
use crate::value::{Digest, NarHash, Rev, Sha256, Version};

/// A fact and where it was learnt: an address, or `nix eval`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Learnt<T> {
    /// The fact.
    pub fact: T,
    /// Where it was learnt.
    pub from: String,
}

/// The published archive of a CLI release for one system.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Archive {
    /// The release.
    pub version: Version,
    /// The Nix system (`x86_64-linux`).
    pub system: String,
    /// Hash of the archive.
    pub sha256: Sha256,
}

/// What a commit of `github:dagger/nix` packages, as somebody was asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packaged {
    /// The commit, and the CLI that it packages, if it packages one.
    pub revision: Learnt<Revision>,
    /// The archives that it downloads, sorted; none when it packages no CLI.
    pub archives: Vec<Learnt<Archive>>,
}

/// What a registry said a tag is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Image {
    /// Repository and tag: `registry.dagger.io/engine:v0.21.8`.
    pub reference: String,
    /// The digest of what the tag points to: an index, or the only manifest.
    pub digest: Digest,
    /// The digest of the manifest of each platform (`linux/amd64`), when it is an index.
    pub platforms: BTreeMap<String, Digest>,
}

/// Two facts that cannot both be true.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("something else is known already about {0}")]
pub struct Contradiction(String);

/// The facts about releases: the embedded ones, and those that the repository's `pin.lock` adds.
/// Where both speak, the embedded ones win.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Catalog {
    revisions: BTreeMap<Rev, Learnt<Revision>>,
    archives: BTreeSet<Learnt<Archive>>,
    images: BTreeMap<String, Learnt<Image>>,
}

impl Revision {
    /// Returns a revision that was read somewhere else than in the embedded table.
    pub fn learnt(
        rev: Rev,
        nar_hash: NarHash,
        last_modified: u64,
        nixpkgs: Nixpkgs,
        version: Option<&Version>,
    ) -> Self {
        let version = version.map(|version| Cow::Owned(version.to_string()));
        Self { rev, nar_hash, last_modified, rev_count: None, nixpkgs, version, archives: Cow::Borrowed(&[]) }
    }
}

impl Catalog {
    /// Returns whether nothing is known beyond the embedded tables.
    pub fn is_embedded_only(&self) -> bool {
        self.revisions.is_empty() && self.archives.is_empty() && self.images.is_empty()
    }

    /// Returns what was learnt about revisions, sorted.
    pub fn learnt_revisions(&self) -> impl Iterator<Item = &Learnt<Revision>> {
        self.revisions.values()
    }

    /// Returns what was learnt about archives, sorted by release and system.
    pub fn learnt_archives(&self) -> impl Iterator<Item = &Learnt<Archive>> {
        self.archives.iter()
    }

    /// Returns what was learnt about images, sorted by reference.
    pub fn learnt_images(&self) -> impl Iterator<Item = &Learnt<Image>> {
        self.images.values()
    }

    /// Keeps a fact about a revision.
    pub fn learn_revision(&mut self, learnt: &Learnt<Revision>) -> Result<(), Contradiction> {
        let rev = learnt.fact.rev;
        let known = self.revisions.entry(rev).or_insert_with(|| learnt.clone());
        if known.fact == learnt.fact { Ok(()) } else { Err(Contradiction(format!("revision {rev}"))) }
    }

    /// Keeps a fact about an archive. A release that was published twice has two; neither is then
    /// written anywhere.
    pub fn learn_archive(&mut self, learnt: Learnt<Archive>) {
        if !self.archives.iter().any(|known| known.fact == learnt.fact) {
            let _ = self.archives.insert(learnt);
        }
    }

    /// Keeps what was learnt about a commit and its archives.
    pub fn learn_packaged(&mut self, packaged: &Packaged) -> Result<(), Contradiction> {
        self.learn_revision(&packaged.revision)?;
        packaged.archives.iter().for_each(|archive| self.learn_archive(archive.clone()));
        Ok(())
    }

    /// Keeps a fact about an image: a tag that names a release does not move.
    pub fn learn_image(&mut self, learnt: &Learnt<Image>) -> Result<(), Contradiction> {
        let reference = &learnt.fact.reference;
        let known = self.images.entry(reference.clone()).or_insert_with(|| learnt.clone());
        if known.fact == learnt.fact { Ok(()) } else { Err(Contradiction(reference.clone())) }
    }

    /// Keeps all that another catalog has learnt.
    pub fn join(&mut self, other: Self) -> Result<(), Contradiction> {
        other.archives.into_iter().for_each(|learnt| self.learn_archive(learnt));
        other.revisions.values().try_for_each(|learnt| self.learn_revision(learnt))?;
        other.images.values().try_for_each(|learnt| self.learn_image(learnt))
    }

    /// Returns what is known about a commit of `github:dagger/nix`.
    pub fn revision(&self, rev: &Rev) -> Option<&Revision> {
        super::revision(rev).or_else(|| self.revisions.get(rev).map(|learnt| &learnt.fact))
    }

    /// Returns a commit of `github:dagger/nix` with that tree.
    pub fn revision_by_nar_hash(&self, hash: &NarHash) -> Option<&Revision> {
        let learnt =
            || self.revisions.values().map(|learnt| &learnt.fact).find(|fact| fact.nar_hash == *hash);
        super::revision_by_nar_hash(hash).or_else(learnt)
    }

    /// Returns what is known about what a flake reference pins: a revision, or the hash of a tree.
    pub fn pinned(&self, pin: &str) -> Option<&Revision> {
        match Rev::parse(pin) {
            Some(rev) => self.revision(&rev),
            None => self.revision_by_nar_hash(&NarHash::parse(pin)?),
        }
    }

    /// Returns the commit of `github:dagger/nix` to write for a version: the embedded choice, else
    /// the newest one that was learnt. A release that was taken back has none.
    pub fn revision_for(&self, version: &Version) -> Option<&Revision> {
        if super::broken(version).is_some() {
            return None;
        }
        let learnt = || {
            let facts = self.revisions.values().map(|learnt| &learnt.fact);
            let packaging = facts.filter(|fact| fact.version().as_ref() == Some(version));
            packaging.max_by_key(|fact| (fact.last_modified, fact.rev))
        };
        super::revision_for(version).or_else(learnt)
    }

    /// Returns every release that is known, oldest first.
    pub fn versions(&self) -> Vec<Version> {
        let revisions = self.revisions.values().filter_map(|learnt| learnt.fact.version());
        let archives = self.archives.iter().map(|learnt| learnt.fact.version.clone());
        super::versions().chain(revisions).chain(archives).collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// Returns the hash of the version's published CLI archive for a Nix system, when there is one.
    pub fn archive(&self, version: &Version, system: &str) -> Option<Sha256> {
        super::archive(version, system).or_else(|| {
            let mut known = self.archives_of(version).filter(|archive| archive.system == system);
            let only = known.next()?;
            known.next().is_none().then_some(only.sha256)
        })
    }

    /// Returns every archive hash that was ever packaged or published for the version, with its system.
    pub fn archives(&self, version: &Version) -> Vec<(&str, Sha256)> {
        let learnt = self.archives_of(version).map(|archive| (archive.system.as_str(), archive.sha256));
        let embedded: Vec<(&str, Sha256)> = super::archives(version).collect();
        embedded.into_iter().chain(learnt).collect()
    }

    /// Returns what a tag was when it was last asked for.
    pub fn image(&self, reference: &str) -> Option<&Image> {
        self.images.get(reference).map(|learnt| &learnt.fact)
    }

    fn archives_of<'c>(&'c self, version: &Version) -> impl Iterator<Item = &'c Archive> {
        let version = version.clone();
        self.archives.iter().map(|learnt| &learnt.fact).filter(move |archive| archive.version == version)
    }
}
