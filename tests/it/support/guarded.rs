//! A daemon that cannot outlive the tests, however they end: `tests/setup/container-daemon` runs it in namespaces of its
//! own for as long as our end of a pipe is open, which the kernel closes when this process is gone.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How long a daemon may take for anything; one that takes longer is broken.
const LONGEST: Duration = Duration::from_mins(2);

/// How many lines of what a daemon said are kept, to show when it fails.
const KEPT: usize = 60;

/// What it ends with: `== ended with CODE`.
const ENDED: &str = "== ended with";

/// What stands around a daemon.
#[derive(Clone, Debug, Default)]
pub(crate) struct Surroundings {
    /// The size of a file system of its own for its data, as `mount` reads it; else the data is on ours.
    pub(crate) size: Option<&'static str>,
    /// A directory of which the daemon sees nothing but its own directory, as if it ran on another machine.
    pub(crate) hidden: Option<PathBuf>,
    /// Whether it has a network namespace of its own, in which nothing is but a loopback.
    pub(crate) has_own_network: bool,
}

/// A directory of its own for a daemon. Whoever knows its path may look into it, as into `/run`.
pub(crate) fn directory() -> PathBuf {
    let directory =
        tempfile::Builder::new().prefix("pin-test-").tempdir().expect("a temporary directory").keep();
    fs::set_permissions(&directory, Permissions::from_mode(0o755)).expect("our own directory");
    directory
}

/// A running daemon; it ends, and its directory goes, when the value goes.
#[derive(Debug)]
pub(crate) struct Guarded {
    directory: PathBuf,
    child: Child,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    words: Option<ChildStdin>,
    lines: Receiver<String>,
    said: VecDeque<String>,
}

impl Guarded {
    /// Starts a command in this directory, which is gone afterwards even if it does not start.
    ///
    /// # Errors
    ///
    /// Why it does not start here, with what it said.
    pub(crate) fn start(
        directory: &Path,
        programs: &Path,
        around: &Surroundings,
        variables: &[(&str, OsString)],
        command: &[OsString],
        ready: &str,
    ) -> Result<Self, String> {
        let script = super::repository().join("tests/setup/container-daemon");
        let hidden = around.hidden.as_deref().unwrap_or_else(|| Path::new(""));
        let mut child = Command::new("bash")
            .arg(script)
            .args([directory, programs])
            .args([OsStr::new(around.size.unwrap_or_default()), hidden.as_os_str()])
            .arg(if around.has_own_network { "own" } else { "" })
            .args(command)
            // Proxies and credentials of whoever runs the tests are none of the daemon's business.
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables.iter().map(|(name, value)| (name, value)))
            // Not interrupted together with the tests: it has to clean up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("bash does not start: {error}"))?;
        let (words, output) = (child.stdin.take(), child.stdout.take().expect("it has been asked for"));
        let (sender, lines) = channel();
        // Reads on when nobody wants to know: a full pipe would stop the daemon.
        thread::spawn(move || {
            for line in BufReader::new(output).split(b'\n').map_while(Result::ok) {
                let _nobody = sender.send(String::from_utf8_lossy(&line).into_owned());
            }
        });
        let inner = Mutex::new(Inner { words, lines, said: VecDeque::new() });
        let guarded = Self { directory: directory.to_path_buf(), child, inner };
        guarded.tell("start", ready)?;
        Ok(guarded)
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Starts the daemon again, after a [`stop`](Self::stop) or a [`kill`](Self::kill).
    pub(crate) fn start_again(&self, ready: &str) {
        self.tell("start", ready).unwrap_or_else(|why| panic!("the daemon does not start again: {why}"));
    }

    /// Ends the daemon with SIGTERM; its containers end as it sees fit.
    pub(crate) fn stop(&self) {
        self.tell("stop", ENDED).unwrap_or_else(|why| panic!("the daemon does not stop: {why}"));
    }

    /// Ends the daemon with SIGKILL; its containers live on.
    pub(crate) fn kill(&self) {
        self.tell("kill", ENDED).unwrap_or_else(|why| panic!("the daemon cannot be killed: {why}"));
    }

    /// Stops the daemon's clock: it accepts connections and answers nothing.
    pub(crate) fn freeze(&self) {
        self.tell("freeze", "== frozen").unwrap_or_else(|why| panic!("the daemon does not freeze: {why}"));
    }

    /// Lets a frozen daemon go on.
    pub(crate) fn thaw(&self) {
        self.tell("thaw", "== thawed").unwrap_or_else(|why| panic!("the daemon does not thaw: {why}"));
    }

    /// Says a word to the script and waits until a line with the answer in it has come.
    fn tell(&self, word: &str, answer: &str) -> Result<(), String> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        // A script that has ended takes no word, and its lines say why.
        let _ended = inner.words.as_mut().map(|words| writeln!(words, "{word}"));
        let until = Instant::now() + LONGEST;
        let why = loop {
            match inner.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    if line.contains(answer) {
                        return Ok(());
                    }
                    let is_end = line.starts_with(ENDED);
                    inner.said.push_back(line);
                    if inner.said.len() > KEPT {
                        inner.said.pop_front();
                    }
                    if is_end {
                        break "it ended".to_owned();
                    }
                }
                Err(RecvTimeoutError::Disconnected) => break "no namespaces of its own".to_owned(),
                Err(RecvTimeoutError::Timeout) => break format!("no `{answer}` within {LONGEST:?}"),
            }
        };
        let said: Vec<&str> = inner.said.iter().map(String::as_str).collect();
        Err(format!("{why}\n{}", said.join("\n")))
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).words = None;
        let _status = self.child.wait();
    }
}
