//! From the containers that there are to the one that there should be, as steps: what `--dry-run` prints is what is
//! executed.

use std::fmt;

use super::{Container, Owner, State, Wanted};
use crate::value::Runtime;

#[cfg(test)]
pub(super) mod tests;

/// What there is on a daemon, as far as it matters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// The engines of this project and toolchain.
    pub engines: Vec<Container>,
    /// Names of running engines whose sockets were lost with their directory.
    pub cut_off: Vec<String>,
    /// Whose volume has the name of the cache's, if one has it.
    pub volume: Option<Owner>,
    /// Whether the image is there.
    pub has_image: bool,
    /// Running containers on the cache's volume that are not among `engines`: their names.
    pub on_volume: Vec<String>,
    /// Who uses the running engines that would have to go, by the container's name; nothing where that cannot be told.
    pub clients: Vec<(String, Clients)>,
}

impl Seen {
    /// Returns the engine of this name.
    pub(super) fn engine(&self, name: &str) -> Option<&Container> {
        self.engines.iter().find(|engine| engine.name == name)
    }
}

/// Who uses an engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clients {
    /// These.
    Known(Vec<String>),
    /// It was asked, and does not say so: why.
    Untold(String),
}

/// What is done to a daemon, one thing at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Fetch the image.
    Pull(String),
    /// End an engine, and wait until it has ended.
    Stop(String),
    /// Remove a container that has ended. Its volume stays.
    Remove(String),
    /// Remove the volume of a cache.
    RemoveVolume(String),
    /// Make the volume of the cache.
    CreateVolume(String),
    /// Make the container, with its files in it.
    Create(String),
    /// Start the container.
    Start(String),
    /// Wait until the engine says that it is the pinned one.
    Await(String),
    /// Let the daemon start it again when it dies: it was ready once, and no other is left.
    Settle(String),
}

/// What is to be done, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

/// Why nothing can be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// Somebody else uses the volume: an engine locks it, and two of them would break each other's cache.
    #[error("the volume `{volume}` is in use by `{by}`")]
    VolumeBusy {
        /// The volume.
        volume: String,
        /// A container.
        by: String,
    },
    /// Another version runs, and is being used.
    #[error("`{name}` has to make way, and is in use by {}", clients.join(", "))]
    Clients {
        /// The container.
        name: String,
        /// Who is connected.
        clients: Vec<String>,
    },
    /// Another version runs, and does not say who uses it.
    #[error("`{name}` has to make way, and does not say who uses it: {why}")]
    Untold {
        /// The container.
        name: String,
        /// Why it does not.
        why: String,
    },
    /// The cache's volume has a name that somebody else has given to one of theirs.
    #[error("the volume `{0}` is not one that `pin` has made")]
    ForeignVolume(String),
    /// Somebody has paused it.
    #[error("`{name}` is paused")]
    Paused {
        /// The container.
        name: String,
    },
}

/// What helps with an engine that somebody holds still, whatever programs there are: to end one lets it go on first.
pub(super) const AGAINST_PAUSE: &str = "run `pin engine down`, then `pin engine up`; its cache stays";

impl Obstacle {
    /// Returns whether there is an engine that does not answer.
    pub const fn is_silence(&self) -> bool {
        matches!(self, Self::Paused { .. })
    }

    /// Returns a command that helps, for a daemon of this runtime.
    pub fn hint(&self, runtime: Runtime) -> String {
        match self {
            Self::VolumeBusy { by, .. } => format!("stop it first: `{} stop {by}`", runtime.as_str()),
            Self::Clients { .. } => {
                "run it again when they have ended, or run `pin engine down` first".to_owned()
            }
            Self::Untold { .. } => "run `pin engine down` first, which ends it all the same".to_owned(),
            Self::ForeignVolume(_) => "give the project another name: `project` in pin.toml".to_owned(),
            Self::Paused { .. } => AGAINST_PAUSE.to_owned(),
        }
    }
}

