use std::fs::{File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

/// A directory of its own, readable by nobody else, that goes when the value goes.
#[derive(Debug)]
pub struct Scratch(TempDir);

/// A temporary directory could not be made or filled.
#[derive(Debug, thiserror::Error)]
#[error("cannot write a temporary directory")]
pub struct ScratchError(#[from] io::Error);

impl Scratch {
    /// Returns a directory with these files.
    pub fn new(files: &[(&str, &str)]) -> Result<Self, ScratchError> {
        let directory =
            tempfile::Builder::new().prefix("pin-").permissions(Permissions::from_mode(0o700)).tempdir()?;
        for (name, text) in files {
            File::create_new(directory.path().join(name))?.write_all(text.as_bytes())?;
        }
        Ok(Self(directory))
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scratch_is_private_and_goes_with_its_files() {
        let scratch = Scratch::new(&[("a", "1"), ("b", "")]).unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(crate::world::read(&path.join("a")).unwrap(), b"1");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(scratch);
        assert!(!path.exists());
    }
}
