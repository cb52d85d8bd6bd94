//! Asking an engine what it is: `moby.buildkit.v1.Control/Info`, which a Dagger engine and BuildKit both answer
//! without a session (dagger/dagger `engine/client/buildkit.go`; moby/buildkit `api/services/control/control.proto`).

use std::fmt;
use std::io;
use std::time::Duration;

use bollard_buildkit_proto::moby::buildkit::v1::InfoRequest;
use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use tokio::time::{sleep, timeout};

use super::{DaemonError, Way};
use crate::config::EngineKind;
use crate::report::printable;
use crate::value::Version;
use crate::world::ProcessError;

/// The most characters of each word of an engine about itself that are repeated.
const MAX_SAID: usize = 100;

/// How many milliseconds pass until an engine is asked again that is not there; together they are 2 s.
const PAUSES: [u64; 9] = [10, 20, 40, 80, 150, 300, 400, 500, 500];

/// What an engine says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The package that it was built from: [`EngineKind::package`].
    pub package: String,
    /// Its version, as it says it: a foreign text.
    pub version: String,
}

/// An engine that does not say what it is.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody is there.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The daemon does not let us in.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The program that leads there is not run.
    #[error(transparent)]
    Program(#[from] ProcessError),
    /// Somebody is there who speaks another language, or breaks off.
    #[error("it does not answer as an engine: {0}")]
    Broken(String),
    /// Somebody is there and says nothing.
    #[error("it did not answer within {} s", .0.as_secs_f64())]
    Silent(Duration),
}

impl ProbeError {
    /// Returns whether nobody listens there, which may change at any moment.
    fn is_nobody(&self) -> bool {
        use io::ErrorKind::{ConnectionRefused, NotFound};
        matches!(self, Self::Connect(error) if [ConnectionRefused, NotFound].contains(&error.kind()))
    }
}

impl Probe {
    /// Returns what the engine says, within `bound`.
    pub async fn ask(way: &Way<'_>, bound: Duration) -> Result<Self, ProbeError> {
        // gRPC takes some room, which whoever waits for this should not have to hold.
        let asked = Box::pin(async {
            let mut client = ControlClient::new(way.channel().await?);
            let answer = client.info(InfoRequest {}).await;
            let answer =
                answer.map_err(|status| ProbeError::Broken(printable(status.message(), MAX_SAID)))?;
            let said = answer.into_inner().buildkit_version.unwrap_or_default();
            Ok(Self { package: said.package, version: said.version })
        });
        timeout(bound, asked).await.unwrap_or(Err(ProbeError::Silent(bound)))
    }

    /// Returns what the engine says, within `bound`; where nobody is yet, as at the end of a tunnel that is being dug, it
    /// is asked again for a little while.
    pub async fn ask_again(way: &Way<'_>, bound: Duration) -> Result<Self, ProbeError> {
        let mut waited = Duration::ZERO;
        for pause in PAUSES.map(Duration::from_millis) {
            if waited + pause >= bound {
                break;
            }
            match Self::ask(way, bound.saturating_sub(waited)).await {
                Err(error) if error.is_nobody() => sleep(pause).await,
                asked => return asked,
            }
            waited += pause;
        }
        Self::ask(way, bound.saturating_sub(waited)).await
    }

    /// Returns whether that is the engine of a version; who built it does not matter (Dagger since 1.0.0-beta.6 adds its
    /// commit behind `+`, Docker adds `-moby` to the version of what it has built in).
    pub fn is(&self, kind: EngineKind, version: &Version) -> bool {
        let found = self.version.split_once('+').map_or(self.version.as_str(), |(version, _)| version);
        let found = found.strip_suffix("-moby").unwrap_or(found);
        self.package == kind.package() && Version::parse(found).is_some_and(|found| found == *version)
    }

    /// Returns its version, as it says it, for people: what stands behind `+` may be anything.
    pub fn printable_version(&self) -> String {
        printable(&self.version, MAX_SAID)
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", printable(&self.package, MAX_SAID), self.printable_version())
    }
}
