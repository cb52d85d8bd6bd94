//! Real Dagger engines and their CLIs, which nobody can build here: whoever runs the tests gives them, or they are
//! pulled. Two releases of different epochs, the pinned one and one before it.
//!
//! | variable | what it names |
//! |---|---|
//! | `PIN_TEST_DAGGER_IMAGE` | an archive for `docker load`, or a reference to pull |
//! | `PIN_TEST_DAGGER_CLI` | the CLI of the same release; else the one inside the image |
//! | `PIN_TEST_DAGGER_IMAGE_BEFORE`, `PIN_TEST_DAGGER_CLI_BEFORE` | the same of an earlier release |

use super::daemon::{Daemon, Setup, Store};
use super::docker_api::Api;
use super::engine_image::Engines;
use super::tool;
use serde_json::{Value, json};
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use tar::Archive;

/// The official name of the engine's image.
pub(crate) const OFFICIAL: &str = "registry.dagger.io/engine";

/// What is pulled when nobody gives anything.
const PINNED: &str = "0.21.8";
const BEFORE: &str = "0.20.8";

/// Where its CLI is in an image.
const CLI: &str = "/usr/local/bin/dagger";

/// A release of Dagger.
#[derive(Clone, Debug)]
pub(crate) struct Release {
    /// Without `v`.
    pub(crate) version: String,
    archive: PathBuf,
    /// The name of the image in the archive.
    name: String,
    /// A directory with nothing but its CLI in it.
    pub(crate) programs: PathBuf,
}

/// The pinned release and the one before it.
#[derive(Clone, Debug)]
pub(crate) struct Releases {
    pub(crate) pinned: Release,
    pub(crate) before: Release,
}

impl Releases {
    /// A daemon of its own for a test, with both releases. `None` has been reported.
    pub(crate) fn with_daemon(test: &str, setup: &Setup) -> Option<(Daemon, Self)> {
        let releases = Self::need(test)?;
        let daemon = Daemon::start(test, setup)?;
        releases.load(&daemon);
        Some((daemon, releases))
    }

    /// The daemon with both releases that all tests of this process share. It has a bridge: engines that share a network
    /// get into each other's way. `None` has been reported.
    pub(crate) fn shared(test: &str) -> Option<(&'static Daemon, Self)> {
        static SHARED: OnceLock<Result<Daemon, String>> = OnceLock::new();
        let releases = Self::need(test)?;
        let daemon = SHARED.get_or_init(|| {
            let daemon = Daemon::try_start(&Setup::default().with_bridge())?;
            releases.load(&daemon);
            Ok(daemon)
        });
        match daemon {
            Ok(daemon) => Some((daemon, releases)),
            Err(why) => tool::not_run(test, "dockerd", why),
        }
    }

    fn need(test: &str) -> Option<Self> {
        static FOUND: OnceLock<Result<Releases, String>> = OnceLock::new();
        Engines::for_own_daemon(test)?;
        match FOUND.get_or_init(Self::find) {
            Ok(releases) => Some(releases.clone()),
            Err(why) => {
                tool::say(&format!("not run: {test}: no Dagger engine image: {why}"));
                None
            }
        }
    }

    fn find() -> Result<Self, String> {
        let pinned = Release::find("PIN_TEST_DAGGER_IMAGE", "PIN_TEST_DAGGER_CLI", PINNED)?;
        let before = Release::find("PIN_TEST_DAGGER_IMAGE_BEFORE", "PIN_TEST_DAGGER_CLI_BEFORE", BEFORE)?;
        Ok(Self { pinned, before })
    }

    fn load(&self, api: &Api) {
        for release in [&self.pinned, &self.before] {
            api.load(&release.archive).expect("the image can be loaded");
            api.tag(&release.name, OFFICIAL, &format!("v{}", release.version));
        }
    }
}

