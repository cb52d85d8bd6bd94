use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use super::journal::{Entry, Journal, JournalError, digest};
use super::read::is_read_only;
use crate::plan::Change;

/// A change that was not made; every file is what it was.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// A file is not what the change was computed from.
    #[error("`{path}` has changed since it was read")]
    Changed {
        /// The file.
        path: String,
    },
    /// A file is marked as not to be written.
    #[error("`{path}` is read-only")]
    ReadOnly {
        /// The file.
        path: String,
    },
    /// The journal, or a file that it names, could not be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Makes all the changes, or none: new contents are written beside the files, synced to disk, and
/// only then put in place. Mode, owner, and every file that is not named stay as they are.
///
/// When putting them in place fails half-way, the journal stays, and the next run finishes it.
pub fn replace(root: &Path, changes: &[Change]) -> Result<(), ReplaceError> {
    let journal = Journal::of(root);
    for change in changes {
        refuse_if_changed(root, change)?;
    }
    let entries: Vec<Entry> = changes.iter().map(entry).collect();
    let mut file = match journal.begin(&entries) {
        Ok(file) => file,
        Err(error @ JournalError::Busy(_)) => return Err(error.into()),
        Err(error) => {
            drop(journal.close());
            return Err(error.into());
        }
    };
    let prepared = prepare(root, changes, &entries).and_then(|()| {
        // What was read may have been edited while the new contents were being written.
        changes.iter().try_for_each(|change| refuse_if_changed(root, change))?;
        Ok(journal.commit(&mut file)?)
    });
    if let Err(error) = prepared {
        journal.take_back(&entries);
        drop(journal.close());
        return Err(error);
    }
    journal.finish(&entries)?;
    Ok(journal.close()?)
}

fn refuse_if_changed(root: &Path, change: &Change) -> Result<(), ReplaceError> {
    let path = root.join(&change.path);
    match super::read(&path) {
        Ok(bytes) if bytes == change.before => {}
        // A file that is made was empty before.
        Err(error) if error.is_not_found() && change.before.is_empty() => return Ok(()),
        _ => return Err(ReplaceError::Changed { path: change.path.clone() }),
    }
    match is_read_only(&path) {
        Ok(false) => Ok(()),
        _ => Err(ReplaceError::ReadOnly { path: change.path.clone() }),
    }
}

fn entry(change: &Change) -> Entry {
    let path = PathBuf::from(&change.path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}.pin-new"));
    Entry { path, temporary, before: digest(&change.before), after: digest(&change.after) }
}

fn prepare(root: &Path, changes: &[Change], entries: &[Entry]) -> Result<(), ReplaceError> {
    for (change, entry) in changes.iter().zip(entries) {
        let temporary = root.join(&entry.temporary);
        write_like(&root.join(&entry.path), &temporary, &change.after)
            .map_err(|source| JournalError::io("write", &temporary, source))?;
    }
    Ok(())
}

/// Writes a new file with the mode and the owner of `model`, if there is one, down to the disk.
fn write_like(model: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let wanted = match fs::metadata(model) {
        Ok(wanted) => wanted,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
            file.write_all(bytes)?;
            return file.sync_all();
        }
        Err(error) => return Err(error),
    };
    // Only its owner may read it until it has the right owner and mode.
    let mut file: File = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    let own = file.metadata()?;
    if (own.uid(), own.gid()) != (wanted.uid(), wanted.gid()) {
        fchown(&file, Some(wanted.uid()), Some(wanted.gid()))?;
    }
    file.set_permissions(wanted.permissions())?;
    file.sync_all()
}
