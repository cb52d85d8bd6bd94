//! Images on a daemon.

use std::collections::BTreeMap;

use bollard::auth::DockerCredentials;
use bollard::models::CreateImageInfo;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt as _;
use tokio::time::timeout;

use super::containers::if_there;
use super::{Daemon, DaemonError};
use crate::registry::Login;

/// How many times as long as for a short answer nothing may be heard of a pull: registries start slowly, and some daemons
/// unpack a layer without a word. As long as nobody says otherwise these are two minutes.
const PATIENCE: u32 = 6;

/// How far the layers of an image are, as far as they are known: in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pulled {
    /// What has come.
    pub done: u64,
    /// What there is.
    pub total: u64,
}

impl Daemon {
    /// Returns whether an image is there.
    pub async fn has_image(&self, reference: &str) -> Result<bool, DaemonError> {
        let image = self.ask("tell about an image", self.docker.inspect_image(reference)).await;
        Ok(if_there(image)?.is_some_and(|image| image.id.is_some()))
    }

    /// Fetches an image; `seen` hears how far it is. An error in the middle of the answer is an error (the status is
    /// sent before the registry was asked).
    pub async fn pull(
        &self,
        reference: &str,
        host: &str,
        login: Option<&Login>,
        mut seen: impl FnMut(Pulled),
    ) -> Result<(), DaemonError> {
        let what = format!("pull {reference}");
        let options = CreateImageOptionsBuilder::new().from_image(reference).build();
        let credentials = login.map(|login| credentials(host, login));
        let mut stream = self.docker.create_image(Some(options), None, credentials);
        let mut layers = BTreeMap::new();
        let silence = self.bound.saturating_mul(PATIENCE);
        loop {
            match timeout(silence, stream.next()).await {
                Ok(Some(Ok(info))) => {
                    note(&mut layers, info);
                    let (done, total) =
                        layers.values().fold((0, 0), |sum: (u64, u64), layer: &(u64, u64)| {
                            (sum.0.saturating_add(layer.0), sum.1.saturating_add(layer.1))
                        });
                    seen(Pulled { done, total });
                }
                Ok(Some(Err(error))) => return Err(self.error(&what, error)),
                Ok(None) => return Ok(()),
                Err(_) => return Err(self.silent(&what, silence)),
            }
        }
    }
}

/// Notes how far the layer is that the daemon tells of; unpacking it is counted like fetching it again.
fn note(layers: &mut BTreeMap<(String, bool), (u64, u64)>, info: CreateImageInfo) {
    let Some((id, detail)) = info.id.zip(info.progress_detail) else { return };
    let positive =
        |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok()).unwrap_or_default();
    let (current, total) = (positive(detail.current), positive(detail.total));
    if total > 0 {
        let unpacks = info.status.is_some_and(|status| status.starts_with("Extracting"));
        let _ = layers.insert((id, unpacks), (current.min(total), total));
    }
}

fn credentials(host: &str, login: &Login) -> DockerCredentials {
    let password = login.password();
    DockerCredentials {
        username: password.map(|(user, _)| user.to_owned()),
        password: password.map(|(_, password)| password.to_owned()),
        identitytoken: login.refresh_token().map(str::to_owned),
        serveraddress: Some(host.to_owned()),
        ..DockerCredentials::default()
    }
}
