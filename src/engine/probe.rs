//! Asking an engine what it is: `moby.buildkit.v1.Control/Info`, which a Dagger engine and BuildKit both answer
//! without a session (dagger/dagger `engine/client/buildkit.go`; moby/buildkit `api/services/control/control.proto`).

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bollard_buildkit_proto::moby::buildkit::v1::InfoRequest;
use bollard_buildkit_proto::moby::buildkit::v1::control_client::ControlClient;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::{Daemon, DaemonError};
use crate::config::EngineKind;
use crate::value::Version;

/// What an engine says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Probe {
    /// The package that it was built from: [`EngineKind::package`](super::EngineKind::package).
    pub package: String,
    /// Its version, as it says it.
    pub version: String,
}

/// How an engine is reached.
#[derive(Debug, Clone)]
pub enum Way<'d> {
    /// Through a socket in our file system.
    Socket(PathBuf),
    /// Through a port.
    Port {
        /// Name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// Through a daemon, to the BuildKit that it has built in.
    Embedded(&'d Daemon),
    /// Through a program that the daemon runs inside the container.
    Inside {
        /// The daemon.
        daemon: &'d Daemon,
        /// The container.
        container: String,
        /// The program.
        program: [&'static str; 2],
    },
}

/// Bytes that go to and fro.
pub trait Dialled: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Dialled for T {}

/// An engine that does not say what it is.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nobody is there.
    #[error("cannot connect")]
    Connect(#[source] io::Error),
    /// The daemon does not let us in.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// Somebody is there who speaks another language, or breaks off.
    #[error("it does not answer as an engine: {0}")]
    Broken(String),
    /// Somebody is there and says nothing.
    #[error("it did not answer within {} s", .0.as_secs_f64())]
    Silent(Duration),
}

impl Probe {
    /// Returns what the engine says, within `bound`.
    pub async fn ask(way: &Way<'_>, bound: Duration) -> Result<Self, ProbeError> {
        // gRPC takes some room, which whoever waits for this should not have to hold.
        let asked = Box::pin(async {
            let mut client = ControlClient::new(way.channel().await?);
            let answer = client.info(InfoRequest {}).await;
            let answer = answer.map_err(|status| ProbeError::Broken(status.message().to_owned()))?;
            let said = answer.into_inner().buildkit_version.unwrap_or_default();
            Ok(Self { package: said.package, version: said.version })
        });
        timeout(bound, asked).await.unwrap_or(Err(ProbeError::Silent(bound)))
    }
}

impl Probe {
    /// Returns whether that is the engine of a version; who built it does not matter (Dagger since 1.0.0-beta.6 adds its
    /// commit behind `+`, Docker adds `-moby` to the version of what it has built in).
    pub fn is(&self, kind: EngineKind, version: &Version) -> bool {
        let found = self.version.split_once('+').map_or(self.version.as_str(), |(version, _)| version);
        let found = found.strip_suffix("-moby").unwrap_or(found);
        self.package == kind.package() && Version::parse(found).is_some_and(|found| found == *version)
    }
}

impl fmt::Display for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", plain(&self.package), plain(&self.version))
    }
}

/// What an engine says, without what a terminal would obey.
fn plain(said: &str) -> String {
    said.chars().filter(|c| !c.is_control()).take(100).collect()
}

impl Way<'_> {
    /// Returns a connection for gRPC, which is dialled already.
    pub async fn channel(&self) -> Result<Channel, ProbeError> {
        let mut dialled = Some(TokioIo::new(self.dial().await?));
        // Once: who loses the connection has to dial again.
        let connector = service_fn(move |_| {
            let dialled = dialled.take().ok_or_else(|| io::Error::from(io::ErrorKind::NotConnected));
            std::future::ready(dialled)
        });
        let channel = Endpoint::from_static("http://localhost").connect_with_connector(connector).await;
        channel.map_err(|error| ProbeError::Broken(with_causes(&error)))
    }

    async fn dial(&self) -> Result<Box<dyn Dialled>, ProbeError> {
        Ok(match self {
            Self::Socket(path) => Box::new(UnixStream::connect(path).await.map_err(ProbeError::Connect)?),
            Self::Port { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await.map_err(ProbeError::Connect)?;
                Box::new(stream)
            }
            Self::Embedded(daemon) => daemon.embedded().await?,
            Self::Inside { daemon, container, program } => daemon.exec(container, program).await?,
        })
    }
}

fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
