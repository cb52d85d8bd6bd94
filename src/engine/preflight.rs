//! What a way to an engine needs beside the engine: programs, and the right to use them. Asked before anything hangs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::report::printable;
use crate::value::{Endpoint, Environment, Runtime};
use crate::world::{ProcessError, Program, find_program};

/// The most characters of foreign words that are repeated.
const MAX_SAID: usize = 200;

/// The most that `kubectl` may say.
const MAX_OUTPUT: usize = 1 << 16;

/// A way to an engine that cannot be gone.
#[derive(Debug, thiserror::Error)]
pub enum PreflightError {
    /// A program is missing.
    #[error("`{endpoint}` is reached through {}, and there is no {} on PATH", listed(.programs, "or"), listed(.programs, "and no"))]
    Absent {
        /// Where the engine is.
        endpoint: String,
        /// Any of these would do.
        programs: Vec<&'static str>,
    },
    /// Kubernetes does not let the user in.
    #[error("`{endpoint}` is reached by `kubectl exec`, and kubectl says that this user may not: {said}")]
    Forbidden {
        /// Where the engine is.
        endpoint: String,
        /// The question that was answered, for a shell.
        question: String,
        /// The answer.
        said: String,
    },
    /// Kubernetes did not answer.
    #[error(
        "`{endpoint}` is reached by `kubectl exec`, and kubectl cannot tell whether this user may do that"
    )]
    Unanswered {
        /// Where the engine is.
        endpoint: String,
        /// Why there is no answer.
        source: ProcessError,
    },
}

impl PreflightError {
    /// Returns whether nothing was said in time, rather than no.
    pub const fn is_timeout(&self) -> bool {
        matches!(self, Self::Unanswered { source: ProcessError::Timeout { .. }, .. })
    }

    /// Returns what to run, or to do.
    pub fn hint(&self) -> String {
        match self {
            Self::Absent { programs, .. } => {
                format!("install {}, or name an engine by `unix://` or `tcp://`", listed(programs, "or"))
            }
            Self::Forbidden { question, .. } => {
                format!(
                    "`{question}` has to say yes: a role with `create` on `pods/exec` and `get` on `pods`"
                )
            }
            Self::Unanswered { .. } => "run `kubectl version` to see whether the cluster answers".to_owned(),
        }
    }
}

/// Returns whether an endpoint can be tried at all from here. Each question is waited for as long as `timeout` says.
pub async fn preflight(
    endpoint: &Endpoint,
    environment: &Environment,
    directory: &Path,
    timeout: Duration,
) -> Result<(), PreflightError> {
    let find = |name: &str| find_program(environment.get("PATH"), name);
    let programs: Vec<&'static str> = match endpoint {
        Endpoint::Container { runtime: Some(runtime), .. } => vec![program(*runtime)],
        // In the order that Dagger looks for them (dagger/dagger `engine/client/drivers/container.go`).
        Endpoint::Container { runtime: None, .. } => {
            vec!["docker", "container", "podman", "finch", "nerdctl"]
        }
        Endpoint::KubePod { .. } => vec!["kubectl"],
        _ => return Ok(()),
    };
    let Some(found) = programs.iter().find_map(|name| find(name)) else {
        return Err(PreflightError::Absent { endpoint: endpoint.to_string(), programs });
    };
    match endpoint {
        Endpoint::KubePod { pod, context, namespace, .. } => {
            let question = question(pod, context.as_deref(), namespace.as_deref());
            may_exec(endpoint, found, question, directory, timeout).await
        }
        _ => Ok(()),
    }
}

const fn program(runtime: Runtime) -> &'static str {
    match runtime {
        // What Apple calls its own.
        Runtime::Apple => "container",
        other => other.as_str(),
    }
}

/// Returns the arguments that ask whether this user may run something in that very pod: a role may name it. The form
/// `pods/exec` would ask about a pod called `exec`.
fn question(pod: &str, context: Option<&str>, namespace: Option<&str>) -> Vec<String> {
    let scope = [("context", context), ("namespace", namespace)];
    let scope = scope.into_iter().filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
    let asked = ["auth", "can-i", "create", "--subresource=exec"].map(str::to_owned);
    scope.chain(asked).chain([format!("pods/{pod}")]).collect()
}

async fn may_exec(
    endpoint: &Endpoint,
    kubectl: PathBuf,
    question: Vec<String>,
    directory: &Path,
    timeout: Duration,
) -> Result<(), PreflightError> {
    let run = Program {
        name: kubectl.into(),
        args: question.iter().map(OsString::from).collect(),
        directory: directory.to_owned(),
        env: Vec::new(),
        unset: &[],
        input: Vec::new(),
        timeout,
        max_output: MAX_OUTPUT,
    };
    let endpoint = endpoint.to_string();
    match run.run().await {
        Err(source) => Err(PreflightError::Unanswered { endpoint, source }),
        // The answer is one word; with `no` it ends with 1, as it does when it cannot ask.
        Ok(ended) if ended.code == Some(0) && ended.stdout.trim_start().starts_with("yes") => Ok(()),
        Ok(ended) => {
            let said = [&ended.stdout, &ended.stderr].into_iter().flat_map(|text| text.lines());
            let said = said.map(str::trim).find(|line| !line.is_empty()).unwrap_or("nothing");
            let question = format!("kubectl {}", question.join(" "));
            Err(PreflightError::Forbidden { endpoint, question, said: printable(said, MAX_SAID) })
        }
    }
}

fn listed(names: &[&str], word: &str) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(&format!(" {word} "))
}
