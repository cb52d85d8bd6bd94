use super::engine::{How, Settled, Start, wait};
use super::{Common, Exit, Outcome, Refused};
use crate::engine::{MARKER, Override, overrides};
use crate::report::{self, Exported, Shell};
use crate::value::Endpoint;

/// What `pin env` is told.
#[derive(Debug, Clone)]
pub struct EnvOptions {
    /// What every verb is told.
    pub common: Common,
    /// Who reads it; without one, the shell that `$SHELL` names.
    pub shell: Option<Shell>,
}

/// Returns the variables that point tools at the engine that is in force; where somebody else has set them, none. It
/// starts nothing.
pub fn env(options: &EnvOptions) -> Outcome {
    env_or_error(options).unwrap_or_else(Outcome::from)
}

fn env_or_error(options: &EnvOptions) -> Result<Outcome, Refused> {
    let environment = &options.common.environment;
    let settled = Settled::of(&options.common)?;
    let mut ready = wait(|interruption| {
        let settled = &settled;
        async move { settled.ready(Start::Never, &interruption).await }
    })?;
    ready.unreached.take().map_or(Ok(()), Err)?;
    let variable = settled.kind.variable();
    let mut outcome = Outcome::default();
    let address = ready.endpoint.as_ref().map(Endpoint::address);
    let exported = match (ready.how, &ready.endpoint) {
        (How::Injected, Some(endpoint)) => {
            let words = format!("note: `{variable}` is set already, to {endpoint}, and stays as it is\n");
            outcome.stderr.push_str(&words);
            None
        }
        (How::Host, _) => {
            outcome.stderr.push_str("note: the daemon's own BuildKit needs no variable\n");
            None
        }
        _ => {
            // A dotenv file has no conditions.
            let beside = ready.beside.as_ref().filter(|(name, _)| environment.get(name).is_none());
            if let (Some((name, needed)), None) = (&ready.beside, beside) {
                let words =
                    format!("note: `{name}` is set already, and the engine is on the daemon at {needed}\n");
                outcome.stderr.push_str(&words);
            }
            let beside = beside.map(|(name, value)| (*name, value.as_str()));
            address.as_deref().map(|value| Exported { name: variable, marker: MARKER, value, beside })
        }
    };
    for Override { variable, why } in overrides(environment, settled.kind.toolchain()) {
        let words = format!(
            "note: `{variable}` is set, and {why}\nhint: `unset {variable}`, or run tools with `pin exec`\n"
        );
        outcome.stderr.push_str(&words);
    }
    let shell = options.shell.unwrap_or_else(|| Shell::of(environment.word("SHELL")));
    let printed = report::variables(shell, exported);
    let refuse = |error: report::Unprintable| {
        Refused::new(Exit::Failure, &error.to_string(), Some("run tools with `pin exec`"))
    };
    outcome.stdout = printed.map_err(refuse)?;
    Ok(outcome)
}
