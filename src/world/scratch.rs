//! A directory of our own outside every repository, for programs that must not write where they are run.

use std::io;
use std::path::Path;

use tempfile::TempDir;

/// A new directory under the system's temporary one, that nobody else can read. It goes with the value.
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Returns an empty one, or why the system refuses it.
    pub fn new() -> io::Result<Self> {
        tempfile::Builder::new().prefix("pin-").tempdir().map(Self)
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a file in it, with the directories that it needs. Nobody waits for it to be on the disk.
    #[expect(clippy::disallowed_methods, reason = "nothing that anybody keeps: a crash may leave half of it")]
    pub fn write(&self, name: &str, text: &str) -> io::Result<()> {
        let path = self.path().join(name);
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(path, text)
    }
}
