//! The reference registry of the distribution project, as `tests/setup/go-tools` has built it.

use super::registry::USER;
use super::tool;
use serde_json::json;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use tempfile::TempDir;

/// How many tags the registry lists at once, however many are asked for.
pub(crate) const PAGE: usize = 20;

/// The password of these tests as bcrypt hashes it, as cheaply as it can.
const HASH: &str = "$2a$04$pr.L3jAiKrxP8j3JZw8PLOHi1mO/TxQWRlEir7bzOy9j0WV6Obabq";

/// A running registry with a directory of its own; it ends when the value goes, and when this process does.
#[derive(Debug)]
pub(crate) struct RegistryProcess {
    /// A shell that waits for the end of its input, and then ends the registry.
    shell: Child,
    /// `127.0.0.1:PORT`
    pub(crate) host: String,
    _directory: TempDir,
}

impl RegistryProcess {
    /// The registry that `tests/run` has built. `None` has been reported.
    pub(crate) fn program(test: &str) -> Option<PathBuf> {
        let program = super::tools().join("registry/registry");
        if program.is_file() {
            Some(program)
        } else if tool::find("go").is_none() {
            tool::say(&format!("not run: {test}: no Go to build it with"));
            None
        } else {
            tool::not_run(test, "registry", "it is not built, see tests/setup/go-tools")
        }
    }

    /// Starts a registry that lets in everybody, or only whoever has the password.
    pub(crate) fn start(program: &Path, is_open: bool) -> Self {
        let directory =
            tempfile::Builder::new().prefix("pin-test-registry-").tempdir().expect("a temporary directory");
        let path = |name: &str| directory.path().join(name);
        let mut config = json!({
            "version": "0.1",
            "log": { "level": "info", "accesslog": { "disabled": true } },
            "storage": { "filesystem": { "rootdirectory": path("data") } },
            "http": { "addr": "127.0.0.1:0" },
            "tags": { "maxtags": PAGE },
        });
        if !is_open {
            fs::write(path("passwords"), format!("{USER}:{HASH}\n")).expect("a file can be written");
            config["auth"] = json!({ "htpasswd": { "realm": "pin, really", "path": path("passwords") } });
        }
        // JSON is YAML.
        fs::write(path("config.yml"), config.to_string()).expect("a file can be written");
        let mut shell = Command::new("sh")
            .args(["-c", r#""$@" & registry=$!; read -r _; kill "$registry"; wait "$registry""#, "sh"])
            .arg(program)
            .arg("serve")
            .arg(path("config.yml"))
            .env("OTEL_TRACES_EXPORTER", "none")
            .current_dir(directory.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .expect("a shell starts");
        let mut lines =
            BufReader::new(shell.stderr.take().expect("it has been asked for")).lines().map_while(Result::ok);
        let mut said = Vec::new();
        let host = lines.find_map(|line| {
            let address = line
                .split_once("listening on ")
                .map(|(_, rest)| rest.split('"').next().unwrap_or(rest).to_owned());
            said.push(line);
            address
        });
        // It says more, and would stop where nobody reads.
        thread::spawn(move || lines.for_each(drop));
        let running = Self { shell, host: host.clone().unwrap_or_default(), _directory: directory };
        assert!(host.is_some(), "the registry did not start:\n{}", said.join("\n"));
        running
    }
}

impl Drop for RegistryProcess {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        self.shell.wait().expect("a shell ends");
    }
}
