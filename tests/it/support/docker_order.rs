//! What a client of Docker's API asks for, read from its connection, and the name of it: method and path without the
//! version of the API, the query, and whatever is named (`POST /containers/{}/start`).

use std::io::{self, BufRead, Read as _};

/// The most bytes of one request.
const MAX: u64 = 64 << 20;

/// One request, whole.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) name: String,
    /// As it came.
    pub(crate) bytes: Vec<u8>,
    /// Whether what follows is not HTTP.
    pub(crate) is_upgrade: bool,
}

impl Request {
    /// Whether it asks for a change.
    pub(crate) fn is_order(&self) -> bool {
        !self.name.starts_with("GET ") && !self.name.starts_with("HEAD ")
    }
}

/// Reads one request; `None` at the end of the connection.
pub(crate) fn read(reader: &mut impl BufRead) -> io::Result<Option<Request>> {
    let mut reader = reader.take(MAX);
    let mut bytes = Vec::new();
    let (mut length, mut is_chunked, mut is_upgrade) = (0, false, false);
    let first = line(&mut reader, &mut bytes)?;
    let mut words = first.split(' ');
    let (Some(method), Some(path)) = (words.next().filter(|word| !word.is_empty()), words.next()) else {
        return Ok(None);
    };
    let name = name(method, path);
    loop {
        let line = line(&mut reader, &mut bytes)?.to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        is_chunked |= line.starts_with("transfer-encoding:") && line.ends_with("chunked");
        is_upgrade |= line.starts_with("upgrade:");
        if line.is_empty() {
            break;
        }
    }
    let mut body = |bytes: &mut Vec<u8>, length: u64| io::copy(&mut (&mut reader).take(length), bytes);
    if !is_chunked {
        body(&mut bytes, length)?;
        return Ok(Some(Request { name, bytes, is_upgrade }));
    }
    loop {
        let size = line(&mut reader, &mut bytes)?;
        let size = u64::from_str_radix(size.split(';').next().unwrap_or_default(), 16);
        let size = size.map_err(io::Error::other)?;
        io::copy(&mut (&mut reader).take(size + 2), &mut bytes)?;
        if size == 0 {
            return Ok(Some(Request { name, bytes, is_upgrade }));
        }
    }
}

fn line(reader: &mut impl BufRead, bytes: &mut Vec<u8>) -> io::Result<String> {
    let start = bytes.len();
    reader.read_until(b'\n', bytes)?;
    Ok(String::from_utf8_lossy(&bytes[start..]).trim_end().to_owned())
}

/// The words of a path, without the version of the API.
pub(crate) fn words(path: &str) -> Vec<&str> {
    let path = path.split('?').next().unwrap_or_default();
    let mut words: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    let is_version =
        |word: &&str| word.starts_with('v') && word[1..].starts_with(|c: char| c.is_ascii_digit());
    if words.first().is_some_and(is_version) {
        words.remove(0);
    }
    words
}

/// The name of what is asked for.
pub(crate) fn name(method: &str, path: &str) -> String {
    let mut words = words(path);
    let count = words.len();
    match words.as_slice() {
        ["containers" | "volumes" | "images" | "networks", "create" | "json" | "prune" | "load"] => {}
        // An image's name has slashes itself.
        ["images", _, _, .., last] => words = vec!["images", "{}", last],
        ["containers" | "volumes" | "networks" | "exec" | "images", ..] if count > 1 => words[1] = "{}",
        _ => {}
    }
    format!("{method} /{}", words.join("/"))
}

#[test]
fn what_is_asked_for_has_a_name() {
    for (method, path, expect) in [
        ("POST", "/v1.51/containers/create?name=x", "POST /containers/create"),
        ("POST", "/v1.51/containers/x/start", "POST /containers/{}/start"),
        ("DELETE", "/containers/x", "DELETE /containers/{}"),
        ("GET", "/v1.51/images/docker.io/moby/buildkit:v1/json", "GET /images/{}/json"),
        ("GET", "/v1.51/containers/json?all=true", "GET /containers/json"),
        ("POST", "/volumes/create", "POST /volumes/create"),
        ("GET", "/version", "GET /version"),
    ] {
        assert_eq!(name(method, path), expect);
    }
}

#[test]
fn requests_are_told_apart() {
    let text = "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcPUT /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n\
                3\r\nabc\r\n0\r\n\r\nPOST /exec/1/start HTTP/1.1\r\nUpgrade: tcp\r\nContent-Length: 2\r\n\r\n{}rest";
    let mut reader = text.as_bytes();
    let mut seen = Vec::new();
    while let Some(request) = read(&mut reader).expect("it is HTTP") {
        seen.push((request.name, request.bytes.len()));
        if request.is_upgrade {
            break;
        }
    }
    let expect = [("POST /a", 42), ("PUT /b", 60), ("POST /exec/{}/start", 66)];
    assert_eq!(seen, expect.map(|(name, length)| (name.to_owned(), length)));
    assert_eq!(reader, b"rest");
}
