use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use memchr::memmem::Finder;
use rustix::io::Errno;

/// A file larger than this states no version that a person wrote.
pub const MAX_FILE_SIZE: u64 = 32 << 20;

/// Where a binary file shows itself, as git decides it.
const HEAD: usize = 8000;

/// A file that could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("cannot read `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is larger than [`MAX_FILE_SIZE`].
    #[error("`{}` has {size} bytes, more than the {MAX_FILE_SIZE} that are looked at", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size in bytes.
        size: u64,
    },
}

impl ReadError {
    /// Returns whether the file is not there.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}

/// Returns the bytes of a regular file.
pub fn read(path: &Path) -> Result<Vec<u8>, ReadError> {
    File::open(path)
        .map_err(Failure::Io)
        .and_then(|mut file| whole(&mut file))
        .map_err(|failure| failure.at(path))
}

/// Why an open file could not be read.
#[derive(Debug)]
pub(super) enum Failure {
    Io(io::Error),
    TooLarge(u64),
}

impl Failure {
    /// Returns whether the file is gone, or has become a link, since it was listed.
    pub(super) fn is_not_there(&self) -> bool {
        let Self::Io(error) = self else { return false };
        let is_link = error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
        is_link || error.kind() == io::ErrorKind::NotFound
    }

    pub(super) fn at(self, path: &Path) -> ReadError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => ReadError::Io { path, source },
            Self::TooLarge(size) => ReadError::TooLarge { path, size },
        }
    }
}

/// Returns all bytes of an open file.
fn whole(file: &mut File) -> Result<Vec<u8>, Failure> {
    let size = file.metadata().map_err(Failure::Io)?.len();
    if size > MAX_FILE_SIZE {
        return Err(Failure::TooLarge(size));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(Failure::Io)?;
    Ok(bytes)
}

/// Returns whether nobody may write the file, by its mode.
pub(super) fn is_read_only(path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|metadata| metadata.permissions().readonly())
}

/// A file larger than this is in memory alone among its kind, so that many threads need little more
/// of it than one.
const LARGE: usize = 1 << 20;

/// Reads many files, one after the other, and hands over those that matter: most are seen once,
/// through one buffer.
#[derive(Debug)]
pub(super) struct Sieve<'m> {
    markers: &'m [Finder<'m>],
    large: &'m Mutex<()>,
    /// How much of a chunk comes again before the next one, so that no marker is cut in two.
    overlap: usize,
    buffer: Vec<u8>,
}

/// What is in a file.
#[derive(Debug)]
pub(super) struct Content<'m> {
    pub(super) bytes: Vec<u8>,
    /// Of a large file, the right to hold it.
    pub(super) turn: Option<MutexGuard<'m, ()>>,
}

impl<'m> Sieve<'m> {
    /// Returns a sieve that lets texts through in which one of the markers stands. Whoever has a large
    /// file in memory holds `large`.
    pub(super) fn new(markers: &'m [Finder<'m>], large: &'m Mutex<()>) -> Self {
        let longest = markers.iter().map(|marker| marker.needle().len()).max();
        let overlap = longest.unwrap_or(1).saturating_sub(1);
        Self { markers, large, overlap, buffer: vec![0; 1 << 17] }
    }

    /// Returns the bytes of an open file, whatever they are.
    pub(super) fn whole(&mut self, mut file: File) -> Result<Content<'m>, Failure> {
        let end = self.fill(&mut file, 0)?;
        self.content(file, end)
    }

    /// Returns the bytes of an open file when it is a text in which a marker stands.
    pub(super) fn marked(&mut self, mut file: File) -> Result<Option<Content<'m>>, Failure> {
        let mut end = self.fill(&mut file, 0)?;
        if memchr::memchr(0, &self.buffer[..end.min(HEAD)]).is_some() {
            return Ok(None);
        }
        loop {
            let chunk = &self.buffer[..end];
            if self.markers.iter().any(|marker| marker.find(chunk).is_some()) {
                return self.content(file, end).map(Some);
            }
            if end < self.buffer.len() {
                return Ok(None);
            }
            self.buffer.copy_within(end - self.overlap.., 0);
            end = self.fill(&mut file, self.overlap)?;
        }
    }

    /// Reads until the buffer is full or the file at its end, and returns how much there is.
    fn fill(&mut self, file: &mut File, mut end: usize) -> Result<usize, Failure> {
        while end < self.buffer.len() {
            match file.read(&mut self.buffer[end..]) {
                Ok(0) => break,
                Ok(more) => end += more,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Failure::Io(error)),
            }
        }
        Ok(end)
    }

    /// Returns a file's bytes, the last of which are in the buffer.
    fn content(&self, mut file: File, end: usize) -> Result<Content<'m>, Failure> {
        let size = file.stream_position().map_err(Failure::Io)?;
        if size == end as u64 && end < self.buffer.len() {
            return Ok(Content { bytes: self.buffer[..end].to_vec(), turn: None });
        }
        let size = file.metadata().map_err(Failure::Io)?.len();
        let is_large = size > LARGE as u64;
        let turn = is_large.then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        file.rewind().map_err(Failure::Io)?;
        Ok(Content { bytes: whole(&mut file)?, turn })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    #[test]
    fn a_marker_is_found_wherever_it_stands() {
        let (markers, large) = ([Finder::new("dagger"), Finder::new("DAGGER")], Mutex::new(()));
        let mut sieve = Sieve::new(&markers, &large);
        let chunk = sieve.buffer.len();
        for length in [0, 6, 100, chunk - 1, chunk, chunk + 1, 3 * chunk, LARGE + 7] {
            for at in [0, 1, chunk - 7, chunk - 3, chunk, 2 * chunk - 8, LARGE - 1] {
                let mut bytes = vec![b'.'; length];
                assert!(sieve.marked(file(&bytes)).unwrap().is_none(), "{length}");
                let Some(place) = bytes.get_mut(at..at + 6) else { continue };
                place.copy_from_slice(if at % 2 == 0 { b"dagger" } else { b"DAGGER" });
                let found = sieve.marked(file(&bytes)).unwrap().map(|content| content.bytes);
                assert!(found.as_ref() == Some(&bytes), "{at} of {length}");
                assert!(sieve.whole(file(&bytes)).unwrap().bytes == bytes, "{at} of {length}");
            }
        }
    }

    #[test]
    fn what_is_no_text_is_not_looked_into() {
        let (markers, large) = ([Finder::new("dagger")], Mutex::new(()));
        let mut sieve = Sieve::new(&markers, &large);
        assert!(sieve.marked(file(b"\0 dagger")).unwrap().is_none());
        let mut bytes = vec![b'.'; HEAD];
        bytes.extend(b"\0 dagger");
        assert!(sieve.marked(file(&bytes)).unwrap().is_some());
    }

    #[test]
    fn only_what_matters_is_too_large() {
        let (markers, large) = ([Finder::new("dagger")], Mutex::new(()));
        let mut sieve = Sieve::new(&markers, &large);
        let mut bytes = vec![b'.'; usize::try_from(MAX_FILE_SIZE).unwrap() + 1];
        assert!(sieve.marked(file(&bytes)).unwrap().is_none());
        let end = bytes.len();
        bytes[end - 6..].copy_from_slice(b"dagger");
        assert!(matches!(sieve.marked(file(&bytes)), Err(Failure::TooLarge(_))));
        assert!(matches!(sieve.whole(file(&bytes)), Err(Failure::TooLarge(_))));
    }
}
