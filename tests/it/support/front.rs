//! Stands in front of a daemon as if that were on another machine: on a port, behind TLS if asked to. What the fake of a
//! daemon cannot do, to hand a connection over to an engine, is done here.

use super::docker_order;
use super::engine_fake::{EngineFake, Says, Trust, answer};
use std::io;
use std::sync::Arc;
use tokio::io::{
    AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, copy, copy_bidirectional, duplex, split,
};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_rustls::TlsAcceptor;

/// A running front; it ends when the value goes.
#[derive(Debug)]
pub(crate) struct Front {
    _served: EngineFake,
    port: u16,
}

/// What stands behind it.
#[derive(Clone, Debug)]
struct Behind {
    /// `tcp://` or `unix://`.
    daemon: String,
    /// What the engines inside its containers answer, and its own; without one it answers itself.
    engine: Option<Says>,
}

impl Front {
    /// Whoever connects speaks with the daemon.
    pub(crate) fn start(daemon: &str, engine: Option<Says>) -> Self {
        Self::listen(daemon, engine, None)
    }

    /// Whoever connects over TLS, and is trusted, does.
    pub(crate) fn behind_tls(daemon: &str, engine: Option<Says>) -> (Self, Trust) {
        let (acceptor, trust) = Trust::new(&[]);
        (Self::listen(daemon, engine, Some(acceptor)), trust)
    }

    fn listen(daemon: &str, engine: Option<Says>, acceptor: Option<TlsAcceptor>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let port = listener.local_addr().expect("an address").port();
        let behind = Behind { daemon: daemon.to_owned(), engine };
        let served = EngineFake::serve(async move {
            let listener = TcpListener::from_std(listener).expect("a socket");
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, behind) = (acceptor.clone(), behind.clone());
                tokio::spawn(async move {
                    match acceptor {
                        Some(acceptor) => behind.carry(acceptor.accept(stream).await?).await,
                        None => behind.carry(stream).await,
                    }
                });
            }
        });
        Self { _served: served, port }
    }

    /// `localhost:PORT`, the name in its certificate.
    pub(crate) fn host(&self) -> String {
        format!("localhost:{}", self.port)
    }
}

impl Behind {
    async fn carry(&self, mut client: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let head = head(&mut client).await?;
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let mut words = text.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let name = docker_order::name(&method.to_ascii_uppercase(), path);
        let Some(says) = &self.engine else { return self.pass(client, &head).await };
        let length = text.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        match name.as_str() {
            "POST /grpc" => {
                let upgraded = b"HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n";
                client.write_all(upgraded).await?;
                answer(client, Arc::new(says.clone())).await;
                Ok(())
            }
            "POST /containers/{}/exec" => {
                client.read_exact(&mut body).await?;
                let created = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{\"Id\":\"1\"}";
                client.write_all(created).await?;
                client.shutdown().await
            }
            "POST /exec/{}/start" => {
                client.read_exact(&mut body).await?;
                let upgraded =
                    b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\
                                 Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";
                client.write_all(upgraded).await?;
                run_inside(client, says.clone()).await
            }
            _ => self.pass(client, &head).await,
        }
    }

    async fn pass(&self, mut client: impl AsyncRead + AsyncWrite + Unpin, head: &[u8]) -> io::Result<()> {
        if let Some(path) = self.daemon.strip_prefix("unix://") {
            let mut daemon = UnixStream::connect(path).await?;
            daemon.write_all(head).await?;
            copy_bidirectional(&mut client, &mut daemon).await.map(drop)
        } else {
            let mut daemon = TcpStream::connect(self.daemon.trim_start_matches("tcp://")).await?;
            daemon.write_all(head).await?;
            copy_bidirectional(&mut client, &mut daemon).await.map(drop)
        }
    }
}

/// An engine whose output is in frames, as a program's is that a daemon runs (Docker Engine API, `ContainerAttach`).
async fn run_inside(client: impl AsyncRead + AsyncWrite + Unpin, says: Says) -> io::Result<()> {
    let (inside, outside) = duplex(1 << 16);
    let (mut from_engine, mut to_engine) = split(outside);
    let (mut from_client, mut to_client) = split(client);
    let framed = async {
        let mut bytes = [0; 4096];
        loop {
            let count = from_engine.read(&mut bytes).await?;
            if count == 0 {
                return io::Result::Ok(());
            }
            let length = u32::try_from(count).map_err(io::Error::other)?;
            let frame = [&[1, 0, 0, 0], &length.to_be_bytes()[..], &bytes[..count]].concat();
            to_client.write_all(&frame).await?;
        }
    };
    tokio::select! {
        () = answer(inside, Arc::new(says)) => Ok(()),
        framed = framed => framed,
        heard = copy(&mut from_client, &mut to_engine) => heard.map(drop),
    }
}

async fn head(client: &mut (impl AsyncRead + Unpin)) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(client.read_u8().await?);
    }
    Ok(head)
}
