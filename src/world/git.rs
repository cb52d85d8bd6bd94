use std::fs;
use std::path::{Path, PathBuf};

/// Returns the git directory of the work tree at `root`: `.git` itself, or where a worktree's
/// `.git` file points to; `None` outside git.
pub fn git_directory(root: &Path) -> Option<PathBuf> {
    let dot_git = root.join(".git");
    if dot_git.is_dir() {
        return Some(dot_git);
    }
    let bytes = super::read(&dot_git).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let target = text.strip_prefix("gitdir:")?.trim();
    let directory = root.join(target);
    fs::metadata(&directory).ok().filter(fs::Metadata::is_dir).map(|_| directory)
}
