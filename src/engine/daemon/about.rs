//! What the daemon says about itself.

use super::{Daemon, DaemonError};

/// What Docker Desktop calls its operating system (docker/cli, `docker info`).
const DESKTOP: &str = "Docker Desktop";

impl Daemon {
    /// Returns whether it is Podman, which speaks Docker's language.
    pub async fn is_podman(&self) -> Result<bool, DaemonError> {
        let version = self.ask("tell its version", self.docker.version()).await?;
        let components = version.components.unwrap_or_default();
        Ok(components.iter().any(|component| component.name.contains("Podman")))
    }

    /// Returns whether containers run in the virtual machine of Docker Desktop.
    pub async fn is_desktop(&self) -> Result<bool, DaemonError> {
        let info = self.ask("tell about itself", self.docker.info()).await?;
        Ok(info.operating_system.is_some_and(|system| system.contains(DESKTOP)))
    }
}
