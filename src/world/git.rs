use std::fs;
use std::path::{Path, PathBuf};

use super::index::Hash;

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

/// Returns what all work trees of the repository at `root` share: its git directory; outside git, `root` itself.
pub fn common_git_directory(root: &Path) -> PathBuf {
    let directory = git_directory(root).map_or_else(|| root.to_owned(), |own| common_directory(&own));
    directory.canonicalize().unwrap_or(directory)
}

/// The git work tree that a directory is in.
#[derive(Debug)]
pub(super) struct WorkTree {
    /// Where `.git` stands.
    pub(super) top: PathBuf,
    /// The directory's path below it: empty, or with a `/` at its end.
    pub(super) prefix: String,
}

impl WorkTree {
    /// Returns the work tree around `root`: its own, or that of the nearest directory above it. A path that is not UTF-8
    /// has none.
    pub(super) fn around(root: &Path) -> Option<Self> {
        if root.join(".git").exists() {
            return Some(Self { top: root.to_owned(), prefix: String::new() });
        }
        let root = root.canonicalize().ok()?;
        let top = root.ancestors().skip(1).find(|above| above.join(".git").exists())?;
        let prefix = format!("{}/", root.strip_prefix(top).ok()?.to_str()?);
        Some(Self { top: top.to_owned(), prefix })
    }

    /// Returns the git directory of this work tree.
    pub(super) fn directory(&self) -> Option<PathBuf> {
        git_directory(&self.top)
    }
}

/// Returns what all work trees of a repository share: the git directory, or where a worktree's own points to.
pub(super) fn common_directory(directory: &Path) -> PathBuf {
    let common =
        super::read(&directory.join("commondir")).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    common.map_or_else(|| directory.to_owned(), |common| directory.join(common.trim()))
}

/// Returns how the repository names its objects, by the configuration in its common directory. Included files are not
/// asked: git itself writes this line, into this file.
pub(super) fn hash(common: &Path) -> Hash {
    let config = super::read(&common.join("config")).unwrap_or_default();
    if says_sha256(&String::from_utf8_lossy(&config)) { Hash::Sha256 } else { Hash::Sha1 }
}

fn says_sha256(config: &str) -> bool {
    let mut is_extensions = false;
    let mut found = false;
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            is_extensions = section.trim_end_matches(']').trim().eq_ignore_ascii_case("extensions");
        } else if let Some((key, value)) = line.split_once('=')
            && is_extensions
            && key.trim().eq_ignore_ascii_case("objectformat")
        {
            found = value.trim().trim_matches('"').eq_ignore_ascii_case("sha256");
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_says_how_objects_are_named() {
        for (config, expect) in [
            ("", false),
            ("[core]\n\tobjectformat = sha256\n", false),
            ("[extensions]\n\tobjectformat = sha256\n", true),
            ("[core]\n\tbare = false\n[Extensions]\r\n\tobjectFormat=\"sha256\"\r\n", true),
            ("[extensions]\n\tobjectformat = sha1\n", false),
            ("[extensions \"x\"]\n\tobjectformat = sha256\n", false),
        ] {
            assert_eq!(says_sha256(config), expect, "{config}");
        }
    }
}
