use std::path::{Component, Path, PathBuf};

/// Returns the repository that `start` is in: the nearest directory upwards with `pin.toml` or
/// `.git`, else `start` itself.
pub fn find_root(start: &Path) -> PathBuf {
    let is_root = |directory: &&Path| directory.join("pin.toml").exists() || directory.join(".git").exists();
    start.ancestors().find(is_root).unwrap_or(start).to_owned()
}

/// Returns where `root` stands in the git work tree around it, with `/`: `services/shop`. Empty when it is the work
/// tree's own root, or when there is none.
pub fn directory_in_work_tree(root: &Path) -> String {
    let Some(top) = root.ancestors().find(|directory| directory.join(".git").exists()) else {
        return String::new();
    };
    let below = root.strip_prefix(top).unwrap_or(Path::new(""));
    let parts = below.components().filter_map(|part| match part {
        Component::Normal(part) => Some(part.to_string_lossy()),
        _ => None,
    });
    parts.collect::<Vec<_>>().join("/")
}
