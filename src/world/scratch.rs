//! A directory of our own outside every repository, for programs that must not write where they are run.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use tempfile::TempDir;

/// A new directory under the system's temporary one, that nobody else can read. It goes with the value.
#[derive(Debug)]
pub struct Scratch(TempDir);

/// A temporary directory could not be made or filled.
#[derive(Debug, thiserror::Error)]
#[error("cannot write a temporary directory")]
pub struct ScratchError(#[from] io::Error);

impl Scratch {
    /// Returns a directory with these files. Nobody waits for them to be on the disk.
    pub fn new(files: &[(&str, &str)]) -> Result<Self, ScratchError> {
        let private = Permissions::from_mode(0o700);
        let directory = tempfile::Builder::new().prefix("pin-").permissions(private).tempdir()?;
        for (name, text) in files {
            let path = directory.path().join(name);
            fs::create_dir_all(path.parent().unwrap_or(directory.path()))?;
            File::create_new(path)?.write_all(text.as_bytes())?;
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
        let scratch = Scratch::new(&[("a", "1"), ("b/c", "2")]).unwrap();
        let path = scratch.path().to_owned();
        assert_eq!(crate::world::read(&path.join("a")).unwrap(), b"1");
        assert_eq!(crate::world::read(&path.join("b/c")).unwrap(), b"2");
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(scratch);
        assert!(!path.exists());
    }
}
