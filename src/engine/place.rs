//! Where an engine's socket is on this machine, and who may change the engine right now.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::name::short_hash;
use crate::world::{self, Voice};

/// The most bytes of a socket's path (unix(7), `sun_path`), without the zero at its end.
const MAX_SOCKET: usize = 103;

/// Says since which start of its container the engine is ready and the only one; lies beside its socket.
const READY: &str = "ready";

/// What this machine keeps about one container of one daemon.
#[derive(Debug, Clone)]
pub struct Place {
    daemon: String,
    directory: PathBuf,
    lock: PathBuf,
}

/// The right to change an engine; given back when it is dropped, also by a kill.
#[derive(Debug)]
pub struct Held(#[expect(dead_code, reason = "it is locked as long as it is open")] File);

impl Place {
    /// Returns the place of a container below the directory for state. Two daemons never share one, even where one
    /// sees the files of the other.
    pub fn new(state: &Path, daemon: &str, container: &str, engine: &str) -> Self {
        let lock = short_hash(format!("{daemon}\n{engine}").as_bytes());
        let base = state.join("run");
        Self {
            daemon: daemon.to_owned(),
            directory: base.join(directory(daemon, container)),
            lock: base.join(format!("{lock}.lock")),
        }
    }

    /// Returns the place of another container of the same engine: another version of it.
    pub fn of(&self, container: &str) -> Self {
        Self { directory: self.directory.with_file_name(directory(&self.daemon, container)), ..self.clone() }
    }

    /// Returns the directory of the socket, or `None` where no socket could have a path that long.
    pub fn directory(&self, socket: &str) -> Option<&Path> {
        let length = self.directory.as_os_str().len() + 1 + socket.len();
        (length <= MAX_SOCKET && self.directory.to_str().is_some()).then_some(&self.directory)
    }

    /// Makes the directory, which nobody else can look into.
    pub fn make(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.directory)?;
        // The engine's group reaches its socket through the owner, who is in it.
        fs::set_permissions(&self.directory, Permissions::from_mode(0o700))
    }

    /// Removes the directory with what the engine has left in it.
    pub fn remove(&self) -> io::Result<()> {
        absent_is_fine(fs::remove_dir_all(&self.directory))
    }

    /// Returns whether the engine has been ready since this start of its container, with no other of its project and
    /// toolchain left beside it.
    pub fn is_settled(&self, start: &str) -> bool {
        world::read(&self.directory.join(READY)).is_ok_and(|noted| noted == start.as_bytes())
    }

    /// Notes that the engine has been ready since this start of its container, and is the only one.
    pub fn settle(&self, start: &str) -> io::Result<()> {
        self.make()?;
        let new = self.directory.join(READY).with_extension("new");
        File::create(&new)?.write_all(start.as_bytes())?;
        fs::rename(&new, self.directory.join(READY))
    }

    /// Notes that the engine is about to end: nothing is known of it any more.
    pub fn unsettle(&self) -> io::Result<()> {
        absent_is_fine(fs::remove_file(self.directory.join(READY)))
    }

    /// Returns whether the directory is what a container has as this, and is gone: its socket is out of reach.
    pub fn has_lost(&self, sockets: Option<&str>) -> bool {
        sockets.is_some_and(|sockets| self.directory.to_str() == Some(sockets)) && !self.directory.is_dir()
    }

    /// Returns the right to change the engine, once whoever has it is finished.
    pub async fn hold(&self, bound: Duration, voice: Voice) -> io::Result<Held> {
        if let Some(base) = self.lock.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(base)?;
        }
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(&self.lock)?;
        let waits = || voice.say("waiting for another `pin` that changes this engine");
        world::lock(&file, bound, waits).await?;
        Ok(Held(file))
    }
}

fn absent_is_fine(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn directory(daemon: &str, container: &str) -> String {
    short_hash(format!("{daemon}\n{container}").as_bytes())
}
