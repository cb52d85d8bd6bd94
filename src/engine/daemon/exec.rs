//! Running a program inside a container, and speaking with it.

use std::io;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{CreateExecOptions, StartExecResults};
use futures_util::TryStreamExt as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, join};
use tokio::time::timeout;

use super::{Daemon, DaemonError};
use crate::engine::Dialled;

/// The most bytes that a program may print.
const MAX_PRINTED: u64 = 1 << 20;

impl Daemon {
    /// Runs a program inside a running container and returns its input and output.
    pub async fn exec(&self, container: &str, program: &[&str]) -> Result<Box<dyn Dialled>, DaemonError> {
        self.exec_with(container, program, &[]).await
    }

    /// Runs a program inside a running container, gives it `input`, and returns what it prints within `bound`.
    pub async fn run(
        &self,
        container: &str,
        program: &[&str],
        variables: &[&str],
        input: &[u8],
        bound: Duration,
    ) -> Result<Vec<u8>, DaemonError> {
        let what = format!("run `{}` in {container}", program.join(" "));
        let spoken = async {
            let mut spoken = self.exec_with(container, program, variables).await?;
            let mut printed = Vec::new();
            let said = async {
                spoken.write_all(input).await?;
                spoken.shutdown().await?;
                spoken.take(MAX_PRINTED).read_to_end(&mut printed).await
            };
            let _ = said.await.map_err(|error| self.error(&what, error.into()))?;
            Ok(printed)
        };
        timeout(bound, spoken).await.unwrap_or_else(|_| Err(self.silent(&what, bound)))
    }

    async fn exec_with(
        &self,
        container: &str,
        program: &[&str],
        variables: &[&str],
    ) -> Result<Box<dyn Dialled>, DaemonError> {
        let what = format!("run `{}` in {container}", program.join(" "));
        let options = CreateExecOptions {
            attach_stdin: Some(true),
            attach_stdout: Some(true),
            // Not attached: words of the program would look like an answer.
            attach_stderr: Some(false),
            cmd: Some(program.to_vec()),
            env: Some(variables.to_vec()),
            ..CreateExecOptions::default()
        };
        let made = self.ask(&what, self.docker.create_exec(container, options)).await?;
        match self.ask(&what, self.docker.start_exec(&made.id, None)).await? {
            StartExecResults::Attached { output, input } => {
                let bytes = output.map_ok(LogOutput::into_bytes).map_err(io::Error::other);
                let output = tokio_util::io::StreamReader::new(bytes);
                Ok(Box::new(join(output, input)))
            }
            StartExecResults::Detached => Err(DaemonError::Refused {
                address: self.address.clone(),
                what,
                status: None,
                message: "it runs without us".to_owned(),
            }),
        }
    }
}
