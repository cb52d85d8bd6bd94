use std::path::Path;

use super::visit::Visit;
use super::{FOREIGN, Want};
use crate::world::git;
use crate::world::index::{self, IndexError, Tracked};

/// What git's index adds to a walk. Paths are relative to the root.
#[derive(Debug, Default)]
pub(super) struct Additions {
    /// Wanted files that git tracks, among what the walk has skipped.
    pub(super) files: Vec<String>,
    /// Directories of other repositories, with a `/` after them.
    pub(super) submodules: Vec<String>,
}

/// Returns what the index adds to a walk that has skipped these files and directories (sorted), and why
/// that is not all.
pub(super) fn find<W, M>(visit: &Visit<'_, W, M>, skipped: &[String]) -> (Additions, Option<IndexError>)
where
    W: Fn(&str) -> Option<Want>,
{
    let mut additions = Additions::default();
    let Some(tree) = &visit.work_tree else { return (additions, None) };
    let Some(directory) = tree.directory() else { return (additions, None) };
    let mut skipped = Skipped { paths: skipped, at: 0 };
    let mut add = |path: &[u8], tracked| {
        if tracked == Tracked::File && !skipped.hold(path) {
            return;
        }
        let Some(path) = path.strip_prefix(tree.prefix.as_bytes()) else { return };
        let Ok(path) = str::from_utf8(path) else { return };
        if tracked == Tracked::Submodule {
            additions.submodules.push(format!("{path}/"));
            return;
        }
        let is_foreign = path.split('/').any(|part| FOREIGN.contains(&part));
        // A file with a conflict is listed once for each side.
        let is_known = additions.files.last().is_some_and(|last| last == path);
        if !is_known && !is_foreign && (visit.wants)(path).is_some() && is_regular(visit.root, path) {
            additions.files.push(path.to_owned());
        }
    };
    let hash = git::hash(&git::common_directory(&directory));
    let error = index::read(&directory, hash, &mut add).err();
    (additions, error)
}

/// Sorted paths, which are asked for sorted paths: none is below another one.
struct Skipped<'s> {
    paths: &'s [String],
    /// The last one that is not after the path that was asked for last.
    at: usize,
}

impl Skipped<'_> {
    /// Returns whether the path, or a directory that it is in, was skipped.
    fn hold(&mut self, path: &[u8]) -> bool {
        let is_before = |known: &String| known.as_bytes() <= path;
        let is_here = self.paths.get(self.at).is_some_and(is_before);
        if !is_here || self.paths.get(self.at + 1).is_some_and(is_before) {
            self.at = self.paths.partition_point(is_before).saturating_sub(1);
        }
        let Some(last) = self.paths.get(self.at).map(String::as_bytes) else { return false };
        last == path || (last.ends_with(b"/") && path.starts_with(last))
    }
}

/// No part of the way is a link, so the file is this repository's own.
fn is_regular(root: &Path, name: &str) -> bool {
    let mut path = root.to_owned();
    let mut parts = name.split('/').peekable();
    while let Some(part) = parts.next() {
        path.push(part);
        let Ok(metadata) = path.symlink_metadata() else { return false };
        let expected = if parts.peek().is_some() { metadata.is_dir() } else { metadata.is_file() };
        if !expected {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_skipped_is_known_whatever_is_asked_first() {
        let paths = ["a.log", "build/", "deep/dist/", "z.env"].map(str::to_owned);
        let mut skipped = Skipped { paths: &paths, at: 0 };
        for round in 0..2 {
            for (path, expect) in [
                ("a", false),
                ("a.log", true),
                ("build.rs", false),
                ("build/a/b.yaml", true),
                ("build0", false),
                ("deep/dist.yaml", false),
                ("deep/dist/x", true),
                ("deep/disu", false),
                ("z.env", true),
                ("z.env.local", false),
            ] {
                assert_eq!(skipped.hold(path.as_bytes()), expect, "{path} in round {round}");
            }
        }
        assert!(!Skipped { paths: &[], at: 0 }.hold(b"a"));
    }
}
