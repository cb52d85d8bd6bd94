//! The files of the log, one by one.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use super::AuditError;
use crate::audit::{HEAD_FILE, Head, first_of, full_file};
use crate::world;

/// Name of the file that whoever writes has locked.
pub(super) const LOCK: &str = "audit.lock";

/// Returns the bytes of a file, or `None` when it is not there.
pub(super) fn whole(path: &Path) -> Result<Option<Vec<u8>>, AuditError> {
    match world::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(AuditError::io("read", path, io::Error::other(error))),
    }
}

/// Returns what the head says; nothing when it is not there or not what was written.
pub(super) fn head(directory: &Path) -> Result<Option<Head>, AuditError> {
    Ok(whole(&directory.join(HEAD_FILE))?.and_then(|text| Head::parse(&text)))
}

/// Returns the first sequence numbers of the full files, oldest first.
pub(super) fn full(directory: &Path) -> Result<Vec<u64>, AuditError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(AuditError::io("list", directory, source)),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| AuditError::io("list", directory, source))?;
        found.extend(entry.file_name().to_str().and_then(first_of));
    }
    found.sort_unstable();
    Ok(found)
}

/// Returns at most so many of the last bytes of a file, from the start of a line on, and whether they are all.
pub(super) fn tail(path: &Path, most: u64) -> Result<(Vec<u8>, bool), AuditError> {
    let read = || {
        let mut file = match File::open(path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok((Vec::new(), true)),
            Err(error) => return Err(error),
        };
        let start = file.metadata()?.len().saturating_sub(most);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes)?;
        if start > 0 {
            let line = memchr::memchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1);
            bytes.drain(..line);
        }
        Ok((bytes, start == 0))
    };
    read().map_err(|source| AuditError::io("read", path, source))
}

/// Puts the head in place at once.
pub(super) fn write_head(directory: &Path, head: &Head) -> Result<(), AuditError> {
    let (path, new) = (directory.join(HEAD_FILE), directory.join(format!("{HEAD_FILE}.new")));
    let write = || {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
        file.write_all(head.print().as_bytes())?;
        file.sync_data()?;
        fs::rename(&new, &path)?;
        File::open(directory)?.sync_all()
    };
    write().map_err(|source| AuditError::io("write", &path, source))
}

/// Gives the file that is written to the name of a full one. Where its first line is none, so that the log is broken
/// anyway, it is named after its last.
pub(super) fn set_aside(directory: &Path, path: &Path, last: u64) -> Result<(), AuditError> {
    let first = whole(path)?.and_then(|bytes| {
        let line = bytes.split(|byte| *byte == b'\n').next()?;
        Some(crate::audit::parse(line)?.seq)
    });
    let full = directory.join(full_file(first.unwrap_or(last)));
    if full.exists() {
        return Ok(());
    }
    fs::rename(path, &full).map_err(|source| AuditError::io("rename", path, source))
}

/// Removes a file that may be gone already.
pub(super) fn remove(path: &Path) -> Result<(), AuditError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(AuditError::io("remove", path, error)),
        _ => Ok(()),
    }
}
