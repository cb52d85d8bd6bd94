use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Returns the absolute path of the program that a shell with this `PATH` would run by a name, if there is one.
/// Relative entries are passed over: what a repository holds is not on anybody's path.
pub fn find_program(path: Option<&OsStr>, name: &str) -> Option<PathBuf> {
    let directories = std::env::split_paths(path?).filter(|directory| directory.is_absolute());
    directories.map(|directory| directory.join(name)).find(|program| may_be_run(program))
}

/// Returns whether it is a file that somebody may run.
pub fn may_be_run(program: &Path) -> bool {
    fs::metadata(program)
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::os::unix::fs::OpenOptionsExt as _;

    #[test]
    fn the_first_that_may_be_run_is_found() {
        let directory = tempfile::tempdir().unwrap();
        let base = directory.path();
        let make = |name: &str, mode: u32| {
            fs::create_dir_all(base.join(name)).unwrap();
            let mut options = fs::OpenOptions::new();
            options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(mode)
                .open(base.join(name).join("tool"))
                .unwrap();
        };
        make("plain", 0o644);
        make("first", 0o755);
        make("second", 0o755);
        fs::create_dir_all(base.join("directory/tool")).unwrap();
        let path = |names: &[&str]| -> OsString {
            std::env::join_paths(names.iter().map(|name| match *name {
                "" | "." => PathBuf::from(name),
                name => base.join(name),
            }))
            .unwrap()
        };
        let check = |names: &[&str], expect: Option<&str>| {
            let found = find_program(Some(&path(names)), "tool");
            assert_eq!(found, expect.map(|name| base.join(name).join("tool")), "{names:?}");
        };
        check(&["", ".", "absent", "directory", "plain", "first", "second"], Some("first"));
        check(&["second", "first"], Some("second"));
        check(&["plain"], None);
        assert_eq!(find_program(None, "tool"), None);
    }
}