impl Release {
    fn find(image: &str, cli: &str, official: &str) -> Result<Self, String> {
        let given = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let named = given(image).unwrap_or_else(|| format!("{OFFICIAL}:v{official}").into());
        let archive = if named.is_file() { named } else { pulled(&named.to_string_lossy())? };
        let name = name(&archive).ok_or_else(|| format!("no image is named in {}", archive.display()))?;
        let version = name.rsplit_once(":v").map(|(_, version)| version.to_owned());
        let version = version.ok_or_else(|| format!("`{name}` has no version as its tag"))?;
        let directory = kept(&format!("dagger-{version}"))?;
        let program = directory.join("dagger");
        drop(fs::remove_file(&program));
        let made = match given(cli) {
            Some(path) => symlink(path, &program),
            None => fs::write(&program, inside(&archive, &name)?)
                .and_then(|()| fs::set_permissions(&program, fs::Permissions::from_mode(0o755))),
        };
        made.map_err(|error| format!("{}: {error}", program.display()))?;
        Ok(Self { version, archive, name, programs: directory })
    }

    /// The image, by its official name.
    pub(crate) fn image(&self) -> String {
        format!("{OFFICIAL}:v{}", self.version)
    }
}

/// A directory that stays between runs.
fn kept(name: &str) -> Result<PathBuf, String> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&directory).map_err(|error| format!("{}: {error}", directory.display()))?;
    Ok(directory)
}

/// An archive with what a reference means in its registry; it stays for the next run.
fn pulled(reference: &str) -> Result<PathBuf, String> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let archive =
        kept("dagger-images")?.join(format!("{}.tar", reference.chars().map(plain).collect::<String>()));
    if archive.is_file() {
        return Ok(archive);
    }
    let (repository, tag) = reference.rsplit_once(':').ok_or_else(|| format!("`{reference}` has no tag"))?;
    // Whose network is ours, unlike that of the daemon with the engines.
    let (daemon, _) =
        Daemon::shared("pulling Dagger", Store::Containerd).ok_or("there is no daemon to pull it")?;
    if !daemon.pulls(repository, tag) {
        return Err(format!("`{reference}` cannot be pulled"));
    }
    let bytes = daemon.bytes(&format!("/images/{reference}/get"));
    let part = archive.with_extension("part");
    let written = fs::write(&part, bytes).and_then(|()| fs::rename(&part, &archive));
    written.map_err(|error| format!("{}: {error}", archive.display()))?;
    Ok(archive)
}

/// The name of the image in an archive (moby/docker-image-spec, `manifest.json`).
fn name(archive: &Path) -> Option<String> {
    let mut archive = Archive::new(File::open(archive).ok()?);
    let entries = archive.entries_with_seek().ok()?;
    let is_list =
        |entry: &tar::Entry<'_, File>| entry.path().is_ok_and(|path| path.as_os_str() == "manifest.json");
    let list = entries.map_while(Result::ok).find(is_list)?;
    let list: Value = serde_json::from_reader(list).ok()?;
    Some(list[0]["RepoTags"][0].as_str()?.to_owned())
}

/// The CLI in an image.
fn inside(archive: &Path, name: &str) -> Result<Vec<u8>, String> {
    let (daemon, _) =
        Daemon::shared("Dagger's CLI", Store::Containerd).ok_or("there is no daemon to open it")?;
    daemon.load(archive)?;
    let made = daemon.post("/containers/create", Some(&json!({ "Image": name })));
    let id = made["Id"].as_str().expect("it has an id");
    let (status, _) = daemon.ask("HEAD", &format!("/containers/{id}/archive?path={CLI}"), None);
    let bytes = (status == 200).then(|| daemon.bytes(&format!("/containers/{id}/archive?path={CLI}")));
    daemon.ask("DELETE", &format!("/containers/{id}?v=1"), None);
    daemon.ask("DELETE", &format!("/images/{name}"), None);
    let bytes = bytes.ok_or_else(|| format!("there is no `{CLI}` in {name}"))?;
    let mut program = Vec::new();
    let mut archive = Archive::new(bytes.as_slice());
    let mut entries = archive.entries().map_err(|error| error.to_string())?;
    let mut entry = entries.next().and_then(Result::ok).ok_or("an empty archive")?;
    entry.read_to_end(&mut program).map_err(|error| error.to_string())?;
    Ok(program)
}
