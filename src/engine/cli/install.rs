use std::env::consts;
use std::fs::{self, File};
use std::io::{self, Seek as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest as _, Sha256 as Hasher};

use super::unpack::unpack;
use super::{Cli, NAME, Origin, ask, own_path};
use crate::catalog::{self, Catalog};
use crate::value::{Environment, HashEncoding, Sha256, Version};
use crate::world::http::{DownloadError, Http, HttpError, shown};
use crate::world::{self, Voice};

/// The most bytes of an archive: the CLI's has sixty million.
const MAX_ARCHIVE: u64 = 512 << 20;

/// How long another `pin` that installs the same is waited for.
const MAX_WAIT: Duration = Duration::from_mins(30);

/// What names are given until a file is complete.
const UNFINISHED: &str = ".dagger-";

/// The archive that a CLI comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    version: Version,
    /// Where it is published.
    pub url: String,
    /// Its hash, by the catalog or `pin.lock`.
    hash: Sha256,
}

/// A CLI that was not installed; nothing of it is left.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// There is none for this machine.
    #[error("no CLI is published for {}-{}", consts::ARCH, consts::OS)]
    System,
    /// Neither the catalog nor `pin.lock` knows what would come.
    #[error(
        "nobody here knows the checksum of the CLI {version} for {system}, and nothing is run without one"
    )]
    Unknown {
        /// The version.
        version: Version,
        /// The system, as Nix names it.
        system: &'static str,
    },
    /// It must not be used.
    #[error("the CLI {version} must not be used: {why}")]
    Broken {
        /// The version.
        version: Version,
        /// What is wrong with it.
        why: &'static str,
    },
    /// There is no place for it.
    #[error("there is no directory to install the CLI in: neither `HOME` nor `XDG_DATA_HOME` is set")]
    Homeless,
    /// Nothing came, or not all of it.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// Something else came.
    #[error("{url} has the SHA-256 {found}, wanted {wanted}")]
    Checksum {
        /// Where it came from.
        url: String,
        /// What came.
        found: String,
        /// What is known.
        wanted: String,
    },
    /// The archive cannot be unpacked.
    #[error("cannot unpack {url}")]
    Archive {
        /// Where it came from.
        url: String,
        /// Why.
        source: io::Error,
    },
    /// What was unpacked is not what it should be.
    #[error("the CLI of {url} says that it is {}, wanted {wanted}", found.as_ref().map_or("nothing".to_owned(), ToString::to_string))]
    Version {
        /// Where it came from.
        url: String,
        /// What it says.
        found: Option<Version>,
        /// What was wanted.
        wanted: Version,
    },
    /// Another `pin` does not come to an end.
    #[error("another `pin` has been installing `{}` for half an hour", .0.display())]
    Busy(PathBuf),
    /// The disk refuses.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl From<HttpError> for InstallError {
    fn from(error: HttpError) -> Self {
        Self::Download(error.into())
    }
}

impl Archive {
    /// Returns the archive of a version for this machine, below `https://dl.dagger.io/dagger` or a mirror with the same
    /// paths; what nobody knows the hash of, and what must not be used, is an error.
    pub fn of(version: &Version, releases: &str, catalog: &Catalog) -> Result<Self, InstallError> {
        let version = version.clone();
        if let Some(broken) = catalog::broken(&version).filter(|broken| !broken.is_nix_only) {
            return Err(InstallError::Broken { version, why: broken.why });
        }
        let (platform, system) = system().ok_or(InstallError::System)?;
        let Some(hash) = catalog.archive(&version, system) else {
            return Err(InstallError::Unknown { version, system });
        };
        let url = format!("{releases}/releases/{version}/{NAME}_v{version}_{platform}.tar.gz");
        Ok(Self { version, url, hash })
    }
}

