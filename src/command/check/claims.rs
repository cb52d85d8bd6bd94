//! What a repository says about the trees of commits.

use std::collections::{BTreeMap, BTreeSet};

use crate::lockstep::Repository;
use crate::nix::{FlakePin, LockedTree};
use crate::site::{Companionship, Site, Stated, tree_hash};
use crate::value::{NarHash, Rev};

/// What all sites of one commit say about its tree.
#[derive(Debug)]
pub(super) struct Claims<'r> {
    /// The commit.
    pub(super) rev: Rev,
    /// Hashes of the tree, each with a site beside which it stands.
    hashes: BTreeMap<NarHash, &'r Site>,
    /// Times of the commit.
    modified: BTreeSet<u64>,
}

impl<'r> Claims<'r> {
    /// Returns what is said about the commit.
    pub(super) fn about(rev: Rev, repository: &'r Repository) -> Self {
        let mut claims = Self { rev, hashes: BTreeMap::new(), modified: BTreeSet::new() };
        let is_of_rev =
            |site: &&Site| matches!(&site.stated, Stated::Revision(pin) if Rev::parse(pin) == Some(rev));
        for site in repository.sites.iter().filter(is_of_rev) {
            let Some(source) = repository.sources.get(&site.path) else { continue };
            for companion in &site.companions {
                let text = source.slice(companion.span);
                match companion.what {
                    Companionship::LockNarHash => {
                        claims.hashes.extend(tree_hash(text).map(|hash| (hash, site)));
                    }
                    Companionship::LockModified => claims.modified.extend(text.parse::<u64>().ok()),
                    _ => {}
                }
            }
        }
        claims
    }

    /// Returns what to ask. Where the repository contradicts itself, Nix is not told anything.
    pub(super) fn pin(&self) -> FlakePin {
        let mut trees = self.hashes.keys().flat_map(|nar_hash| {
            self.modified
                .iter()
                .map(|last_modified| LockedTree { nar_hash: *nar_hash, last_modified: *last_modified })
        });
        let first = trees.next();
        FlakePin { rev: self.rev, tree: first.filter(|_| trees.next().is_none()) }
    }

    /// Returns a hash that is said and is another one, and where.
    pub(super) fn other_than(&self, found: NarHash) -> Option<(NarHash, &'r Site)> {
        self.hashes.iter().find(|(said, _)| **said != found).map(|(said, site)| (*said, *site))
    }
}
