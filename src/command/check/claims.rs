//! What a repository says about the trees of commits.

use std::collections::{BTreeMap, BTreeSet};

use crate::lockstep::Repository;
use crate::nix::{FlakePin, LockedTree};
use crate::site::{Companionship, Site, Stated};
use crate::value::{HashEncoding, NarHash, Rev, Sha256};

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
                        claims.hashes.extend(nar_hash(text).map(|hash| (hash, site)));
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

/// Returns the hash of a tree in any form; in an address it may be percent-encoded.
fn nar_hash(text: &str) -> Option<NarHash> {
    let text = text.replace("%2B", "+").replace("%2F", "/").replace("%3D", "=");
    let (hash, _) = Sha256::parse(&text)?;
    NarHash::parse(&hash.print(HashEncoding::Sri))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_read_as_it_stands_in_locks_addresses_and_expressions() {
        let sri = "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=";
        let hash = NarHash::parse(sri);
        let hex = hash.unwrap().sha256().print(HashEncoding::Hex);
        let nix32 = hash.unwrap().sha256().print(HashEncoding::Nix32);
        for text in
            [sri, &sri.replace('+', "%2B").replace('=', "%3D"), &hex, &nix32, &format!("sha256:{nix32}")]
        {
            assert_eq!(nar_hash(text), hash, "{text}");
        }
        for text in ["", "%", "%3D", "sha512-AAAA"] {
            assert_eq!(nar_hash(text), None, "{text}");
        }
    }
}
