//! Git's index, read once from its beginning to its end and never held: a repository of a million files has one of more
//! than a hundred megabytes.
//!
//! The format is that of git's own `Documentation/gitformat-index.txt`: versions 2, 3 and 4, split indexes, sparse ones, both
//! hashes. The checksum at the end is not verified: it guards git's writing, and a damaged name is a file that is not
//! there.

mod bitmap;
mod reader;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use bitmap::Bitmap;
use reader::Reader;

/// An index that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read `{}`", path.display())]
pub struct IndexError {
    /// The file.
    path: PathBuf,
    /// Why.
    source: io::Error,
}

/// What git keeps under a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tracked {
    /// A file, executable or not.
    File,
    /// A commit of another repository.
    Submodule,
}

/// Length in bytes of the hashes in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1 = 20,
    Sha256 = 32,
}

/// The largest extension that is looked into.
const MOST: u64 = 16 << 20;

/// Calls `visit` with everything that the index in a git directory lists, but links, and directories that a sparse checkout
/// leaves out: sorted, or in two sorted parts when the index is split. Without an index nothing is listed.
pub(super) fn read(
    directory: &Path,
    hash: Hash,
    visit: &mut impl FnMut(&[u8], Tracked),
) -> Result<(), IndexError> {
    let path = directory.join("index");
    let at = |path: &Path, source| IndexError { path: path.to_owned(), source };
    let link = match File::open(&path) {
        Ok(file) => read_own(file, hash, visit).map_err(|error| at(&path, error))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(at(&path, error)),
    };
    let Some(link) = link else { return Ok(()) };
    let path = directory.join(format!("sharedindex.{}", link.base));
    let shared = File::open(&path).and_then(|file| read_shared(file, hash, &link, visit));
    shared.map_err(|error| at(&path, error))
}

/// Where the rest of a split index is, and which entries there no longer count.
#[derive(Debug)]
struct Link {
    /// Hash of the shared index, in hexadecimal.
    base: String,
    deleted: Bitmap,
    replaced: Bitmap,
    /// What the replaced entries are now, in their order.
    instead: Vec<Option<Tracked>>,
}

fn read_own(file: impl Read, hash: Hash, visit: &mut impl FnMut(&[u8], Tracked)) -> io::Result<Option<Link>> {
    let mut reader = Reader::new(file);
    let mut instead = Vec::new();
    let mut entries = Entries::begin(&mut reader, hash)?;
    while let Some((name, tracked)) = entries.next()? {
        match tracked {
            // An entry without a name replaces one of the shared index.
            tracked if name.is_empty() => instead.push(tracked),
            Some(tracked) => visit(name, tracked),
            None => {}
        }
    }
    link(&mut reader, hash, instead)
}

fn read_shared(
    file: impl Read,
    hash: Hash,
    link: &Link,
    visit: &mut impl FnMut(&[u8], Tracked),
) -> io::Result<()> {
    let mut reader = Reader::new(file);
    let mut entries = Entries::begin(&mut reader, hash)?;
    let (mut deleted, mut replaced) = (link.deleted.cursor(), link.replaced.cursor());
    let mut instead = link.instead.iter();
    let mut position = 0;
    while let Some((name, tracked)) = entries.next()? {
        let is_deleted = deleted.holds(position);
        let tracked = if replaced.holds(position) { instead.next().copied().flatten() } else { tracked };
        position += 1;
        if let Some(tracked) = tracked.filter(|_| !is_deleted) {
            visit(name, tracked);
        }
    }
    Ok(())
}

