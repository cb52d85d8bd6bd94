//! An engine that answers one question, what it is, or goes wrong in a way that no real one does when asked to:
//! `moby.buildkit.v1.Control/Info`, as gRPC has it over HTTP/2.

use bollard_buildkit_proto::moby::buildkit::v1::types::BuildkitVersion;
use bollard_buildkit_proto::moby::buildkit::v1::{DiskUsageResponse, InfoResponse, UsageRecord};
use h2::server::{self, SendResponse};
use http::{HeaderMap, HeaderValue, Response};
use prost::Message as _;
use prost::bytes::Bytes;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, UnixListener};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

/// What it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Says {
    /// What it is.
    Version { package: &'static str, version: String },
    /// Nothing, as long as the client waits.
    Nothing,
    /// The end of the connection.
    Closed,
    /// What is no HTTP/2.
    Garbage,
    /// A frame of HTTP/2, and then nothing more.
    Beginning,
    /// A status of gRPC that is no success.
    Refusal,
    /// A success without a message.
    Empty,
    /// A message that is none.
    Broken,
    /// What it is; and nothing to whoever looks at its cache.
    Stuck { version: String },
}

impl Says {
    /// That it is Dagger's.
    pub(crate) fn dagger(version: &str) -> Self {
        Self::Version { package: "github.com/dagger/dagger", version: format!("v{version}") }
    }

    /// That it is `BuildKit`.
    pub(crate) fn buildkit(version: &str) -> Self {
        Self::Version { package: "github.com/moby/buildkit", version: format!("v{version}") }
    }
}

/// A running fake; it ends when the value goes.
#[derive(Debug)]
pub(crate) struct EngineFake {
    over: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl EngineFake {
    /// Listens on a socket, in a directory that is there.
    pub(crate) fn on_socket(path: &Path, says: Says) -> Self {
        // One that was killed leaves its socket, and the next one takes its place.
        let _none = fs::remove_file(path);
        let listener = std::os::unix::net::UnixListener::bind(path).expect("a socket");
        listener.set_nonblocking(true).expect("a socket");
        Self::serve(async move {
            let listener = UnixListener::from_std(listener).expect("a socket");
            let says = Arc::new(says);
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&says)));
            }
        })
    }

    /// Listens on a port of loopback.
    pub(crate) fn on_port(says: Says) -> (Self, SocketAddr) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let fake = Self::serve(async move {
            let listener = TcpListener::from_std(listener).expect("a socket");
            let says = Arc::new(says);
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&says)));
            }
        });
        (fake, address)
    }

    /// Listens on a port of loopback behind TLS, and only to whom it trusts.
    pub(crate) fn behind_tls(says: Says) -> (Self, SocketAddr, Trust) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = listener.local_addr().expect("an address");
        let (acceptor, trust) = Trust::new(&[b"h2"]);
        let fake = Self::serve(async move {
            let listener = TcpListener::from_std(listener).expect("a socket");
            let says = Arc::new(says);
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, says) = (acceptor.clone(), Arc::clone(&says));
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream, says).await;
                    }
                });
            }
        });
        (fake, address, trust)
    }

    /// Does this until the value goes.
    pub(crate) fn serve(listen: impl Future<Output = ()> + Send + 'static) -> Self {
        let (over, is_over) = oneshot::channel();
        let thread = thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                tokio::select! {
                    () = listen => {}
                    _ = is_over => {}
                }
            });
        });
        Self { over: Some(over), thread: Some(thread) }
    }
}

/// What a client needs to be let in, as PEM.
#[derive(Debug)]
pub(crate) struct Trust {
    /// Who has signed the engine's certificate.
    pub(crate) ca: String,
    /// The client's own certificate.
    pub(crate) cert: String,
    /// Its key.
    pub(crate) key: String,
}

