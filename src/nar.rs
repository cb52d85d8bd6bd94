//! File trees as Nix archives them, and the hash of that archive (Nix manual, "Nix Archive (NAR) format";
//! Eelco Dolstra, "The Purely Functional Software Deployment Model", figure 5.2).
//!
//! What is not here: where a tree comes from. Owners, times and modes beyond "may be run" are no part of it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256};

use crate::value::NarHash;

/// No tree is nested deeper: whoever walks one may recurse.
const MAX_DEPTH: usize = 128;

/// A file, a link, or a directory with all that is below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node<'a> {
    /// A regular file.
    File {
        /// What is in it.
        contents: &'a [u8],
        /// Whether its owner may run it.
        is_executable: bool,
    },
    /// A symbolic link, with its target as written.
    Link(Cow<'a, [u8]>),
    /// A directory; its entries are archived in the order of their names' bytes.
    Directory(BTreeMap<Vec<u8>, Self>),
}

/// A place that cannot be in a tree, with what is wrong about it as a lowercase fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Misplaced(&'static str);

impl<'a> Node<'a> {
    /// Puts a node below this one, with the directories that lead there; `path` has its parts apart by
    /// `/`. A directory that is there already keeps what is in it.
    pub fn insert(&mut self, path: &[u8], node: Self) -> Result<(), Misplaced> {
        let parts: Vec<&[u8]> = path.split(|byte| *byte == b'/').collect();
        if parts.len() > MAX_DEPTH {
            return Err(Misplaced("it is nested too deeply"));
        }
        parts.iter().try_for_each(|part| check(part))?;
        let mut directory = self;
        let (name, above) = parts.split_last().ok_or(Misplaced("it has no name"))?;
        for part in above {
            let Self::Directory(entries) = directory else { return Err(NO_DIRECTORY) };
            let new = || Self::Directory(BTreeMap::new());
            directory = entries.entry(part.to_vec()).or_insert_with(new);
        }
        let Self::Directory(entries) = directory else { return Err(NO_DIRECTORY) };
        match (entries.get(*name), node) {
            (None, node) => {
                entries.insert(name.to_vec(), node);
                Ok(())
            }
            (Some(Self::Directory(_)), Self::Directory(new)) if new.is_empty() => Ok(()),
            (Some(_), _) => Err(Misplaced("it is there twice")),
        }
    }

    /// Returns the node at a path, with `/`.
    pub fn get(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |node, part| match node {
            Self::Directory(entries) => entries.get(part.as_bytes()),
            _ => None,
        })
    }

    /// Returns every file below this node, with its path; sorted.
    pub fn files(&self) -> Vec<(String, &'a [u8])> {
        let mut found = Vec::new();
        self.add_files("", &mut found);
        found
    }

    fn add_files(&self, path: &str, found: &mut Vec<(String, &'a [u8])>) {
        match self {
            Self::File { contents, .. } => found.push((path.to_owned(), contents)),
            Self::Link(_) => {}
            Self::Directory(entries) => {
                for (name, node) in entries {
                    let name = String::from_utf8_lossy(name);
                    let path = if path.is_empty() { name.into_owned() } else { format!("{path}/{name}") };
                    node.add_files(&path, found);
                }
            }
        }
    }

    /// Returns the hash of the archive: `narHash` of a lock.
    pub fn hash(&self) -> NarHash {
        let mut hasher = Sha256::new();
        self.archive(&mut |bytes| hasher.update(bytes));
        NarHash::from_bytes(hasher.finalize().into())
    }

    /// Gives the archive to `out`, piece by piece.
    pub fn archive(&self, out: &mut impl FnMut(&[u8])) {
        string(out, b"nix-archive-1");
        self.archive_node(out);
    }

    fn archive_node(&self, out: &mut impl FnMut(&[u8])) {
        let mut words = |words: &[&[u8]]| words.iter().for_each(|word| string(out, word));
        words(&[b"(", b"type"]);
        match self {
            Self::File { contents, is_executable } => {
                words(&[b"regular"]);
                if *is_executable {
                    words(&[b"executable", b""]);
                }
                words(&[b"contents", contents]);
            }
            Self::Link(target) => words(&[b"symlink", b"target", target]),
            Self::Directory(entries) => {
                words(&[b"directory"]);
                for (name, node) in entries {
                    let mut words = |words: &[&[u8]]| words.iter().for_each(|word| string(out, word));
                    words(&[b"entry", b"(", b"name", name, b"node"]);
                    node.archive_node(out);
                    string(out, b")");
                }
            }
        }
        string(out, b")");
    }
}

