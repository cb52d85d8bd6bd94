//! Every file of a repository that somebody wants, read on as many threads as are worth it.
//!
//! What is there is learnt from the directories alone, each opened once; a file is opened from the
//! directory that it is in. Git's index is read after them, for what git tracks although its own
//! rules leave it out.

mod listing;
mod tracked;
mod visit;

use std::io;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;

use super::index::IndexError;
use super::read::ReadError;
use visit::Visit;

/// Directories of other people's code.
const FOREIGN: [&str; 2] = ["node_modules", "vendor"];

/// A directory that could not be listed.
#[derive(Debug, thiserror::Error)]
#[error("cannot list the files of `{}`", path.display())]
pub struct WalkError {
    /// The directory.
    path: PathBuf,
    /// Why.
    source: io::Error,
}

/// What is wanted of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Its bytes, whatever they are.
    Bytes,
    /// Its bytes, when it is a text in which a marker stands.
    Marked,
    /// The same; without a marker, that it is there.
    MarkedOrThere,
}

/// What there is to say about a wanted file.
#[derive(Debug)]
pub enum Seen {
    /// What is in it.
    Bytes(Vec<u8>),
    /// It is there.
    There,
    /// It could not be read.
    Failed(ReadError),
}

/// What was made of a repository's files.
#[derive(Debug)]
pub struct Looked<T> {
    /// By path, sorted.
    pub files: Vec<(String, T)>,
    /// Why files that git tracks and ignores may be missing.
    pub index_error: Option<IndexError>,
}

/// Returns what `make` makes of the repository's wanted files: of what git tracks, and what it
/// neither tracks nor ignores; outside git, of every file. Both closures are given paths relative
/// to `root`, with `/`, on several threads and in any order.
///
/// Symbolic links are left out, for their targets are there already; so are other repositories
/// inside this one (submodules), `node_modules` and `vendor`, and names that are not UTF-8. Neither
/// the user's own git settings nor a git binary are asked.
pub fn look<T: Send>(
    root: &Path,
    wants: impl Fn(&str) -> Option<Want> + Sync,
    markers: &[Finder<'_>],
    make: impl Fn(&str, Seen) -> Option<T> + Sync,
) -> Result<Looked<T>, WalkError> {
    let visit = Visit::begin(root, markers, wants, make)?;
    let mut found = visit.everything()?;
    found.skipped.sort_unstable();
    let (tracked, index_error) = tracked::find(&visit, &found.skipped);
    let mut files = found.made;
    files.extend(visit.files(&tracked.files));
    // A submodule without a repository in it is foreign all the same.
    files.retain(|(path, _)| !tracked.submodules.iter().any(|module| path.starts_with(module)));
    files.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    Ok(Looked { files, index_error })
}

/// Returns what `make` makes of those files, named as [`look`] names them, in which a marker
/// stands, sorted by path.
pub fn look_at<T: Send>(
    root: &Path,
    paths: &[String],
    markers: &[Finder<'_>],
    make: impl Fn(&str, Seen) -> Option<T> + Sync,
) -> Result<Vec<(String, T)>, WalkError> {
    let visit = Visit::begin(root, markers, |_| Some(Want::Marked), make)?;
    let mut files = visit.files(paths);
    files.sort_unstable_by(|left, right| left.0.cmp(&right.0));
    Ok(files)
}