impl Trust {
    /// A server that speaks these protocols, and lets in whoever has what is returned with it.
    pub(crate) fn new(protocols: &[&[u8]]) -> (TlsAcceptor, Self) {
        let made = |name: &str| rcgen::generate_simple_self_signed([name.to_owned()]).expect("a certificate");
        let (server, client) = (made("localhost"), made("client"));
        let mut roots = RootCertStore::empty();
        roots.add(client.cert.der().clone()).expect("a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider));
        let key = PrivateKeyDer::Pkcs8(server.signing_key.serialize_der().into());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_client_cert_verifier(verifier.build().expect("roots"))
            .with_single_cert(vec![server.cert.der().clone()], key)
            .expect("the certificate goes with its key");
        config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
        let pem = |what: &str, bytes: &[u8]| {
            let encoded = data_encoding::BASE64.encode(bytes);
            format!("-----BEGIN {what}-----\n{encoded}\n-----END {what}-----\n")
        };
        let trust = Self {
            ca: pem("CERTIFICATE", server.cert.der()),
            cert: pem("CERTIFICATE", client.cert.der()),
            key: pem("PRIVATE KEY", &client.signing_key.serialize_der()),
        };
        (TlsAcceptor::from(Arc::new(config)), trust)
    }
}

impl Drop for EngineFake {
    fn drop(&mut self) {
        drop(self.over.take());
        let _ended = self.thread.take().map(JoinHandle::join);
    }
}

/// Answers whoever is at the other end, until they have gone.
pub(crate) async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin, says: Arc<Says>) {
    match &*says {
        Says::Closed => return,
        Says::Nothing => return until_gone(&mut stream).await,
        Says::Garbage => {
            let _sent = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\nwho are you?\r\n").await;
            return until_gone(&mut stream).await;
        }
        Says::Beginning => {
            // An empty frame of settings.
            let _sent = stream.write_all(&[0, 0, 0, 4, 0, 0, 0, 0, 0]).await;
            return until_gone(&mut stream).await;
        }
        _ => {}
    }
    let Ok(mut connection) = server::handshake(stream).await else { return };
    // Whom nothing is answered.
    let mut waiting = Vec::new();
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let _sent = match (request.uri().path(), &*says) {
            ("/moby.buildkit.v1.Control/Info", says) => send(&mut respond, says),
            (_, Says::Stuck { .. }) => {
                waiting.push(respond);
                continue;
            }
            ("/moby.buildkit.v1.Control/DiskUsage", Says::Version { .. }) => {
                let answer = DiskUsageResponse { record: RECORDS.map(record).into() };
                message(&mut respond, &[answer.encode_to_vec()])
            }
            ("/moby.buildkit.v1.Control/Prune", Says::Version { .. }) => {
                message(&mut respond, &RECORDS.map(|size| record(size).encode_to_vec()))
            }
            _ => refuse(&mut respond, "12"),
        };
    }
}

/// The sizes of what its cache holds.
pub(crate) const RECORDS: [i64; 2] = [1000, 234];

fn record(size: i64) -> UsageRecord {
    UsageRecord { size, ..UsageRecord::default() }
}

async fn until_gone(stream: &mut (impl AsyncRead + Unpin)) {
    let mut bytes = [0; 256];
    while stream.read(&mut bytes).await.is_ok_and(|count| count > 0) {}
}

fn send(respond: &mut SendResponse<Bytes>, says: &Says) -> Result<(), h2::Error> {
    let info = |package: &str, version: &str| {
        let version = BuildkitVersion {
            package: package.to_owned(),
            version: version.to_owned(),
            ..BuildkitVersion::default()
        };
        InfoResponse { buildkit_version: Some(version) }.encode_to_vec()
    };
    let answer = match says {
        Says::Version { package, version } => info(package, version),
        Says::Stuck { version } => info("github.com/moby/buildkit", version),
        Says::Broken => vec![0xff; 7],
        Says::Empty => Vec::new(),
        _ => return refuse(respond, "13"),
    };
    message(respond, &[answer])
}

fn message(respond: &mut SendResponse<Bytes>, messages: &[Vec<u8>]) -> Result<(), h2::Error> {
    let mut stream = respond.send_response(head(), false)?;
    for message in messages {
        // Not compressed, and its length (gRPC over HTTP/2, "Length-Prefixed-Message").
        let length = u32::try_from(message.len()).expect("a small message");
        stream.send_data([&[0][..], &length.to_be_bytes(), message].concat().into(), false)?;
    }
    stream.send_trailers(status("0"))
}

fn refuse(respond: &mut SendResponse<Bytes>, code: &str) -> Result<(), h2::Error> {
    let mut stream = respond.send_response(head(), false)?;
    stream.send_trailers(status(code))
}

fn head() -> Response<()> {
    Response::builder().header("content-type", "application/grpc").body(()).expect("a plain header")
}

fn status(code: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_str(code).expect("a number"));
    trailers.insert("grpc-message", HeaderValue::from_static("said by%1B[31m the test"));
    trailers
}
