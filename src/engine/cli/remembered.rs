use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::value::Version;
use crate::world;

/// Name of the file, in the state directory.
const FILE: &str = "cli-versions";

/// So many programs are remembered, the last one first.
const MAX_ENTRIES: usize = 16;

/// No longer file is read.
const MAX_SIZE: u64 = 1 << 16;

/// What programs have said their version is, as long as they stay the same file: a line each,
/// `DEVICE INODE SIZE MTIME CTIME VERSION PATH`. It saves work and decides little: nobody else may write it, and who
/// may write it may put a `dagger` on the user's `PATH` as well.
#[derive(Debug, Default)]
pub(super) struct Remembered {
    directory: Option<PathBuf>,
    entries: Vec<Entry>,
    is_changed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    /// What changes when the file does.
    identity: [i128; 5],
    version: Version,
    path: String,
}

impl Remembered {
    pub(super) fn read(directory: Option<PathBuf>) -> Self {
        let text = directory.as_deref().and_then(|directory| read_own(&directory.join(FILE)));
        let entries = text.map(|text| text.lines().filter_map(Entry::parse).take(MAX_ENTRIES).collect());
        Self { directory, entries: entries.unwrap_or_default(), is_changed: false }
    }

    /// Returns what the program at a path has said, if it still is that file.
    pub(super) fn version(&self, path: &Path) -> Option<Version> {
        let identity = identity(path)?;
        let known = self.entries.iter().find(|entry| Path::new(&entry.path) == path);
        known.filter(|entry| entry.identity == identity).map(|entry| entry.version.clone())
    }

    pub(super) fn learn(&mut self, path: &Path, version: &Version) {
        let (Some(identity), Some(path)) = (identity(path), path.to_str()) else { return };
        if path.contains(char::is_control) {
            return;
        }
        self.entries.retain(|entry| entry.path != path);
        self.entries.insert(0, Entry { identity, version: version.clone(), path: path.to_owned() });
        self.entries.truncate(MAX_ENTRIES);
        self.is_changed = true;
    }

    /// Writes what is new; where that fails the program is asked again.
    pub(super) fn keep(&self) {
        let Some(directory) = self.directory.as_deref().filter(|_| self.is_changed) else { return };
        let write = || {
            fs::create_dir_all(directory)?;
            // Renamed into place: two processes at once leave the file of one of them.
            let mut file = tempfile::Builder::new().prefix(".cli-versions-").tempfile_in(directory)?;
            self.entries.iter().try_for_each(|entry| writeln!(file, "{}", entry.line()))?;
            file.persist(directory.join(FILE)).map_err(|error| error.error)
        };
        drop(write());
    }
}

impl Entry {
    fn parse(line: &str) -> Option<Self> {
        let mut words = line.splitn(7, ' ');
        let mut identity = [0; 5];
        for number in &mut identity {
            *number = words.next()?.parse().ok()?;
        }
        let version = Version::parse(words.next()?)?;
        Some(Self { identity, version, path: words.next()?.to_owned() })
    }

    fn line(&self) -> String {
        let [device, inode, size, mtime, ctime] = self.identity;
        format!("{device} {inode} {size} {mtime} {ctime} {} {}", self.version, self.path)
    }
}

/// Returns what changes when the file behind a path does. The time of the last change of the inode is set by the
/// kernel alone.
fn identity(path: &Path) -> Option<[i128; 5]> {
    let file = fs::metadata(path).ok()?;
    let time = |seconds: i64, nanoseconds: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanoseconds);
    Some([
        file.dev().into(),
        file.ino().into(),
        file.size().into(),
        time(file.mtime(), file.mtime_nsec()),
        time(file.ctime(), file.ctime_nsec()),
    ])
}

/// Returns the text of a file that belongs to this user and that nobody else may write.
fn read_own(path: &Path) -> Option<String> {
    let file = fs::symlink_metadata(path).ok()?;
    let is_own = file.uid() == rustix::process::geteuid().as_raw() && file.mode() & 0o022 == 0;
    if !file.is_file() || !is_own || file.len() > MAX_SIZE {
        return None;
    }
    String::from_utf8(world::read(path).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::os::unix::fs::PermissionsExt as _;

    const VERSION: Version = Version::new(0, 21, 8);

    fn put(path: &Path, text: &str) {
        fs::File::create(path).unwrap().write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn a_program_is_asked_again_when_it_changes() {
        let directory = tempfile::tempdir().unwrap();
        let (state, program) = (directory.path().join("state"), directory.path().join("a dagger"));
        let read = || Remembered::read(Some(state.clone()));
        put(&program, "one");
        let mut remembered = read();
        assert_eq!(remembered.version(&program), None);
        remembered.learn(&program, &VERSION);
        remembered.keep();
        assert_eq!(read().version(&program), Some(VERSION));
        // As large, with the same time: only the kernel's own time differs.
        let before = fs::metadata(&program).unwrap();
        put(&program, "two");
        fs::File::options()
            .write(true)
            .open(&program)
            .unwrap()
            .set_modified(before.modified().unwrap())
            .unwrap();
        if fs::metadata(&program).unwrap().ctime_nsec() != before.ctime_nsec() {
            assert_eq!(read().version(&program), None);
        }
        fs::remove_file(&program).unwrap();
        assert_eq!(read().version(&program), None);
    }

    #[test]
    fn what_others_may_write_is_not_believed() {
        let directory = tempfile::tempdir().unwrap();
        let program = directory.path().join("dagger");
        put(&program, "x");
        let mut remembered = Remembered::read(Some(directory.path().to_owned()));
        remembered.learn(&program, &VERSION);
        remembered.keep();
        let file = directory.path().join(FILE);
        let version = || Remembered::read(Some(directory.path().to_owned())).version(&program);
        assert_eq!(version(), Some(VERSION));
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        for mode in [0o620, 0o602] {
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(version(), None);
        }
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        let elsewhere = directory.path().join("elsewhere");
        fs::rename(&file, &elsewhere).unwrap();
        std::os::unix::fs::symlink(&elsewhere, &file).unwrap();
        assert_eq!(version(), None, "a link");
    }

    #[test]
    fn only_the_last_ones_are_kept() {
        let directory = tempfile::tempdir().unwrap();
        let mut remembered = Remembered::read(None);
        for index in 0..MAX_ENTRIES + 3 {
            let program = directory.path().join(index.to_string());
            put(&program, "x");
            remembered.learn(&program, &VERSION);
        }
        assert_eq!(remembered.entries.len(), MAX_ENTRIES);
        assert_eq!(remembered.version(&directory.path().join("0")), None);
        assert_eq!(remembered.version(&directory.path().join("3")), Some(VERSION));
        // Nowhere to write is no failure.
        remembered.keep();
    }

    proptest! {
        #[test]
        fn no_line_is_too_much(line in "[0-9 -]{0,60}(0\\.21\\.8)? ?.{0,20}") {
            if let Some(entry) = Entry::parse(&line) {
                prop_assert_eq!(Entry::parse(&entry.line()), Some(entry));
            }
        }
    }
}
