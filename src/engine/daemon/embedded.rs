//! The BuildKit that a daemon has built in (Docker Engine API, `POST /grpc`: the connection is handed over to gRPC).

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};

use super::{Daemon, DaemonError};
use crate::engine::Dialled;

/// The most bytes of the answer's head.
const MAX_HEAD: usize = 8192;

const REQUEST: &[u8] = b"POST /grpc HTTP/1.1\r\nHost: docker\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 0\r\n\r\n";

impl Daemon {
    /// Returns a connection to the daemon's own BuildKit.
    pub async fn embedded(&self) -> Result<Box<dyn Dialled>, DaemonError> {
        let dialled = async {
            let mut stream: Box<dyn Dialled> = match self.address.split_once("://") {
                Some(("unix", path)) => Box::new(UnixStream::connect(path).await?),
                Some(("tcp" | "http", host)) => Box::new(TcpStream::connect(host).await?),
                _ => {
                    return Err(io::Error::new(
                        io::ErrorKind::Unsupported,
                        "only unix:// and tcp:// can be handed over",
                    ));
                }
            };
            stream.write_all(REQUEST).await?;
            let head = head(&mut stream).await?;
            let status = head.lines().next().unwrap_or_default();
            match status.split(' ').nth(1) {
                Some("101") => Ok(stream),
                _ => Err(io::Error::other(format!("it hands nothing over: `{status}`"))),
            }
        };
        dialled
            .await
            .map_err(|error| DaemonError::Unreachable { address: self.address.clone(), source: error.into() })
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
