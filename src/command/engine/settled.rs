//! What is known before a daemon is asked: which engine the repository pins, and where it is to run.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustix::process::getegid;

use super::refused::of_unsettled;
use crate::catalog::Catalog;
use crate::command::survey::{read_config, read_lock, settled_root, survey_configured};
use crate::command::user::user;
use crate::command::{Common, Exit, Refused, Survey, with_causes};
use crate::config::{self, Bound, Config, EngineKind, Mode, Provision};
use crate::engine::runtime::Candidate;
use crate::engine::{Image, Proxies, Record, Wanted, project};
use crate::value::Version;
use crate::world;

/// How large a cache may grow when nobody says it: several engines must not fill a disk.
const BOUND: Bound = Bound::Percent(20);

/// The engine of a repository. What is not said is an error only for those who need it: whoever ends an engine needs
/// no version, and whoever is given one needs no mode.
#[derive(Debug)]
pub(in crate::command) struct Settled {
    /// Which engine.
    pub(in crate::command) kind: EngineKind,
    /// What is known about releases.
    pub(in crate::command) catalog: Catalog,
    pub(super) project: String,
    pub(super) state: PathBuf,
    pub(super) common: Common,
    /// Where a daemon has answered.
    pub(super) known: RefCell<Option<Candidate>>,
    pub(super) root: PathBuf,
    version: Result<Version, Refused>,
    settings: Result<config::Settled, Refused>,
}

impl Settled {
    pub(in crate::command) fn of(common: &Common) -> Result<Self, Refused> {
        let root = settled_root(common)?;
        let configured = read_config(&root, common)?;
        // What pin.toml states no other file can change, so none is looked at.
        if let Some(version) = stated(&configured.0) {
            let catalog = read_lock(&root)?;
            return Self::with(&root, &configured.0, catalog, Ok(version), common);
        }
        Self::new(&survey_configured(root, configured, read_lock)?, common)
    }

    /// Like [`Settled::of`], of a repository that has been looked at.
    pub(in crate::command) fn new(survey: &Survey, common: &Common) -> Result<Self, Refused> {
        let version = pinned(survey);
        Self::with(&survey.root, &survey.config, survey.repository.catalog.clone(), version, common)
    }

    fn with(
        root: &Path,
        config: &Config,
        catalog: Catalog,
        version: Result<Version, Refused>,
        common: &Common,
    ) -> Result<Self, Refused> {
        let Some(state) = common.environment.state() else {
            let message =
                "there is no place to keep the engine's state: neither XDG_STATE_HOME nor HOME is set";
            return Err(Refused::new(Exit::Usage, message, Some("set HOME to your home directory")));
        };
        let git = world::common_git_directory(root);
        Ok(Self {
            kind: config.engine.kind,
            catalog,
            project: project(config.project.as_deref(), root, &git),
            state,
            common: common.clone(),
            known: RefCell::new(None),
            root: root.to_owned(),
            version,
            settings: settings(config, common, root),
        })
    }

    /// Returns the version that is pinned.
    pub(in crate::command) fn version(&self) -> Result<&Version, Refused> {
        self.version.as_ref().map_err(Clone::clone)
    }

    /// Returns what writes down what is done.
    pub(in crate::command) fn record(&self) -> Record {
        Record {
            state: self.state.clone(),
            kind: self.kind,
            version: self.version.as_ref().map(ToString::to_string).unwrap_or_default(),
            project: self.project.clone(),
        }
    }

    /// Returns what holds for the engine.
    pub(super) fn settings(&self) -> Result<&config::Settled, Refused> {
        self.settings.as_ref().map_err(Clone::clone)
    }

    /// Returns what holds for an engine of one's own: a remote one, and the daemon's own, are somebody else's to start,
    /// to stop and to prune.
    pub(super) fn isolated(&self) -> Result<&config::Settled, Refused> {
        let settings = self.settings()?;
        if settings.mode.value == Mode::Isolated {
            return Ok(settings);
        }
        let message = format!(
            "{} says that the engine is {}: it is compared, and nothing is done to it here",
            settings.mode.by,
            settings.mode.value.as_str()
        );
        Err(Refused::new(Exit::Usage, &message, Some("run `pin engine status`")))
    }

    /// Returns the container that there should be.
    pub(super) fn wanted(&self) -> Result<Wanted, Refused> {
        let (version, provision) = (self.version()?.clone(), &self.isolated()?.provision);
        let image = self.image(&version, provision)?;
        Ok(Wanted {
            kind: self.kind,
            version,
            project: self.project.clone(),
            image,
            gpu: provision.gpu,
            memory: provision.memory,
            gc: provision.gc.unwrap_or(BOUND),
            certificates: certificates(&self.root, &provision.ca)?,
            proxies: Proxies::of(&self.common.environment),
            group: Some(getegid().as_raw()).filter(|group| *group != 0),
            start_timeout: provision.start_timeout,
            stop_timeout: provision.stop_timeout,
        })
    }

    fn image(&self, version: &Version, provision: &Provision) -> Result<Image, Refused> {
        Image::of(self.kind, version, provision, &self.catalog).ok_or_else(|| {
            let message = format!("no image can have a tag for the version {version}");
            Refused::new(Exit::Usage, &message, Some("pin a release: `pin bump`"))
        })
    }
}

fn settings(config: &Config, common: &Common, root: &Path) -> Result<config::Settled, Refused> {
    let user = user(&common.environment)?;
    config::settle(&config.engine, &user, &common.environment, root)
        .map_err(|unsettled| of_unsettled(&unsettled))
}

/// Returns the version of the engine's toolchain that is pinned.
pub(in crate::command) fn pinned(survey: &Survey) -> Result<Version, Refused> {
    let toolchain = survey.config.engine.kind.toolchain();
    let verdict = survey.verdict()?;
    let truth = verdict.truths.iter().find(|truth| truth.toolchain == toolchain);
    let version = truth.and_then(|truth| truth.version().cloned());
    if let Some(version) = version.or_else(|| stated(&survey.config)) {
        return Ok(version);
    }
    // What could not be read may be what states it.
    if let Some(problem) = survey.problems.first() {
        let stderr = problem.lines();
        return Err(Refused { exit: Exit::Failure, stderr, problem: Box::new(problem.clone()) });
    }
    let message = format!("nothing says which version of {toolchain} is pinned here");
    let hint = format!(
        "run `pin list` to see what is stated, or state `version` below `[toolchain.{toolchain}]` in pin.toml"
    );
    Err(Refused::new(Exit::Usage, &message, Some(&hint)))
}

/// Returns the version that pin.toml itself states.
fn stated(config: &Config) -> Option<Version> {
    let toolchain = config.toolchains.get(config.engine.kind.toolchain())?;
    Some(toolchain.version.as_ref()?.0.clone())
}

fn certificates(root: &Path, paths: &[String]) -> Result<Vec<Vec<u8>>, Refused> {
    let read = |path: &String| {
        world::read(&root.join(path)).map_err(|error| {
            let hint = "take it out of `ca` below `[engine]` in pin.toml, or put the certificate there";
            Refused::new(Exit::Failure, &with_causes(&error), Some(hint))
        })
    };
    paths.iter().map(read).collect()
}
