//! Where the audit log is kept: `audit.jsonl` and its head in the directory for state, and full files beside them.

mod files;
#[cfg(test)]
mod tests;

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::Duration;

use crate::audit::{self, Broken, Entry, Head, LogFile, Resume, Verified, resume};
use crate::world;

pub use crate::audit::{Action, Event};

/// How often it is looked whether another `pin` has written its line, and how many times.
const LOOK: (Duration, u32) = (Duration::from_millis(5), 1000);

/// How a log is kept.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// The bytes after which a file is full.
    bytes: u64,
    /// How many full files are kept.
    files: usize,
}

const BOUNDS: Bounds = Bounds { bytes: 1 << 20, files: 8 };

/// An audit log that could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
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
    /// Somebody else has held the log for seconds.
    #[error("another `pin` does not let go of `{}`", .0.display())]
    Busy(PathBuf),
}

/// A log that is not known to be what was written.
#[derive(Debug, thiserror::Error)]
pub enum Unverified {
    /// It is another one.
    #[error(transparent)]
    Broken(#[from] Broken),
    /// It could not be read.
    #[error(transparent)]
    Unreadable(#[from] AuditError),
}

/// Adds an event to the log in `directory`, which is made if it is not there. The line is on disk when this returns, in
/// whole or not at all; whoever is killed in between leaves a line that the next one tells of. Only the user may read
/// the files. A file that is full stays beside the new one; the oldest of more than eight goes.
pub fn append(directory: &Path, event: &Event, now: u64) -> Result<(), AuditError> {
    append_within(BOUNDS, directory, event, now)
}

fn append_within(bounds: Bounds, directory: &Path, event: &Event, now: u64) -> Result<(), AuditError> {
    let make = DirBuilder::new().recursive(true).mode(0o700).create(directory);
    make.map_err(|source| AuditError::io("make", directory, source))?;
    let _lock = lock(directory, true)?;
    let head = files::head(directory)?;
    let mut oldest = match &head {
        Some(head) => head.oldest,
        None => files::full(directory)?.first().copied().unwrap_or(1),
    };
    let path = directory.join(audit::FILE);
    let at = go_on(&path, head.as_ref())?;
    if at.is_head_behind {
        files::write_head(directory, &Head { oldest, last: at.link })?;
    }
    let (line, last) = at.line(event, now);
    if at.is_clean() && world::size(&path) + line.len() as u64 > bounds.bytes {
        files::set_aside(directory, &path, at.link.seq)?;
    }
    // One call, so that no other line comes in between, and a line that is cut is the last one.
    let write = || {
        let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        let written = file.write(line.as_bytes())?;
        file.sync_data()?;
        if written == line.len() { Ok(()) } else { Err(io::Error::from(io::ErrorKind::StorageFull)) }
    };
    write().map_err(|source| AuditError::io("write", &path, source))?;
    let full = files::full(directory)?;
    let gone = full.len().saturating_sub(bounds.files);
    if let Some(kept) = full.get(gone).filter(|_| gone > 0) {
        oldest = oldest.max(*kept);
    }
    // Whoever is killed before the files are gone leaves more than the head asks for, which is no loss.
    files::write_head(directory, &Head { oldest, last })?;
    full.iter().take(gone).try_for_each(|first| files::remove(&directory.join(audit::full_file(*first))))
}

/// Returns where the log goes on; only as much of the file is read as is needed to find its last entry.
fn go_on(path: &Path, head: Option<&Head>) -> Result<Resume, AuditError> {
    let mut window = 64 << 10;
    loop {
        let (tail, is_all) = files::tail(path, window)?;
        match resume(&tail, head) {
            Some(at) => return Ok(at),
            None if is_all => return Ok(Resume::at_head(&tail, head)),
            None => window *= 4,
        }
    }
}

/// Returns what the log in `directory` holds when it is what was written; a log that is not there holds nothing.
pub fn verify(directory: &Path) -> Result<Verified, Unverified> {
    let (files, head) = read(directory)?;
    Ok(audit::verify(&files, head.as_deref())?)
}

/// Returns the entries of the log in `directory`, oldest first, and the places of lines that are none, as `FILE:LINE`.
pub fn entries(directory: &Path) -> Result<(Vec<Entry>, Vec<String>), AuditError> {
    let (files, _) = read(directory)?;
    Ok(audit::entries(&files))
}

/// Returns the files, oldest first, and what stands in the head; nobody writes meanwhile.
fn read(directory: &Path) -> Result<(Vec<LogFile>, Option<Vec<u8>>), AuditError> {
    let _lock = if directory.join(files::LOCK).exists() { Some(lock(directory, false)?) } else { None };
    let names = files::full(directory)?.into_iter().map(|first| (audit::full_file(first), Some(first)));
    let mut read = Vec::new();
    for (name, first) in names.chain([(audit::FILE.to_owned(), None)]) {
        if let Some(bytes) = files::whole(&directory.join(&name))? {
            read.push(LogFile { name, first, bytes });
        }
    }
    Ok((read, files::whole(&directory.join(audit::HEAD_FILE))?))
}

/// Returns the right to write the log, or to read it while nobody writes; given back when it is dropped.
fn lock(directory: &Path, is_writer: bool) -> Result<File, AuditError> {
    let path = directory.join(files::LOCK);
    let open = match is_writer {
        true => OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path),
        false => File::open(&path),
    };
    let file = open.map_err(|source| AuditError::io("open", &path, source))?;
    for _ in 0..LOOK.1 {
        match if is_writer { file.try_lock() } else { file.try_lock_shared() } {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(AuditError::io("lock", &path, source)),
            Err(TryLockError::WouldBlock) => sleep(LOOK.0),
        }
    }
    Err(AuditError::Busy(path))
}

impl AuditError {
    fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }
}
