use rustix::fd::BorrowedFd;
use rustix::fs::{AtFlags, FileType, statat};
use rustix::io::Errno;

use crate::world::rules;

/// What a directory holds, in the order in which the file system tells it; made again for each.
#[derive(Debug, Default)]
pub(super) struct Listing {
    names: String,
    /// Where each name ends.
    entries: Vec<(usize, Kind)>,
    /// It has a `.git`: another repository begins here.
    pub(super) has_repository: bool,
    /// It has a file of ignore rules.
    pub(super) has_rules: bool,
    buffer: Buffer,
}

/// What an entry is; nothing else is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Directory,
}

impl Listing {
    /// Lists an open directory.
    pub(super) fn read(&mut self, directory: BorrowedFd<'_>) -> Result<(), Errno> {
        self.names.clear();
        self.entries.clear();
        self.has_repository = false;
        self.has_rules = false;
        let mut buffer = std::mem::take(&mut self.buffer);
        let result = buffer.entries(directory, |name, kind| self.add(directory, name, kind));
        self.buffer = buffer;
        result
    }

    fn add(&mut self, directory: BorrowedFd<'_>, name: &[u8], kind: FileType) {
        if matches!(name, b"." | b"..") {
            return;
        }
        if name == b".git" {
            self.has_repository = true;
            return;
        }
        let Ok(name) = str::from_utf8(name) else { return };
        let kind = match kind {
            // Some file systems do not say.
            FileType::Unknown => statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)
                .map_or(FileType::Unknown, |stat| FileType::from_raw_mode(stat.st_mode)),
            kind => kind,
        };
        let kind = match kind {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            _ => return,
        };
        self.has_rules |= kind == Kind::File && name == rules::FILE;
        self.names.push_str(name);
        self.entries.push((self.names.len(), kind));
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = (&str, Kind)> {
        let starts = std::iter::once(0).chain(self.entries.iter().map(|(end, _)| *end));
        self.entries.iter().zip(starts).map(|((end, kind), start)| (&self.names[start..*end], *kind))
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
mod system {
    //! Linux fills one buffer for all directories.

    use std::fmt;
    use std::mem::MaybeUninit;

    use super::{BorrowedFd, Errno, FileType};

    #[derive(Default)]
    pub(super) struct Buffer(Vec<MaybeUninit<u8>>);

    impl Buffer {
        pub(super) fn entries(
            &mut self,
            directory: BorrowedFd<'_>,
            mut each: impl FnMut(&[u8], FileType),
        ) -> Result<(), Errno> {
            if self.0.is_empty() {
                self.0 = vec![MaybeUninit::uninit(); 1 << 15];
            }
            let mut entries = rustix::fs::RawDir::new(directory, &mut self.0);
            while let Some(entry) = entries.next() {
                let entry = entry?;
                each(entry.file_name().to_bytes(), entry.file_type());
            }
            Ok(())
        }
    }

    impl fmt::Debug for Buffer {
        fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
            formatter.debug_tuple("Buffer").finish_non_exhaustive()
        }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod system {
    use super::{BorrowedFd, Errno, FileType};

    #[derive(Debug, Default)]
    pub(super) struct Buffer;

    impl Buffer {
        pub(super) fn entries(
            &mut self,
            directory: BorrowedFd<'_>,
            mut each: impl FnMut(&[u8], FileType),
        ) -> Result<(), Errno> {
            for entry in rustix::fs::Dir::read_from(directory)? {
                let entry = entry?;
                each(entry.file_name().to_bytes(), entry.file_type());
            }
            Ok(())
        }
    }
}

use system::Buffer;