impl Plan {
    /// Returns whether only the engine's answer is waited for.
    pub fn is_up(&self) -> bool {
        matches!(self.steps.as_slice(), [Step::Await(_), Step::Settle(_)])
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pull(image) => write!(f, "pull {image}"),
            Self::Stop(name) => write!(f, "stop {name}, and wait until it has ended"),
            Self::Remove(name) => write!(f, "remove the container {name}"),
            Self::RemoveVolume(name) => write!(f, "remove the volume {name}, and all that is cached in it"),
            Self::CreateVolume(name) => write!(f, "create the volume {name}"),
            Self::Create(name) => write!(f, "create the privileged container {name}"),
            Self::Start(name) => write!(f, "start {name}"),
            Self::Await(name) => write!(f, "wait until {name} answers with the pinned version"),
            Self::Settle(name) => write!(f, "let the daemon restart {name} when it fails"),
        }
    }
}

/// Returns the running engines that the wanted one would take the place of.
pub(super) fn in_the_way<'s>(wanted: &Wanted, seen: &'s Seen) -> impl Iterator<Item = &'s Container> {
    let (name, spec) = (wanted.container(), wanted.spec());
    let stays = move |engine: &Container| {
        engine.name == name && engine.spec == spec && !seen.cut_off.contains(&engine.name)
    };
    seen.engines.iter().filter(move |engine| engine.state.is_up() && !stays(engine))
}

/// Returns why an engine that would have to make way cannot.
pub(super) fn in_use(name: &str, clients: &Clients) -> Option<Obstacle> {
    let name = name.to_owned();
    match clients {
        Clients::Known(clients) if clients.is_empty() => None,
        Clients::Known(clients) => Some(Obstacle::Clients { name, clients: clients.clone() }),
        Clients::Untold(why) => Some(Obstacle::Untold { name, why: why.clone() }),
    }
}

/// Returns what is to be done so that the wanted engine runs, and no other of its project and toolchain.
pub fn plan(wanted: &Wanted, seen: &Seen) -> Result<Plan, Obstacle> {
    let name = wanted.container();
    if let Some(by) = seen.on_volume.first() {
        return Err(Obstacle::VolumeBusy { volume: wanted.volume(), by: by.clone() });
    }
    if seen.volume == Some(Owner::Foreign) {
        return Err(Obstacle::ForeignVolume(wanted.volume()));
    }
    let spec = wanted.spec();
    let is_wanted = |engine: &&Container| {
        engine.name == name
            && engine.spec == spec
            && !matches!(engine.state, State::Created | State::Gone)
            && !seen.cut_off.contains(&name)
    };
    let current = seen.engines.iter().find(is_wanted);
    if current.is_some_and(|current| current.state == State::Paused) {
        return Err(Obstacle::Paused { name });
    }
    let others = || seen.engines.iter().filter(|engine| Some(*engine) != current);
    if let Some(obstacle) = seen.clients.iter().find_map(|(name, clients)| in_use(name, clients)) {
        return Err(obstacle);
    }
    let mut steps = Vec::new();
    if !seen.has_image && current.is_none() {
        steps.push(Step::Pull(wanted.image.reference()));
    }
    steps.extend(in_the_way(wanted, seen).map(|other| Step::Stop(other.name.clone())));
    // A name can be had once.
    let same_name = others().filter(|other| other.name == name);
    steps.extend(same_name.map(|other| Step::Remove(other.name.clone())));
    match current.map(|current| current.state) {
        Some(State::Running | State::Restarting) => {}
        Some(_) => steps.push(Step::Start(name.clone())),
        None => {
            if seen.volume.is_none() {
                steps.push(Step::CreateVolume(wanted.volume()));
            }
            steps.extend([Step::Create(name.clone()), Step::Start(name.clone())]);
        }
    }
    steps.push(Step::Await(name.clone()));
    // What was there before goes late: until then nothing is lost that cannot be had again.
    steps.extend(others().filter(|other| other.name != name).map(|other| Step::Remove(other.name.clone())));
    steps.push(Step::Settle(name));
    Ok(Plan { steps })
}
