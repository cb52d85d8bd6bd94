//! Images on a daemon.

use std::time::Duration;

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::{Daemon, DaemonError};

/// How long a registry may send nothing: layers are unpacked without a word.
const PULL_SILENCE: Duration = Duration::from_mins(2);

impl Daemon {
    /// Returns the id of an image, or `None` when it is not there.
    pub async fn image(&self, reference: &str) -> Result<Option<String>, DaemonError> {
        match self.ask("tell about an image", self.docker.inspect_image(reference)).await {
            Ok(image) => Ok(image.id),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Fetches an image; `seen` hears how far it is. An error in the middle of the answer is an error (the status is
    /// sent before the registry was asked).
    pub async fn pull(
        &self,
        reference: &str,
        credentials: Option<DockerCredentials>,
        mut seen: impl FnMut(&CreateImageInfo),
    ) -> Result<(), DaemonError> {
        let what = format!("pull {reference}");
        let options = CreateImageOptionsBuilder::new().from_image(reference).build();
        let mut stream = self.docker.create_image(Some(options), None, credentials);
        loop {
            match timeout(PULL_SILENCE, stream.next()).await {
                Ok(Some(Ok(info))) => seen(&info),
                Ok(Some(Err(error))) => return Err(self.error(&what, error)),
                Ok(None) => return Ok(()),
                Err(_) => return Err(self.silent(&what, PULL_SILENCE)),
            }
        }
    }
}
