use std::path::{Path, PathBuf};

/// Returns the repository that `start` is in: the nearest directory upwards with `pin.toml` or
/// `.git`, else `start` itself.
pub fn find_root(start: &Path) -> PathBuf {
    let is_root = |directory: &&Path| directory.join("pin.toml").exists() || directory.join(".git").exists();
    start.ancestors().find(is_root).unwrap_or(start).to_owned()
}
