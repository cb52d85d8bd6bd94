//! Running other programs: with a bound on time and output, without a shell, and never left behind.

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

/// A program to run.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its name, looked up in `PATH`, or its path.
    pub name: OsString,
    /// Its arguments.
    pub args: Vec<OsString>,
    /// Where it runs.
    pub directory: PathBuf,
    /// Variables that it gets beside those of this process.
    pub env: Vec<(&'static str, OsString)>,
    /// Variables of this process that it does not get.
    pub unset: &'static [&'static str],
    /// What it reads from its standard input.
    pub input: Vec<u8>,
    /// How long it may take.
    pub timeout: Duration,
    /// The most bytes that it may print on either output.
    pub max_output: usize,
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    /// Its exit code, or `None` when a signal ended it.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it printed as messages.
    pub stderr: String,
}

/// A program that was not run to its end.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("`{0}` is not installed")]
    Absent(String),
    /// It took too long, and was killed.
    #[error("`{name}` did not end within {} s", after.as_secs_f64())]
    Timeout {
        /// The program.
        name: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// It printed without end, and was killed.
    #[error("`{name}` printed more than {max} bytes")]
    TooMuch {
        /// The program.
        name: String,
        /// The most that it may print.
        max: usize,
    },
    /// The system refused.
    #[error("cannot run `{name}`")]
    Io {
        /// The program.
        name: String,
        /// Why.
        source: io::Error,
    },
}

/// The processes that a program has started, killed with it when it is not waited for any more.
#[derive(Debug)]
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0 {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

/// A running program whose output is read and whose input is written.
#[derive(Debug)]
pub struct Spoken {
    input: ChildStdin,
    output: ChildStdout,
    _child: Child,
    _group: Group,
}

impl AsyncRead for Spoken {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.output).poll_read(cx, buf)
    }
}

impl AsyncWrite for Spoken {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.input).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.input).poll_shutdown(cx)
    }
}

impl Program {
    /// Runs the program to its end. Dropping the future kills it, and what it has started.
    pub async fn run(&self) -> Result<Ended, ProcessError> {
        let name = || self.name.to_string_lossy().into_owned();
        let failed = |source| ProcessError::Io { name: name(), source };
        let (mut child, mut group) = self.spawn(Stdio::piped())?;
        match timeout(self.timeout, self.finish(&mut child)).await {
            Ok(Ok(ended)) => {
                // It is gone, and another group may get its number.
                group.0 = None;
                Ok(ended)
            }
            Ok(Err(error)) if error.kind() == io::ErrorKind::FileTooLarge => {
                Err(ProcessError::TooMuch { name: name(), max: self.max_output })
            }
            Ok(Err(error)) => Err(failed(error)),
            Err(_) => Err(ProcessError::Timeout { name: name(), after: self.timeout }),
        }
    }

    /// Starts the program, to speak with it as long as the value is kept; then it is killed, and what it has started.
    /// What it says beside that is not heard.
    pub fn speak(&self) -> Result<Spoken, ProcessError> {
        let (mut child, group) = self.spawn(Stdio::null())?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => Ok(Spoken { input, output, _child: child, _group: group }),
            _ => Err(ProcessError::Absent(self.name.to_string_lossy().into_owned())),
        }
    }

    fn spawn(&self, stderr: Stdio) -> Result<(Child, Group), ProcessError> {
        let name = || self.name.to_string_lossy().into_owned();
        let failed = |source| ProcessError::Io { name: name(), source };
        let mut command = Command::new(&self.name);
        command.args(&self.args);
        self.unset.iter().for_each(|name| {
            command.env_remove(name);
        });
        command.envs(self.env.iter().map(|(key, value)| (key, value)));
        command.current_dir(&self.directory).process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(stderr);
        let child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound if self.directory.is_dir() => ProcessError::Absent(name()),
            _ => failed(error),
        })?;
        let id = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
        Ok((child, Group(id)))
    }

    /// Returns how it ended; one that prints too much is not waited for.
    async fn finish(&self, child: &mut Child) -> io::Result<Ended> {
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let write = async {
            if let Some(mut stdin) = stdin {
                // It may not want to read.
                drop(stdin.write_all(&self.input).await);
            }
            Ok(())
        };
        let ((), stdout, stderr) =
            tokio::try_join!(write, read(stdout, self.max_output), read(stderr, self.max_output))?;
        let code = child.wait().await?.code();
        Ok(Ended { code, stdout, stderr })
    }
}

async fn read(from: Option<impl AsyncRead + Unpin>, max: usize) -> io::Result<String> {
    let Some(from) = from else { return Ok(String::new()) };
    let mut bytes = Vec::new();
    let _ = from.take(max as u64 + 1).read_to_end(&mut bytes).await?;
    if bytes.len() > max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
