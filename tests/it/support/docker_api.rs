//! Docker's API, asked with as little as possible: what a test says about a daemon must not come from the client that
//! is tested.

use serde_json::Value;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// How long a daemon may be silent; loading an image takes seconds.
const LONGEST: Duration = Duration::from_mins(2);

/// Where a daemon listens, as `DOCKER_HOST` has it: `unix://` or `tcp://`.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    address: String,
}

impl Api {
    pub(crate) fn new(address: impl Into<String>) -> Self {
        Self { address: address.into() }
    }

    /// Whom a test asks that has nothing to take back: fakes end with their containers. Nobody is there.
    pub(crate) fn nobody() -> Self {
        Self::new("tcp://127.0.0.1:1")
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Whether anybody answers there.
    pub(crate) fn answers(&self) -> bool {
        self.exchange("GET", "/_ping", "text/plain", 0, &mut io::empty())
            .is_ok_and(|(status, _)| status == 200)
    }

    /// What the daemon answers: the status, and the JSON, or whatever else it is as a string.
    pub(crate) fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let body = body.map(Value::to_string);
        let bytes = body.unwrap_or_default().into_bytes();
        let (status, answer) = self
            .exchange(method, path, "application/json", bytes.len() as u64, &mut bytes.as_slice())
            .unwrap_or_else(|error| panic!("{method} {path} of {}: {error}", self.address));
        let text = || Value::String(String::from_utf8_lossy(&answer).into_owned());
        (status, serde_json::from_slice(&answer).unwrap_or_else(|_| text()))
    }

    /// The bytes of an answer that must be a success: an archive.
    pub(crate) fn bytes(&self, path: &str) -> Vec<u8> {
        let answer = self.exchange("GET", path, "application/json", 0, &mut io::empty());
        let (status, bytes) = answer.unwrap_or_else(|error| panic!("GET {path}: {error}"));
        assert_eq!(status, 200, "GET {path}: {}", String::from_utf8_lossy(&bytes));
        bytes
    }

    /// The JSON of an answer that must be a success.
    pub(crate) fn get(&self, path: &str) -> Value {
        let (status, answer) = self.ask("GET", path, None);
        assert_eq!(status, 200, "GET {path}: {answer}");
        answer
    }

    /// What an order that must succeed is answered with.
    pub(crate) fn post(&self, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.ask("POST", path, body);
        assert!((200..305).contains(&status), "POST {path}: {status}: {answer}");
        answer
    }

    /// Loads an archive of images.
    ///
    /// # Errors
    ///
    /// What the daemon answered.
    pub(crate) fn load(&self, archive: &Path) -> Result<(), String> {
        let mut file = File::open(archive).unwrap_or_else(|error| panic!("{}: {error}", archive.display()));
        let size = file.metadata().expect("an open file has a size").len();
        let (status, answer) = self
            .exchange("POST", "/images/load?quiet=1", "application/x-tar", size, &mut file)
            .unwrap_or_else(|error| panic!("loading {}: {error}", archive.display()));
        let answer = String::from_utf8_lossy(&answer);
        // Docker says failures in the body, in more than one way.
        let is_good = status == 200 && answer.contains("Loaded image") && !answer.contains("rror");
        if is_good { Ok(()) } else { Err(format!("{status}: {answer}")) }
    }

    /// Names of all containers, running or not, sorted.
    pub(crate) fn containers(&self) -> Vec<String> {
        let all = self.get("/containers/json?all=1");
        names(&all, |container| container["Names"][0].as_str().map(|name| name.trim_start_matches('/')))
    }

    /// Names of all volumes, sorted.
    pub(crate) fn volumes(&self) -> Vec<String> {
        names(&self.get("/volumes")["Volumes"], |volume| volume["Name"].as_str())
    }

    /// Names of all networks, sorted; those that a daemon always has are among them.
    pub(crate) fn networks(&self) -> Vec<String> {
        names(&self.get("/networks"), |network| network["Name"].as_str())
    }

    /// Whether the daemon has an image of this name.
    pub(crate) fn has_image(&self, name: &str) -> bool {
        self.ask("GET", &format!("/images/{name}/json"), None).0 == 200
    }

    /// Whether the daemon can get an image from its registry.
    pub(crate) fn pulls(&self, repository: &str, tag: &str) -> bool {
        self.ask("POST", &format!("/images/create?fromImage={repository}&tag={tag}"), None);
        self.has_image(&format!("{repository}:{tag}"))
    }

    /// Gives an image another name.
    pub(crate) fn tag(&self, image: &str, repository: &str, tag: &str) {
        self.post(&format!("/images/{image}/tag?repo={repository}&tag={tag}"), None);
    }

    fn exchange(
        &self,
        method: &str,
        path: &str,
        kind: &str,
        size: u64,
        body: &mut dyn Read,
    ) -> io::Result<(u16, Vec<u8>)> {
        if let Some(socket) = self.address.strip_prefix("unix://") {
            let stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(LONGEST))?;
            stream.set_write_timeout(Some(LONGEST))?;
            converse(stream, method, path, kind, size, body)
        } else {
            let stream = TcpStream::connect(self.address.trim_start_matches("tcp://"))?;
            stream.set_read_timeout(Some(LONGEST))?;
            stream.set_write_timeout(Some(LONGEST))?;
            converse(stream, method, path, kind, size, body)
        }
    }
}

/// One request of HTTP/1.0: its answer comes in one piece and ends with the connection.
fn converse(
    mut stream: impl Read + Write,
    method: &str,
    path: &str,
    kind: &str,
    size: u64,
    body: &mut dyn Read,
) -> io::Result<(u16, Vec<u8>)> {
    write!(
        stream,
        "{method} {path} HTTP/1.0\r\nHost: docker\r\nConnection: close\r\nContent-Length: {size}\r\nContent-Type: {kind}\r\n\r\n"
    )?;
    // Who refuses something does not always read all of it.
    let sent = io::copy(body, &mut stream);
    let mut answer = Vec::new();
    let received = stream.read_to_end(&mut answer);
    if answer.is_empty() {
        sent?;
        received?;
    }
    let head = memchr::memmem::find(&answer, b"\r\n\r\n").unwrap_or(answer.len());
    let status =
        String::from_utf8_lossy(&answer[..head]).split(' ').nth(1).and_then(|status| status.parse().ok());
    match (status, answer.get(head + 4..)) {
        (Some(status), Some(body)) => Ok((status, body.to_vec())),
        _ => Err(io::Error::other(format!("no answer of HTTP: `{}`", String::from_utf8_lossy(&answer)))),
    }
}

fn names(list: &Value, name: impl Fn(&Value) -> Option<&str>) -> Vec<String> {
    // Podman and Docker both have `null` for an empty list somewhere.
    let mut names: Vec<String> =
        list.as_array().into_iter().flatten().filter_map(|entry| name(entry).map(str::to_owned)).collect();
    names.sort();
    names
}