const NO_DIRECTORY: Misplaced = Misplaced("it is below what is no directory");

fn check(name: &[u8]) -> Result<(), Misplaced> {
    match name {
        b"" | b"." | b".." => Err(Misplaced("its path has an empty part, `.` or `..`")),
        name if name.contains(&0) => Err(Misplaced("its path has a zero byte")),
        _ => Ok(()),
    }
}

/// Length, bytes, and zeros up to a multiple of eight.
fn string(out: &mut impl FnMut(&[u8]), bytes: &[u8]) {
    out(&(bytes.len() as u64).to_le_bytes());
    out(bytes);
    out(&[0; 8][..bytes.len().next_multiple_of(8) - bytes.len()]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn directory() -> Node<'static> {
        Node::Directory(BTreeMap::new())
    }

    fn file(contents: &[u8], is_executable: bool) -> Node<'_> {
        Node::File { contents, is_executable }
    }

    #[test]
    fn the_archive_is_that_of_the_manual() {
        let mut bytes = Vec::new();
        file(b"hello", true).archive(&mut |part| bytes.extend_from_slice(part));
        let mut expect = Vec::new();
        for word in ["nix-archive-1", "(", "type", "regular", "executable", "", "contents", "hello", ")"] {
            expect.extend((word.len() as u64).to_le_bytes());
            expect.extend(word.as_bytes());
            expect.resize(expect.len().next_multiple_of(8), 0);
        }
        assert_eq!(bytes, expect);
    }

    #[test]
    fn hashes_are_those_of_nix() {
        // `nix hash path` of such trees.
        let mut tree = directory();
        tree.insert(b"b/run", file(b"#!/bin/sh\n", true)).unwrap();
        tree.insert(b"a", file(b"text\n", false)).unwrap();
        tree.insert(b"a.b", Node::Link(Cow::Borrowed(b"b/run"))).unwrap();
        tree.insert(b"B", directory()).unwrap();
        assert_eq!(
            file(b"hello", false).hash().to_string(),
            "sha256-CkMIecJm+LV/QJKg+TXPP6zUi7zN5XYNR0jKQFFx6Wk="
        );
        assert_eq!(directory().hash().to_string(), "sha256-pQpattmS9VmO3ZIQUFn66az8GSmB4IvYhTTCFn6SUmo=");
        assert_eq!(tree.hash().to_string(), "sha256-LDx1Ffs+sXYZQQYP4PkYFd7uHXjuyJigMSjXbYg8vb4=");
    }

    #[test]
    fn what_cannot_be_in_a_tree_is_refused() {
        let mut tree = directory();
        tree.insert(b"a/b", file(b"", false)).unwrap();
        tree.insert(b"a", directory()).unwrap();
        for path in ["", ".", "..", "a/", "a//b", "a/../c", "a/b", "a/b/c", "x\0y", &"d/".repeat(200)] {
            let before = tree.hash();
            let refused = tree.insert(path.as_bytes(), file(b"x", false)).is_err();
            assert!(refused && tree.hash() == before, "{path:?}");
        }
        assert_eq!(tree.files(), [("a/b".to_owned(), &b""[..])]);
    }

    proptest! {
        #[test]
        fn order_says_nothing(names in prop::collection::btree_set("[a-c.]{1,3}(/[a-c]{1,2})?", 0..8)) {
            let put = |names: &mut dyn Iterator<Item = &String>| {
                let mut tree = directory();
                let kept: Vec<bool> =
                    names.map(|name| tree.insert(name.as_bytes(), directory()).is_ok()).collect();
                (tree.hash(), kept.len())
            };
            prop_assert_eq!(put(&mut names.iter()), put(&mut names.iter().rev()));
        }
    }
}
