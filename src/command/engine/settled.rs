//! What is known before a daemon is asked: which engine the repository pins, and where it is to run.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use rustix::process::getegid;

use crate::catalog::Catalog;
use crate::command::user::user;
use crate::command::{Common, Exit, Refused, Survey, survey, with_causes};
use crate::config::{self, Bound, EngineKind, Mode};
use crate::engine::runtime::Candidate;
use crate::engine::{Image, Record, Wanted, project};
use crate::value::{ImageName, Tag, Version};
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
        Self::new(&survey(common)?, common)
    }

    /// Like [`Settled::of`], of a repository that has been looked at.
    pub(in crate::command) fn new(survey: &Survey, common: &Common) -> Result<Self, Refused> {
        let settings = settings(survey, common);
        let kind = survey.config.engine.kind;
        let version = pinned(survey, kind);
        let Some(state) = common.environment.state() else {
            let message =
                "there is no place to keep the engine's state: neither XDG_STATE_HOME nor HOME is set";
            return Err(Refused::new(Exit::Usage, message, Some("set HOME to your home directory")));
        };
        let git = world::common_git_directory(&survey.root);
        let project = project(survey.config.project.as_deref(), &survey.root, &git);
        let catalog = survey.repository.catalog.clone();
        Ok(Self {
            kind,
            catalog,
            project,
            state,
            common: common.clone(),
            known: RefCell::new(None),
            root: survey.root.clone(),
            version,
            settings,
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
        let (version, settings) = (self.version()?.clone(), self.isolated()?);
        let image = self.image(&version, settings)?;
        Ok(Wanted {
            kind: self.kind,
            version,
            project: self.project.clone(),
            image,
            gpu: settings.gpu,
            memory: settings.memory,
            gc: settings.gc.unwrap_or(BOUND),
            certificates: certificates(&self.root, &settings.ca)?,
            proxies: Wanted::proxies(&self.common.environment),
            group: Some(getegid().as_raw()).filter(|group| *group != 0),
            start_timeout: settings.start_timeout,
            stop_timeout: settings.stop_timeout,
        })
    }

    /// Returns the image of a version: what pin.lock says about the official one holds for a mirror, too.
    fn image(&self, version: &Version, settings: &config::Settled) -> Result<Image, Refused> {
        let suffix = if settings.gpu { "-gpu" } else { "" };
        let tag = Tag::parse(&format!("v{version}{suffix}"));
        let Some((official, tag)) = ImageName::parse(self.kind.repository()).zip(tag) else {
            let message = format!("no image can have a tag for the version {version}");
            return Err(Refused::new(Exit::Usage, &message, Some("pin a release: `pin bump`")));
        };
        let digest =
            |name: &ImageName| self.catalog.image(&format!("{name}:{tag}")).map(|image| image.digest);
        let name = settings.image.clone().unwrap_or_else(|| official.clone());
        let digest = digest(&name).or_else(|| digest(&official));
        Ok(Image { name, tag, digest })
    }
}

fn settings(survey: &Survey, common: &Common) -> Result<config::Settled, Refused> {
    let user = user(&common.environment)?;
    config::settle(&survey.config.engine, &user, &common.environment)
        .map_err(|unsettled| Refused::new(Exit::Usage, &unsettled.to_string(), Some(&unsettled.hint())))
}

fn pinned(survey: &Survey, kind: EngineKind) -> Result<Version, Refused> {
    let toolchain = kind.toolchain();
    let verdict = survey.verdict()?;
    let truth = verdict.truths.iter().find(|truth| truth.toolchain == toolchain);
    let configured = || Some(survey.config.toolchains.get(toolchain)?.version.as_ref()?.0.clone());
    if let Some(version) = truth.and_then(|truth| truth.version().cloned()).or_else(configured) {
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

fn certificates(root: &Path, paths: &[String]) -> Result<Vec<Vec<u8>>, Refused> {
    let read = |path: &String| {
        world::read(&root.join(path)).map_err(|error| {
            let hint = "take it out of `ca` below `[engine]` in pin.toml, or put the certificate there";
            Refused::new(Exit::Failure, &with_causes(&error), Some(hint))
        })
    };
    paths.iter().map(read).collect()
}
