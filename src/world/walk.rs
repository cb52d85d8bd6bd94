use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

/// Directories of other people's code.
const FOREIGN: [&str; 2] = ["node_modules", "vendor"];

/// A directory that could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("cannot list the files of `{}`", root.display())]
pub struct WalkError {
    /// Where the walk began.
    root: PathBuf,
    /// Why.
    source: ignore::Error,
}

/// Returns the paths of the repository's files that `wants` asks for, relative to `root`, with
/// `/`, sorted: what git tracks, and what it neither tracks nor ignores; outside git, every file.
///
/// Symbolic links are left out, for their targets are there already; so are other repositories
/// inside this one (submodules), `node_modules` and `vendor`. Neither the user's own git settings
/// nor a git binary are asked.
pub fn names(root: &Path, wants: impl Fn(&str) -> bool) -> Result<Vec<String>, WalkError> {
    let mut names = BTreeSet::new();
    let walk = WalkBuilder::new(root)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .parents(!root.join(".git").exists())
        .filter_entry(is_own)
        .build();
    for entry in walk {
        let entry = entry.map_err(|source| WalkError { root: root.to_owned(), source })?;
        if !entry.file_type().is_some_and(|kind| kind.is_file()) {
            continue;
        }
        let name = entry.path().strip_prefix(root).ok().and_then(Path::to_str);
        names.extend(name.filter(|name| wants(name)).map(str::to_owned));
    }
    for name in tracked(root) {
        if wants(&name) && !names.contains(&name) && is_regular(root, &name) {
            names.insert(name);
        }
    }
    Ok(names.into_iter().collect())
}

fn is_own(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    let is_foreign = entry.file_name() == ".git" || FOREIGN.iter().any(|name| entry.file_name() == *name);
    !is_foreign && !entry.path().join(".git").exists()
}

/// Returns what git's index lists: a file may be tracked and ignored at once. An index that cannot
/// be read adds nothing, for the walk has seen every file that is not ignored.
fn tracked(root: &Path) -> Vec<String> {
    let Some(index) = super::git_directory(root).map(|directory| directory.join("index")) else {
        return Vec::new();
    };
    let kind = gix_index::hash::Kind::Sha1;
    let Ok(index) = gix_index::File::at(index, kind, true, gix_index::decode::Options::default()) else {
        return Vec::new();
    };
    let is_file = |entry: &&gix_index::Entry| {
        matches!(entry.mode, gix_index::entry::Mode::FILE | gix_index::entry::Mode::FILE_EXECUTABLE)
    };
    let names = index.entries().iter().filter(is_file).map(|entry| entry.path(&index).to_string());
    names.filter(|name| !name.split('/').any(|part| FOREIGN.contains(&part))).collect()
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
