use std::path::Path;
use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::git::{self, WorkTree};

/// What the `.gitignore` of a directory and those above it say, nearest first.
///
/// Asked are a repository's `.gitignore` files and its `info/exclude`; not the user's own settings (`core.excludesFile`),
/// for a verdict depends on the repository alone.
#[derive(Debug)]
pub(super) struct Rules {
    matcher: Gitignore,
    /// Length of the directory's path, with the `/` after it.
    depth: usize,
    above: Option<Arc<Self>>,
}

/// Where a directory says what git is to leave out.
pub(super) const FILE: &str = ".gitignore";

impl Rules {
    /// Returns the rules that hold at the root of a walk besides its own: those of the repository, and
    /// of the directories between its top and the root.
    pub(super) fn around(tree: &WorkTree) -> Option<Arc<Self>> {
        let common = tree.directory().map(|directory| git::common_directory(&directory));
        let exclude = common.and_then(|common| super::read(&common.join("info/exclude")).ok());
        let mut rules = exclude.and_then(|lines| Self::below("", &lines, None));
        for (end, _) in tree.prefix.match_indices('/') {
            // The directory above each part of the root's own path.
            let above = tree.prefix[..end].rfind('/').map_or(0, |slash| slash + 1);
            let directory = &tree.prefix[..above];
            if let Ok(lines) = super::read(&tree.top.join(directory).join(FILE)) {
                rules = Self::below(directory, &lines, rules);
            }
        }
        rules
    }

    /// Returns the rules below a directory, which has a file with `lines`. A line that is no pattern says nothing, as it
    /// does to git.
    pub(super) fn below(directory: &str, lines: &[u8], above: Option<Arc<Self>>) -> Option<Arc<Self>> {
        let mut builder = GitignoreBuilder::new("");
        let lines = lines.strip_prefix(b"\xef\xbb\xbf").unwrap_or(lines);
        for line in lines.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if let Ok(line) = str::from_utf8(line) {
                let _is_pattern = builder.add_line(None, line).is_ok();
            }
        }
        match builder.build() {
            Ok(matcher) if !matcher.is_empty() => {
                Some(Arc::new(Self { matcher, depth: directory.len(), above }))
            }
            _ => above,
        }
    }
}

/// Returns whether the rules leave out the file or directory at `path`. Whether they leave out a directory that it is in
/// has been asked before.
pub(super) fn is_ignored(rules: Option<&Arc<Rules>>, path: &str, is_directory: bool) -> bool {
    let mut next = rules;
    while let Some(rules) = next {
        match rules.matcher.matched(Path::new(&path[rules.depth..]), is_directory) {
            Match::Ignore(_) => return true,
            Match::Whitelist(_) => return false,
            Match::None => next = rules.above.as_ref(),
        }
    }
    false
}
