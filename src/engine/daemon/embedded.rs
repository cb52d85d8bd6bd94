//! The BuildKit that a daemon has built in (Docker Engine API, `POST /grpc`: the connection is handed over to gRPC).

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::{Daemon, DaemonError};
use crate::engine::runtime::Address;
use crate::engine::{Dialled, tls};
use crate::report::printable;

/// The most bytes of the answer's head.
const MAX_HEAD: usize = 8192;

/// The most characters of it that are repeated.
const MAX_SAID: usize = 100;

const REQUEST: &[u8] = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n";

impl Daemon {
    /// Returns a connection to the daemon's own BuildKit.
    pub async fn embedded(&self) -> Result<Box<dyn Dialled>, DaemonError> {
        let dialled = async {
            let mut stream: Box<dyn Dialled> = match &self.reached {
                Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
                Address::Tcp { host, port } => Box::new(TcpStream::connect((host.as_str(), *port)).await?),
                Address::Tls { host, port, files } => Box::new(tls::dial(host, *port, files, &[]).await?),
            };
            stream.write_all(REQUEST).await?;
            let head = head(&mut stream).await?;
            Ok((stream, head))
        };
        let (stream, head) = dialled.await.map_err(|error: io::Error| DaemonError::Unreachable {
            address: self.address.clone(),
            source: error.into(),
        })?;
        let line = head.lines().next().unwrap_or_default();
        match line.split(' ').nth(1).and_then(|status| status.parse().ok()) {
            Some(101) => Ok(stream),
            status => {
                let said = format!("it answers `{}`", printable(line, MAX_SAID));
                Err(self.refused("hand over a BuildKit of its own", status, said))
            }
        }
    }
}

/// Returns the head of an answer, and reads not a byte more: what follows belongs to somebody else.
async fn head(stream: &mut Box<dyn Dialled>) -> io::Result<String> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if bytes.len() == MAX_HEAD {
            return Err(io::Error::other("its answer has no end"));
        }
        bytes.push(stream.read_u8().await?);
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