/// Installs the CLI of an archive where `pin` looks for it, or takes the one that another `pin` has installed
/// meanwhile. It is checked before it gets its name, and one that does not get it leaves nothing.
pub async fn install(
    archive: &Archive,
    environment: &Environment,
    http: &Http,
    voice: Voice,
) -> Result<Cli, InstallError> {
    let Archive { version, url, hash } = archive;
    let path = own_path(version, environment).ok_or(InstallError::Homeless)?;
    let directory = path.parent().ok_or(InstallError::Homeless)?;
    let io = |path: &Path| {
        let path = path.to_owned();
        move |source| InstallError::Io { path, source }
    };
    fs::create_dir_all(directory).map_err(io(directory))?;
    // Held until the function returns, or the process ends in whatever way.
    let _lock = lock(directory, voice).await?;
    if ask(&path, directory).await.as_ref() == Some(version) {
        return Ok(Cli { path, origin: Origin::Own });
    }
    clean(directory);
    let mut archive = download(url, *hash, directory, http, voice).await?;
    archive.rewind().map_err(io(directory))?;
    let mut file =
        tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(directory).map_err(io(directory))?;
    unpack(&archive, NAME, &mut file).map_err(|source| InstallError::Archive { url: shown(url), source })?;
    let finish = |file: &File| {
        file.set_permissions(fs::Permissions::from_mode(0o755))?;
        file.sync_all()
    };
    finish(file.as_file()).map_err(io(file.path()))?;
    // Closed, for nobody runs a file that is open for writing.
    let file = file.into_temp_path();
    let found = ask(&file, directory).await;
    if found.as_ref() != Some(version) {
        return Err(InstallError::Version { url: shown(url), found, wanted: version.clone() });
    }
    file.persist(&path).map_err(|error| InstallError::Io { path: path.clone(), source: error.error })?;
    File::open(directory).and_then(|directory| directory.sync_all()).map_err(io(directory))?;
    Ok(Cli { path, origin: Origin::Downloaded })
}

/// Returns how archives' names call this machine, and how Nix does.
fn system() -> Option<(&'static str, &'static str)> {
    let architecture = if consts::ARCH == "arm" { "armv7l" } else { consts::ARCH };
    let os = if consts::OS == "macos" { "darwin" } else { consts::OS };
    let name = format!("{architecture}-{os}");
    catalog::PLATFORMS.into_iter().find(|(_, system)| *system == name)
}

/// Returns the lock on a directory, which only one process has.
async fn lock(directory: &Path, voice: Voice) -> Result<File, InstallError> {
    let waits = || voice.say(&format!("waiting for another `pin` that installs `{}`", directory.display()));
    let locked = async {
        let file = File::open(directory)?;
        world::lock(&file, MAX_WAIT, waits).await?;
        Ok(file)
    };
    locked.await.map_err(|source: io::Error| match source.kind() {
        io::ErrorKind::TimedOut => InstallError::Busy(directory.to_owned()),
        _ => InstallError::Io { path: directory.to_owned(), source },
    })
}

/// Removes what a process that was killed has left; whoever has the lock is the only one that writes here.
fn clean(directory: &Path) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            drop(fs::remove_file(entry.path()));
        }
    }
}

/// Returns an archive with that hash, in a file without a name.
async fn download(
    url: &str,
    wanted: Sha256,
    directory: &Path,
    http: &Http,
    voice: Voice,
) -> Result<File, InstallError> {
    let mut file = tempfile::tempfile_in(directory)
        .map_err(|source| InstallError::Io { path: directory.to_owned(), source })?;
    let download = http.download(url, MAX_ARCHIVE).await?;
    let progress = voice.progress_of_bytes(download.size(), &format!("downloading {}", shown(url)));
    let mut hasher = Hasher::new();
    download
        .each(|bytes| {
            hasher.update(bytes);
            progress.advance_by(bytes.len() as u64);
            file.write_all(bytes)
        })
        .await?;
    let found = Sha256::from_bytes(hasher.finalize().into());
    if found != wanted {
        let hex = |hash: Sha256| hash.print(HashEncoding::Hex);
        return Err(InstallError::Checksum { url: shown(url), found: hex(found), wanted: hex(wanted) });
    }
    Ok(file)
}
