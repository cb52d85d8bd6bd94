//! A directory as a value: names, kinds, permission bits, link targets and bytes.

use super::diff;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    File { mode: u32, bytes: Vec<u8> },
    Link { target: String },
    Directory,
}

/// Everything below one directory by `/`-separated path. Directories that hold something are implied by it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Tree(pub(crate) BTreeMap<String, Entry>);

impl Tree {
    /// The whole tree, `.git` too.
    pub(crate) fn read(root: &Path) -> Self {
        let mut tree = Self::default();
        tree.add(root, "");
        tree
    }

    /// The tree as a person sees it: without git's own directories and files, at the root or in a submodule.
    pub(crate) fn read_without_git(root: &Path) -> Self {
        let mut tree = Self::read(root);
        tree.0.retain(|path, _| path.split('/').all(|part| part != ".git"));
        tree
    }

    fn add(&mut self, directory: &Path, prefix: &str) {
        let entries =
            fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
        for entry in entries {
            let path = entry.expect("an entry of a readable directory").path();
            let name = path.file_name().expect("an entry has a name").to_string_lossy();
            let name = if prefix.is_empty() { name.into_owned() } else { format!("{prefix}/{name}") };
            let kind =
                fs::symlink_metadata(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let entry = if kind.is_symlink() {
                let target = fs::read_link(&path).expect("a link can be read");
                Entry::Link { target: target.to_string_lossy().into_owned() }
            } else if kind.is_dir() {
                let before = self.0.len();
                self.add(&path, &name);
                if self.0.len() > before {
                    continue;
                }
                Entry::Directory
            } else {
                let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
                Entry::File { mode: kind.permissions().mode() & 0o7777, bytes }
            };
            self.0.insert(name, entry);
        }
    }

    /// Writes the tree into an existing directory.
    pub(crate) fn write(&self, root: &Path) {
        for (name, entry) in &self.0 {
            let path = root.join(name);
            let parent = path.parent().expect("a file stands in a directory");
            fs::create_dir_all(parent).unwrap_or_else(|error| panic!("{}: {error}", parent.display()));
            let written = match entry {
                Entry::File { mode, bytes } => fs::write(&path, bytes)
                    .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(*mode))),
                Entry::Link { target } => symlink(target, &path),
                Entry::Directory => fs::create_dir_all(&path),
            };
            written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        }
    }

    /// The modes that git keeps: 0755 for what its owner may run, 0644 for the rest. What a checkout makes of them
    /// depends on a umask, which no test may depend on.
    pub(crate) fn with_git_modes(mut self) -> Self {
        for entry in self.0.values_mut() {
            if let Entry::File { mode, .. } = entry {
                *mode = if *mode & 0o100 == 0 { 0o644 } else { 0o755 };
            }
        }
        self
    }

    /// What `found` has otherwise than `self`, for a person; `None` when the two are equal.
    pub(crate) fn diff(&self, found: &Self) -> Option<String> {
        let names: BTreeSet<&String> = self.0.keys().chain(found.0.keys()).collect();
        let text: String = names.into_iter().filter_map(|name| self.diff_one(found, name)).collect();
        (!text.is_empty()).then_some(text)
    }

    fn diff_one(&self, found: &Self, name: &str) -> Option<String> {
        let (was, is) = (self.0.get(name), found.0.get(name));
        if was == is {
            return None;
        }
        if let (
            Some(Entry::File { mode: was_mode, bytes: was }),
            Some(Entry::File { mode: is_mode, bytes: is }),
        ) = (was, is)
        {
            let mut text = diff::of(name, was, is).unwrap_or_default();
            if was_mode != is_mode {
                text = format!("{name}: mode {was_mode:o} wanted, {is_mode:o} found\n{text}");
            }
            return Some(text);
        }
        let describe = |entry: Option<&Entry>| entry.map_or("nothing".to_owned(), Entry::describe);
        Some(format!("{name}: {} wanted, {} found\n", describe(was), describe(is)))
    }
}

impl Entry {
    fn describe(&self) -> String {
        match self {
            Self::File { mode, bytes } => format!("a file (mode {mode:o}, {} bytes)", bytes.len()),
            Self::Link { target } => format!("a link to `{target}`"),
            Self::Directory => "an empty directory".to_owned(),
        }
    }
}

#[test]
fn a_tree_comes_back_as_it_was_written_and_every_difference_is_told() {
    let file = |mode, bytes: &[u8]| Entry::File { mode, bytes: bytes.to_vec() };
    let tree = Tree(BTreeMap::from([
        ("a/run.sh".to_owned(), file(0o755, b"#!/bin/sh\n")),
        ("empty".to_owned(), Entry::Directory),
        ("link".to_owned(), Entry::Link { target: "a/run.sh".to_owned() }),
        ("readonly".to_owned(), file(0o444, b"x")),
    ]));
    let directory = tempfile::tempdir().expect("a temporary directory");
    tree.write(directory.path());
    let read = Tree::read(directory.path());
    assert_eq!(tree.diff(&read), None);

    let mut other = read;
    other.0.insert("a/run.sh".to_owned(), file(0o600, b"#!/bin/sh\n"));
    other.0.insert("link".to_owned(), file(0o644, b""));
    other.0.insert("new".to_owned(), file(0o644, b"12"));
    other.0.remove("readonly");
    assert_eq!(
        tree.diff(&other).expect("four differences"),
        "a/run.sh: mode 755 wanted, 600 found\n\
         link: a link to `a/run.sh` wanted, a file (mode 644, 0 bytes) found\n\
         new: nothing wanted, a file (mode 644, 2 bytes) found\n\
         readonly: a file (mode 444, 1 bytes) wanted, nothing found\n"
    );
}
