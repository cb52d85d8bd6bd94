//! What makes a change of several files all or nothing even when the process dies in between.
//!
//! The journal names every file, its temporary neighbour and both contents' digests. It is
//! complete and on disk before the first temporary file exists; once the line `commit` stands in
//! it, every temporary file is complete and on disk too. So a reader can always finish the change
//! (after `commit`) or take it back (before), and nothing in between is lost.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

const COMMIT: &str = "commit";

/// One file of a change; paths are relative to the root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    /// The file.
    pub(super) path: PathBuf,
    /// The neighbour that holds the new content.
    pub(super) temporary: PathBuf,
    /// Digest of the content before.
    pub(super) before: String,
    /// Digest of the content after.
    pub(super) after: String,
}

/// Where the journal of a repository is kept.
#[derive(Debug, Clone)]
pub struct Journal {
    root: PathBuf,
    path: PathBuf,
}

/// What was done about an interrupted change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recovery {
    /// There was none.
    Nothing,
    /// It was complete, and has been finished.
    Finished,
    /// It was not complete, and has been taken back.
    TakenBack,
}

/// An interrupted change that cannot be mended.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// Another process is writing at this moment.
    #[error("another `pin sync` is writing in this repository (`{}` is locked)", .0.display())]
    Busy(PathBuf),
    /// A file has been changed after the interruption.
    #[error("`{}` was changed after an interrupted `pin sync`; its journal is `{}`", path.display(), journal.display())]
    Changed {
        /// The file.
        path: PathBuf,
        /// The journal, to be removed when the file is as it should be.
        journal: PathBuf,
    },
    /// The system refused.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Journal {
    /// Returns the journal of the repository at `root`: in its git directory, else at the root.
    pub fn of(root: &Path) -> Self {
        let path = super::git_directory(root)
            .map_or_else(|| root.join(".pin-journal"), |git| git.join("pin-journal"));
        Self { root: root.to_owned(), path }
    }

    /// Returns where it is, when a change was interrupted or is under way.
    pub fn pending(&self) -> Option<&Path> {
        self.path.exists().then_some(self.path.as_path())
    }

    /// Finishes or takes back a change that was interrupted.
    pub fn recover(&self) -> Result<Recovery, JournalError> {
        if self.pending().is_none() {
            return Ok(Recovery::Nothing);
        }
        let _lock = self.open()?;
        let bytes = super::read(&self.path)
            .map_err(|error| JournalError::io("read", &self.path, io::Error::other(error)))?;
        let (entries, is_committed) = parse(&bytes);
        let recovery = if is_committed {
            for entry in &entries {
                self.check_unchanged(entry)?;
            }
            self.finish(&entries)?;
            Recovery::Finished
        } else {
            self.take_back(&entries);
            Recovery::TakenBack
        };
        self.close()?;
        Ok(recovery)
    }

    /// Writes down what is about to be done; the returned file is locked until it is dropped.
    pub(super) fn begin(&self, entries: &[Entry]) -> Result<File, JournalError> {
        let mut file = self.open()?;
        let mut text = String::new();
        for entry in entries {
            let line = serde_json::to_string(entry)
                .map_err(|error| JournalError::io("write", &self.path, error.into()))?;
            text.push_str(&line);
            text.push('\n');
        }
        let written =
            file.set_len(0).and_then(|()| file.write_all(text.as_bytes())).and_then(|()| file.sync_all());
        written.map_err(|source| JournalError::io("write", &self.path, source))?;
        self.sync_directory(&self.path)?;
        Ok(file)
    }

    /// Says that every temporary file is complete: from here on the change will be finished.
    pub(super) fn commit(&self, file: &mut File) -> Result<(), JournalError> {
        let line = format!("{COMMIT}\n");
        let written = file.write_all(line.as_bytes()).and_then(|()| file.sync_all());
        written.map_err(|source| JournalError::io("write", &self.path, source))
    }

    /// Puts every temporary file in place; one that is in place already is left.
    pub(super) fn finish(&self, entries: &[Entry]) -> Result<(), JournalError> {
        for entry in entries {
            let (from, to) = (self.root.join(&entry.temporary), self.root.join(&entry.path));
            match fs::rename(&from, &to) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                result => result.map_err(|source| JournalError::io("replace", &to, source))?,
            }
        }
        for entry in entries {
            self.sync_directory(&self.root.join(&entry.path))?;
        }
        Ok(())
    }

    /// Removes the temporary files; what cannot be removed is found by the next recovery.
    pub(super) fn take_back(&self, entries: &[Entry]) {
        for entry in entries {
            drop(fs::remove_file(self.root.join(&entry.temporary)));
        }
    }

    /// Forgets the change.
    pub(super) fn close(&self) -> Result<(), JournalError> {
        fs::remove_file(&self.path).map_err(|source| JournalError::io("remove", &self.path, source))?;
        self.sync_directory(&self.path)
    }

    fn open(&self) -> Result<File, JournalError> {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&self.path);
        let file = opened.map_err(|source| JournalError::io("create", &self.path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::WouldBlock) => Err(JournalError::Busy(self.path.clone())),
            Err(TryLockError::Error(source)) => Err(JournalError::io("lock", &self.path, source)),
        }
    }

    /// A file that is neither what it was nor what it was to become has been edited since.
    fn check_unchanged(&self, entry: &Entry) -> Result<(), JournalError> {
        let path = self.root.join(&entry.path);
        let now = match super::read(&path) {
            Ok(bytes) => digest(&bytes),
            // It was to be made, and is not yet.
            Err(error) if error.is_not_found() => digest(b""),
            Err(_) => String::new(),
        };
        if now == entry.before || now == entry.after {
            return Ok(());
        }
        Err(JournalError::Changed { path: entry.path.clone(), journal: self.path.clone() })
    }

    fn sync_directory(&self, path: &Path) -> Result<(), JournalError> {
        let directory = path.parent().unwrap_or(&self.root);
        let synced = File::open(directory).and_then(|directory| directory.sync_all());
        synced.map_err(|source| JournalError::io("sync", directory, source))
    }
}

impl JournalError {
    pub(super) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}

/// Returns the entries and whether the change was committed; a torn line ends the journal, and a
/// journal whose entries are torn was written before anything else was.
fn parse(bytes: &[u8]) -> (Vec<Entry>, bool) {
    let mut entries = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\n") {
            Some(line) if line == COMMIT.as_bytes() => return (entries, true),
            Some(line) => match serde_json::from_slice(line) {
                Ok(entry) => entries.push(entry),
                Err(_) => return (entries, false),
            },
            None => return (entries, false),
        }
    }
    (entries, false)
}

pub(super) fn digest(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_torn_journal_is_not_committed() {
        let entry =
            Entry { path: "a".into(), temporary: ".a.pin".into(), before: digest(b"1"), after: digest(b"2") };
        let mut bytes = serde_json::to_vec(&entry).unwrap();
        bytes.extend_from_slice(b"\ncommit\n");
        assert_eq!(parse(&bytes), (vec![entry], true));
        for length in 0..bytes.len() {
            assert!(!parse(&bytes[..length]).1, "{length} bytes");
        }
    }
}
