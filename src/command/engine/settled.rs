//! What is known before a daemon is asked: which engine the repository pins, and where it is to run.

use std::path::PathBuf;
use std::time::Duration;

use rustix::process::getegid;

use crate::command::{Common, Exit, Refused, Survey, survey};
use crate::engine::runtime::{self, Need, Nowhere};
use crate::engine::{Bound, Daemon, EngineKind, Image, Place, UpError, Wanted, project};
use crate::value::{ImageName, Tag, Version};
use crate::world;

/// The engine that a repository pins, and where what is known about it is kept.
pub(super) struct Settled {
    pub(super) wanted: Wanted,
    pub(super) state: PathBuf,
    pub(super) common: Common,
}

impl Settled {
    pub(super) fn of(common: &Common) -> Result<Self, Refused> {
        let survey = survey(common)?;
        let (kind, version) = pinned(&survey)?;
        let Some(state) = common.environment.state() else {
            let message =
                "there is no place to keep the engine's state: neither XDG_STATE_HOME nor HOME is set";
            return Err(Refused::new(Exit::Usage, message, Some("set HOME to your home directory")));
        };
        let git = world::common_git_directory(&survey.root);
        let name = ImageName::parse(kind.repository());
        let tag = Tag::parse(&format!("v{version}"));
        let Some((name, tag)) = name.zip(tag) else {
            let message = format!("no image has a tag for the version {version}");
            return Err(Refused::new(Exit::Usage, &message, None));
        };
        let mut image = Image { name, tag, digest: None };
        image.digest = survey.repository.catalog.image(&image.tagged()).map(|image| image.digest);
        let wanted = Wanted {
            kind,
            version,
            project: project(survey.config.project.as_deref(), &survey.root, &git),
            image,
            gpu: false,
            memory: None,
            gc: Bound::Percent(20),
            certificates: Vec::new(),
            proxies: Wanted::proxies(&common.environment),
            group: Some(getegid().as_raw()).filter(|group| *group != 0),
            start_timeout: Duration::from_mins(1),
            stop_timeout: Duration::from_mins(5),
        };
        Ok(Self { wanted, state, common: common.clone() })
    }

    /// Returns the daemon that is there.
    pub(super) async fn daemon(&self) -> Result<Daemon, Refused> {
        let bound = self.common.network.http.timeout;
        let found = runtime::look(&self.common.environment, None, bound).await;
        let found =
            found.map_err(|nowhere| no_daemon(&nowhere, Need::Engine(self.wanted.kind.variable())))?;
        found.notes().iter().for_each(|note| self.common.voice.say(note));
        Ok(found.daemon)
    }

    pub(super) fn place(&self, daemon: &Daemon) -> Place {
        let engine = format!("{}\n{}", self.wanted.kind.toolchain(), self.wanted.project);
        Place::new(&self.state, daemon.address(), &self.wanted.container(), &engine)
    }
}

fn pinned(survey: &Survey) -> Result<(EngineKind, Version), Refused> {
    let verdict = survey.verdict()?;
    for kind in EngineKind::ALL {
        let truth = verdict.truths.iter().find(|truth| truth.toolchain == kind.toolchain());
        let configured = || Some(survey.config.toolchains.get(kind.toolchain())?.version.as_ref()?.0.clone());
        if let Some(version) = truth.and_then(|truth| truth.version().cloned()).or_else(configured) {
            return Ok((kind, version));
        }
    }
    Err(Refused::new(Exit::Usage, "no version of an engine is pinned here", Some("run `pin list`")))
}

/// Returns how a verb ends that finds no daemon.
pub(super) fn no_daemon(nowhere: &Nowhere, need: Need) -> Refused {
    let exit = if nowhere.is_hung() { Exit::Unanswered } else { Exit::NoEngine };
    Refused::new(exit, &nowhere.message(), Some(&nowhere.hint(need)))
}

/// Returns how a verb ends that did not bring the engine up.
pub(super) fn refused(error: &UpError) -> Refused {
    let exit = match error {
        UpError::Interrupted => Exit::Interrupted,
        UpError::Silent { .. } | UpError::Held(_) => Exit::Unanswered,
        UpError::Other { .. } => Exit::OtherVersion,
        UpError::State(_) => Exit::Failure,
        _ => Exit::NoEngine,
    };
    Refused::new(exit, &super::super::with_causes(error), None)
}
