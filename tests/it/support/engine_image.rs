//! Images with a real `BuildKit` in them, as `tests/setup/engine-image` has made them; they stand in for official ones.

use super::docker_api::Api;
use super::tool;
use rustix::process::geteuid;
use std::fs;
use std::path::PathBuf;

/// The official name of the engine's image.
pub(crate) const OFFICIAL: &str = "docker.io/moby/buildkit";

/// A repository to name as a mirror of the engine's image: its engine fails in its own way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Says `line 1` to `line 30` on standard error and exits with 1.
    Exits,
    /// Runs, and never listens.
    Sleeps,
    /// Listens, and never answers.
    Mute,
    /// Works, and ignores SIGTERM.
    Stubborn,
    /// Works, and says that it is another version than the tag: [`Engines::before`].
    Other,
}

impl Fault {
    pub(crate) const ALL: [Self; 5] = [Self::Exits, Self::Sleeps, Self::Mute, Self::Stubborn, Self::Other];

    pub(crate) fn repository(self) -> &'static str {
        match self {
            Self::Exits => "engines.example/exits",
            Self::Sleeps => "engines.example/sleeps",
            Self::Mute => "engines.example/mute",
            Self::Stubborn => "engines.example/stubborn",
            Self::Other => "engines.example/other",
        }
    }
}

/// The engines that have been built.
#[derive(Clone, Debug)]
pub(crate) struct Engines {
    /// The version of the Go module, without `v`: the official name and every fault have it as tag `v…`.
    pub(crate) version: String,
    /// The minor release before it, the next patch release: the official name has them in [`Engines::load_others`].
    pub(crate) before: String,
    pub(crate) next: String,
    directory: PathBuf,
}

impl Engines {
    /// What there is for a daemon of our own to run. `None` has been reported: nobody has to be root, or have Go.
    pub(crate) fn for_own_daemon(test: &str) -> Option<Self> {
        if !geteuid().is_root() {
            tool::say(&format!("not run: {test}: a container daemon of our own needs root"));
            return None;
        }
        Self::need(test)
    }

    /// What `tests/run` has built. `None` has been reported.
    pub(crate) fn need(test: &str) -> Option<Self> {
        let engines = Self::built();
        if engines.is_none() && tool::find("go").is_none() {
            tool::say(&format!("not run: {test}: no Go to build engines with"));
            return None;
        }
        engines.or_else(|| tool::not_run(test, "dockerd", "tests/run has built no engines"))
    }

    fn built() -> Option<Self> {
        let directory = super::tools().join("engine-image");
        fs::metadata(directory.join("complete")).ok()?;
        let versions = fs::read_to_string(directory.join("versions")).ok()?;
        let mut versions = versions.lines().map(|line| line.trim_start_matches('v').to_owned());
        Some(Self { version: versions.next()?, before: versions.next()?, next: versions.next()?, directory })
    }

    /// Where programs of a daemon are, runc among them.
    pub(crate) fn programs() -> PathBuf {
        super::tools().join("daemon")
    }

    /// A client of `BuildKit` that is not ours.
    pub(crate) fn buildctl() -> PathBuf {
        super::tools().join("buildkit/buildctl")
    }

    /// The pinned engine's image, by the official name.
    pub(crate) fn official(&self) -> String {
        format!("{OFFICIAL}:v{}", self.version)
    }

    /// The image of a faulty engine, by its mirror's name.
    pub(crate) fn faulty(&self, fault: Fault) -> String {
        format!("{}:v{}", fault.repository(), self.version)
    }

    /// The archive with the pinned engine and the faulty ones.
    pub(crate) fn archive(&self) -> PathBuf {
        self.directory.join("engine.tar")
    }

    /// Gives a daemon the pinned engine and the faulty ones.
    pub(crate) fn load(&self, api: &Api) {
        api.load(&self.archive()).expect("the images can be loaded");
    }

    /// Gives a daemon the engine at its other versions.
    pub(crate) fn load_others(&self, api: &Api) {
        api.load(&self.directory.join("others.tar")).expect("the images can be loaded");
    }
}
