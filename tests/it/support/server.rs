//! A server on loopback that speaks HTTP/1.1 and can go wrong in every way a server goes wrong.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// What was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    /// What was posted.
    pub(crate) body: String,
}

/// What is answered.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A whole answer.
    Answer { status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8> },
    /// Nothing, until the client gives up.
    Hang,
    /// The head of an answer, a part of the body, and the end of the connection.
    CutOff(Vec<u8>),
    /// The head of an answer, a part of the body, and nothing more until the client gives up.
    Stall(Vec<u8>),
    /// A body without an end.
    Endless,
    /// The end of the connection.
    Closed,
    /// The connection becomes one to this socket, as if a program stood in between (Docker Engine API, `ExecStart`).
    Through(PathBuf),
    /// The connection becomes one to a program that prints this and ends.
    Printed(Vec<u8>),
}

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    is_over: Arc<AtomicBool>,
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::status(200, body)
    }

    pub(crate) fn status(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::Answer { status, headers: Vec::new(), body: body.into() }
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::status(302, "").with("Location", to)
    }

    /// The same answer with one more header.
    pub(crate) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Answer { status, mut headers, body } => {
                headers.push((name, value.to_owned()));
                Self::Answer { status, headers, body }
            }
            other => other,
        }
    }
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Server {
    /// Starts a server that answers as `handler` says.
    pub(crate) fn start(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (asked, is_over) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let server = Self { address, asked: Arc::clone(&asked), is_over: Arc::clone(&is_over) };
        let handler: Arc<Handler> = Arc::new(handler);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let (handler, asked) = (Arc::clone(&handler), Arc::clone(&asked));
                thread::spawn(move || serve(stream, &*handler, &asked));
            }
        });
        server
    }

    /// `http://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// `127.0.0.1:PORT`
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("no thread has panicked").clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn serve(stream: TcpStream, handler: &Handler, log: &Mutex<Vec<Asked>>) {
    let Ok(mut out) = stream.try_clone() else { return };
    let mut lines = BufReader::new(stream);
    while let Some(asked) = read(&mut lines) {
        log.lock().expect("no thread has panicked").push(asked.clone());
        let is_head = asked.method == "HEAD";
        let goes_on = match handler(&asked) {
            Reply::Answer { status, headers, body } => {
                let mut head = format!("HTTP/1.1 {status} Status\r\nContent-Length: {}\r\n", body.len());
                for (name, value) in headers {
                    head = format!("{head}{name}: {value}\r\n");
                }
                head.push_str("\r\n");
                let body = if is_head { &[][..] } else { &body };
                // One write: a second one would wait for the client to confirm the first.
                let is_sent = out.write_all(&[head.as_bytes(), body].concat()).is_ok();
                // PHP waits for the end of what it has asked to be closed.
                is_sent && asked.header("connection").is_none_or(|value| !value.eq_ignore_ascii_case("close"))
            }
            Reply::Hang => {
                // It ends when the client does.
                drop(lines.read(&mut [0]));
                false
            }
            Reply::CutOff(part) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", part.len() + 1000);
                drop(out.write_all(head.as_bytes()).and_then(|()| out.write_all(&part)));
                false
            }
            Reply::Stall(part) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", part.len() + 1000);
                drop(out.write_all(head.as_bytes()).and_then(|()| out.write_all(&part)));
                drop(lines.read(&mut [0]));
                false
            }
            Reply::Endless => {
                let chunk = [b'x'; 0x1000];
                let mut sent = out.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                while sent.is_ok() {
                    sent = out
                        .write_all(b"1000\r\n")
                        .and_then(|()| out.write_all(&chunk))
                        .and_then(|()| out.write_all(b"\r\n"));
                }
                false
            }
            Reply::Closed => false,
            Reply::Through(socket) => {
                drop(hand_over(&mut lines, &mut out, &socket));
                false
            }
            Reply::Printed(bytes) => {
                drop(out.write_all(UPGRADED).and_then(|()| out.write_all(&framed(&bytes))));
                drop(out.shutdown(Shutdown::Write));
                // What the program reads; it ends when the client does.
                drop(lines.read_to_end(&mut Vec::new()));
                false
            }
        };
        if !goes_on {
            return;
        }
    }
}

const UPGRADED: &[u8] = b"HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\n\
    Connection: Upgrade\r\nUpgrade: tcp\r\n\r\n";

/// What a program prints, as the daemon sends it: after its stream and its length.
pub(crate) fn framed(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a small piece");
    [&[1, 0, 0, 0][..], &length.to_be_bytes(), bytes].concat()
}

/// Carries bytes between a client and a socket until either ends.
fn hand_over(lines: &mut BufReader<TcpStream>, out: &mut TcpStream, socket: &Path) -> std::io::Result<()> {
    let mut there = UnixStream::connect(socket)?;
    let (mut back, mut client) = (there.try_clone()?, out.try_clone()?);
    out.write_all(UPGRADED)?;
    let printing = thread::spawn(move || {
        let mut bytes = [0; 0x1000];
        while let Ok(count @ 1..) = back.read(&mut bytes) {
            if client.write_all(&framed(&bytes[..count])).is_err() {
                break;
            }
        }
        drop(client.shutdown(Shutdown::Both));
    });
    let copied = std::io::copy(lines, &mut there).map(drop);
    drop(there.shutdown(Shutdown::Both));
    drop(printing.join());
    copied
}

fn read(lines: &mut BufReader<TcpStream>) -> Option<Asked> {
    let mut line = String::new();
    lines.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        lines.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse());
    let mut body = vec![0; length.and_then(Result::ok).unwrap_or(0)];
    lines.read_exact(&mut body).ok()?;
    let body = String::from_utf8_lossy(&body).into_owned();
    Some(Asked { method, path, headers, body })
}