/// Reads the extensions that follow the entries, for the one that makes an index a split one.
fn link(
    reader: &mut Reader<impl Read>,
    hash: Hash,
    instead: Vec<Option<Tracked>>,
) -> io::Result<Option<Link>> {
    let hash = hash as usize;
    // The file ends with its checksum, which may look like anything.
    while reader.has(hash + 8)? {
        let head = reader.take(8)?;
        let (is_link, size) = (head.starts_with(b"link"), u64::from(number(&head[4..])));
        if !is_link {
            reader.skip(size)?;
            continue;
        }
        if size > MOST {
            return Err(damaged("its link to a shared index is too long"));
        }
        let data = reader.take_all(usize::try_from(size).unwrap_or(usize::MAX))?;
        let Some((base, mut bitmaps)) = data.split_at_checked(hash) else {
            return Err(damaged("its link to a shared index is too short"));
        };
        if base.iter().all(|byte| *byte == 0) {
            return Ok(None);
        }
        let (deleted, replaced) = if bitmaps.is_empty() {
            (Bitmap::default(), Bitmap::default())
        } else {
            let mut next = || {
                Bitmap::parse(&mut bitmaps).ok_or_else(|| damaged("its link to a shared index is unreadable"))
            };
            (next()?, next()?)
        };
        let base = data_encoding::HEXLOWER.encode(base);
        return Ok(Some(Link { base, deleted, replaced, instead }));
    }
    Ok(None)
}

/// The entries of one file.
struct Entries<'r, R> {
    reader: &'r mut Reader<R>,
    hash: usize,
    version: u32,
    left: u32,
    /// Name of the last entry, from which version 4 takes the beginning of the next.
    name: Vec<u8>,
}

impl<'r, R: Read> Entries<'r, R> {
    fn begin(reader: &'r mut Reader<R>, hash: Hash) -> io::Result<Self> {
        let head = reader.take(12)?;
        if !head.starts_with(b"DIRC") {
            return Err(damaged("it does not begin like an index"));
        }
        let (version, left) = (number(&head[4..]), number(&head[8..]));
        if !(2..=4).contains(&version) {
            return Err(damaged(&format!("its version is {version}, and 2 to 4 are known")));
        }
        Ok(Self { reader, hash: hash as usize, version, left, name: Vec::new() })
    }

    /// Returns the next name, and what it is unless that is of no use.
    fn next(&mut self) -> io::Result<Option<(&[u8], Option<Tracked>)>> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        // Times, numbers of the file system, the mode at 24, owner, size; the hash; flags.
        let fixed = 40 + self.hash + 2;
        let head = self.reader.take(fixed)?;
        let mode = number(&head[24..]);
        let is_extended = head[fixed - 2] & 0x40 != 0 && self.version >= 3;
        let tracked = match mode >> 12 {
            0o10 => Some(Tracked::File),
            0o16 => Some(Tracked::Submodule),
            _ => None,
        };
        let mut length = fixed;
        if is_extended {
            self.reader.take(2)?;
            length += 2;
        }
        if self.version == 4 {
            let kept = self.name.len().checked_sub(self.prefix()?);
            self.name
                .truncate(kept.ok_or_else(|| damaged("a name takes more of the last one than there is"))?);
            self.name.extend_from_slice(self.reader.take_name()?);
            return Ok(Some((&self.name, tracked)));
        }
        // With one to eight zeros every entry has a multiple of eight bytes; one of them ends the name.
        let name = self.reader.peek_name()?;
        let padded = (length + name + 8) / 8 * 8 - length;
        let name = &self.reader.take(padded)?[..name];
        Ok(Some((name, tracked)))
    }

    /// Returns how many bytes to take off the last name: git's own variable-length number.
    fn prefix(&mut self) -> io::Result<usize> {
        let mut value = 0_usize;
        loop {
            let byte = self.reader.take(1)?[0];
            value = value
                .checked_shl(7)
                .map(|value| value + usize::from(byte & 0x7f))
                .filter(|value| *value < 1 << 24)
                .ok_or_else(|| damaged("a name takes more of the last one than there is"))?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            value += 1;
        }
    }
}

fn number(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

fn damaged(words: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, words)
}

#[cfg(test)]
mod tests;
