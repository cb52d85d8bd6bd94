//! An engine that does nothing but say what it is, or not even that: `moby.buildkit.v1.Control/Info` over HTTP/2 on a
//! socket, as a Dagger engine and BuildKit answer it.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::oneshot;

/// What it does with whoever comes.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Says that it is that package, of that version.
    Says { package: &'static str, version: &'static str },
    /// Takes what is said, and says nothing.
    Silent,
    /// Ends the connection.
    Closes,
}

/// A running engine; dropping it ends it.
#[derive(Debug)]
pub(crate) struct FakeEngine {
    socket: PathBuf,
    came: mpsc::Receiver<()>,
    /// Dropped with the value, which ends the thread.
    _end: oneshot::Sender<()>,
}

impl Manner {
    pub(crate) const fn dagger(version: &'static str) -> Self {
        Self::Says { package: "github.com/dagger/dagger", version }
    }
}

impl FakeEngine {
    /// Starts an engine at a socket, which is there when this returns.
    pub(crate) fn start(socket: &Path, manner: Manner) -> Self {
        let listener = std::os::unix::net::UnixListener::bind(socket).expect("a socket can be made");
        listener.set_nonblocking(true).expect("a socket is one");
        let (come, came) = mpsc::channel();
        let (_end, mut ended) = oneshot::channel();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async move {
                let listener = UnixListener::from_std(listener).expect("a socket is one");
                // Held, so that nobody sees an end that did not come.
                let mut silent = Vec::new();
                loop {
                    let stream = tokio::select! {
                        accepted = listener.accept() => accepted.expect("somebody comes").0,
                        _ = &mut ended => return,
                    };
                    let _ = come.send(());
                    match manner {
                        Manner::Says { package, version } => {
                            drop(tokio::spawn(answer(stream, package, version)))
                        }
                        Manner::Silent => silent.push(stream),
                        Manner::Closes => drop(stream),
                    }
                }
            });
        });
        Self { socket: socket.to_owned(), came, _end }
    }

    /// `unix://PATH`
    pub(crate) fn address(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// Returns when somebody has come.
    pub(crate) fn is_visited(&self) {
        let bound = std::time::Duration::from_secs(60);
        self.came.recv_timeout(bound).expect("somebody comes to the engine");
    }
}

async fn answer(stream: UnixStream, package: &'static str, version: &'static str) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let is_info = request.uri().path() == "/moby.buildkit.v1.Control/Info";
        let head = http::Response::builder().header("content-type", "application/grpc");
        let Ok(mut body) = respond.send_response(head.body(()).expect("a response"), false) else { continue };
        let mut trailers = http::HeaderMap::new();
        trailers.insert("grpc-status", http::HeaderValue::from_static(if is_info { "0" } else { "12" }));
        if is_info {
            drop(body.send_data(info(package, version).into(), false));
        }
        drop(body.send_trailers(trailers));
    }
}

/// `InfoResponse{buildkitVersion: BuildkitVersion{package, version}}` with the head of a gRPC message; all shorter than 128.
fn info(package: &str, version: &str) -> Vec<u8> {
    let field = |number: u8, bytes: &[u8]| {
        let length = u8::try_from(bytes.len()).expect("a short field");
        [&[number << 3 | 2, length], bytes].concat()
    };
    let version = [field(1, package.as_bytes()), field(2, version.as_bytes())].concat();
    let message = field(1, &version);
    let length = u32::try_from(message.len()).expect("a short message");
    [&[0][..], &length.to_be_bytes(), &message].concat()
}
