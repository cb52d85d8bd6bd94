//! A client of a Dagger engine, held open: `dagger session` as `pin exec` starts it, and its GraphQL.

use super::pinned::Pinned;
use super::tool;
use data_encoding::BASE64;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::time::Duration;

/// How long an engine may take for an answer.
const LONGEST: Duration = Duration::from_mins(1);

/// An open session; it is killed when the value goes.
#[derive(Debug)]
pub(crate) struct Session {
    child: Child,
    port: u16,
    token: String,
}

impl Session {
    /// Opens one on the pinned engine.
    pub(crate) fn open(pinned: &Pinned) -> Self {
        let mut command =
            pinned.command(&["exec", "--", "dagger", "session", "--label", "dagger.io/sdk.name:pin"]);
        command.env("DO_NOT_TRACK", "1").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("pin starts");
        let mut line = String::new();
        let output = child.stdout.take().expect("it has been asked for");
        BufReader::new(output).read_line(&mut line).expect("it says where it listens");
        let said: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"));
        let port = said["port"].as_u64().and_then(|port| u16::try_from(port).ok()).expect("a port");
        let token = said["session_token"].as_str().expect("a token").to_owned();
        Self { child, port, token }
    }

    /// What the engine answers to a query that it understands.
    pub(crate) fn query(&self, query: &str) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the session listens");
        stream.set_read_timeout(Some(LONGEST)).expect("a time that is not zero");
        let body = json!({ "query": query }).to_string();
        let token = BASE64.encode(format!("{}:", self.token).as_bytes());
        write!(
            stream,
            "POST /query HTTP/1.0\r\nHost: d\r\nAuthorization: Basic {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("the session takes requests");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("the session answers");
        let (_, json) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
        let value: Value = serde_json::from_str(json).unwrap_or_else(|error| panic!("{answer}: {error}"));
        assert_eq!(value["errors"], Value::Null, "{answer}");
        value["data"].clone()
    }

    /// What a step prints that prints something else each time it is run: the same twice has come from the cache.
    pub(crate) fn runs_step(&self, pinned: &Pinned) -> String {
        let root = pinned.home().join("root");
        fs::create_dir_all(&root).expect("a directory can be made");
        let busybox = tool::find("busybox").expect("the tests need busybox on the path");
        fs::copy(busybox, root.join("busybox")).expect("a program can be copied");
        let found = self.query(&format!("{{host{{directory(path:{}){{id}}}}}}", json!(root)));
        let id = &found["host"]["directory"]["id"];
        let done = self.query(&format!(
            "{{container{{withRootfs(directory:{id}){{withExec(args:[\"/busybox\",\"cat\",\
             \"/proc/sys/kernel/random/uuid\"]){{stdout}}}}}}}}"
        ));
        let printed = &done["container"]["withRootfs"]["withExec"]["stdout"];
        printed.as_str().expect("it prints something").trim().to_owned()
    }

    /// Lets it end in peace.
    pub(crate) fn close(mut self) {
        drop(self.child.stdin.take());
        let _ended = self.child.wait();
    }

    /// Ends it with SIGKILL.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _ended = self.child.wait();
    }
}
