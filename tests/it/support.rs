//! What the tests share: a repository on disk to run `pin` in, and ways to compare what came out.

pub(crate) mod daemon;
pub(crate) mod dagger;
pub(crate) mod dagger_session;
pub(crate) mod diff;
pub(crate) mod docker_api;
pub(crate) mod docker_fake;
pub(crate) mod docker_order;
pub(crate) mod docker_proxy;
pub(crate) mod engine_fake;
pub(crate) mod engine_image;
pub(crate) mod flake;
pub(crate) mod front;
pub(crate) mod guarded;
pub(crate) mod nix;
pub(crate) mod pinned;
pub(crate) mod podman;
pub(crate) mod project;
pub(crate) mod published;
pub(crate) mod questions;
pub(crate) mod registry;
pub(crate) mod registry_process;
pub(crate) mod server;
pub(crate) mod spelling;
pub(crate) mod terminal;
pub(crate) mod tls;
pub(crate) mod tool;
pub(crate) mod trace;
pub(crate) mod tree;

pub(crate) use project::{Project, Run, binary};
pub(crate) use tree::Tree;

use std::path::{Path, PathBuf};

/// The root of this repository.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where `tests/run` puts the programs that it builds for the tests.
pub(crate) fn tools() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("tools")
}

/// The files of this repository that are not ignored by git, relative to its root and sorted. Reads no index, so it
/// also works where there is no git: untracked files count, which is what a check before a commit wants.
pub(crate) fn repository_files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = ignore::WalkBuilder::new(repository())
        .hidden(false)
        .require_git(false)
        .git_global(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build()
        .map(|entry| entry.expect("the repository can be walked"))
        .filter(|entry| entry.file_type().is_some_and(|kind| !kind.is_dir()))
        .map(|entry| entry.path().strip_prefix(repository()).expect("below the root").to_path_buf())
        .collect();
    files.sort();
    files
}
