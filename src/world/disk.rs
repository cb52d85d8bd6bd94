use std::path::Path;

/// Returns how many bytes are free for everybody on the file system that holds a path, and how many it has; `None` where
/// the path is not there.
pub fn free_space(path: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some((found.f_bavail.saturating_mul(found.f_frsize), found.f_blocks.saturating_mul(found.f_frsize)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_free_is_a_part_of_all() {
        let (free, total) = free_space(Path::new("/")).unwrap();
        assert!(free <= total && total > 0);
        assert_eq!(free_space(Path::new("/nowhere/at/all")), None);
    }
}
