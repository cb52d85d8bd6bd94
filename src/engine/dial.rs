//! Reaching an engine: whatever is between, bytes go to and fro.

use std::io;
use std::path::PathBuf;

use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tonic::transport::{Channel, Endpoint};
use tower::service_fn;

use super::runtime::TlsFiles;
use super::tls;
use super::{Daemon, ProbeError};
use crate::report::with_causes;
use crate::world::Program;

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
    /// Through a port behind TLS.
    Secured {
        /// Name or address, which its certificate has to have.
        host: String,
        /// Port.
        port: u16,
        /// Who is trusted, and who we are.
        files: TlsFiles,
    },
    /// Through a program on this machine.
    Program(Program),
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
            Self::Secured { host, port, files } => {
                Box::new(tls::dial(host, *port, files, &[b"h2"]).await.map_err(ProbeError::Connect)?)
            }
            Self::Program(program) => Box::new(program.speak()?),
            Self::Embedded(daemon) => daemon.embedded().await?,
            Self::Inside { daemon, container, program } => daemon.exec(container, program).await?,
        })
    }
}
