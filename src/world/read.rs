use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// A file larger than this states no version that a person wrote.
pub const MAX_FILE_SIZE: u64 = 32 << 20;

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
    let io_error = |source| ReadError::Io { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(io_error)?;
    let size = file.metadata().map_err(io_error)?.len();
    if size > MAX_FILE_SIZE {
        return Err(ReadError::TooLarge { path: path.to_owned(), size });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    file.read_to_end(&mut bytes).map_err(io_error)?;
    Ok(bytes)
}

/// Returns whether nobody may write the file, by its mode.
pub(super) fn is_read_only(path: &Path) -> io::Result<bool> {
    fs::metadata(path).map(|metadata| metadata.permissions().readonly())
}
