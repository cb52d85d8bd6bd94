use std::path::PathBuf;

use super::Container;
use super::audit::{self, Action, AuditError, Event};
use crate::config::{EngineKind, Mode};
use crate::world;

/// Why an engine's container is privileged: there is no other way (dagger docs, "Custom runner"; moby/buildkit README).
pub(super) const PRIVILEGED: &str = "an engine makes containers itself";

/// What is fetched beside images.
const CLI: &str = "the CLI of the pinned version";

/// Writes down what is done to the engines of a project.
#[derive(Debug, Clone)]
pub struct Record {
    /// Where the audit log is.
    pub state: PathBuf,
    /// Which engine it is.
    pub kind: EngineKind,
    /// The version that is pinned, if one is, or that of the engine to which something is done.
    pub version: String,
    /// Whose engine it is.
    pub project: String,
}

impl Record {
    /// Returns what writes down what is done to an engine that may have another version than the pinned one.
    #[must_use]
    pub fn of(&self, engine: Option<&Container>) -> Self {
        let version = engine.and_then(|engine| engine.version.as_ref());
        Self { version: version.map_or_else(|| self.version.clone(), ToString::to_string), ..self.clone() }
    }

    /// Writes down that a privileged container is made. It is not made when that fails.
    pub fn creates(&self, container: &str, image: &str) -> Result<(), AuditError> {
        let event = self.event(Action::Create);
        self.append(&Event { image: Some(image.to_owned()), ..privileged(container, event) })
    }

    /// Writes down that a privileged container is started. It is not started when that fails.
    pub fn starts(&self, container: &str) -> Result<(), AuditError> {
        self.append(&privileged(container, self.event(Action::Start)))
    }

    /// Writes down that something is done to a container.
    pub fn does(&self, action: Action, container: &str) -> Result<(), AuditError> {
        let event = self.event(action);
        self.append(&Event { container: Some(container.to_owned()), ..event })
    }

    /// Writes down that a cache is removed.
    pub fn purges(&self, volume: &str) -> Result<(), AuditError> {
        let event = self.event(Action::Purge);
        self.append(&Event { reason: Some(format!("the volume {volume}")), ..event })
    }

    /// Writes down that an engine's image is fetched.
    pub fn fetches(&self, image: &str) -> Result<(), AuditError> {
        let event = self.event(Action::Download);
        self.append(&Event { image: Some(image.to_owned()), ..event })
    }

    /// Writes down that the CLI is fetched for an engine of this mode; one that was injected has none.
    pub fn fetches_cli(&self, mode: Option<Mode>) -> Result<(), AuditError> {
        let event = self.event(Action::Download);
        self.append(&Event { mode, reason: Some(CLI.to_owned()), ..event })
    }

    /// What is done to an engine is done to one in a container of its own: nothing is done to others.
    fn event(&self, action: Action) -> Event {
        Event {
            action,
            mode: Some(Mode::Isolated),
            toolchain: self.kind.toolchain().to_owned(),
            version: self.version.clone(),
            project: Some(self.project.clone()),
            container: None,
            image: None,
            privileged: false,
            reason: None,
        }
    }

    fn append(&self, event: &Event) -> Result<(), AuditError> {
        audit::append(&self.state, event, world::now())
    }
}

/// Returns the event with all that is said about a privileged container.
fn privileged(container: &str, event: Event) -> Event {
    let container = Some(container.to_owned());
    Event { container, privileged: true, reason: Some(PRIVILEGED.to_owned()), ..event }
}
