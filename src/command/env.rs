use super::engine::{How, Ready, Settled, Start, wait};
use super::{Common, Exit, Outcome, Refused};
use crate::engine::{MARKER, Override, overrides, proxies_passed_by};
use crate::report::{self, Exported, Shell};
use crate::value::{Endpoint, Environment};

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
    settled.check_clients()?;
    let mut ready = wait(|interruption| {
        let settled = &settled;
        async move { settled.ready(Start::Never, &interruption).await }
    })?;
    ready.unreached.take().map_or(Ok(()), Err)?;
    let variable = settled.kind.variable();
    let mut outcome = Outcome::default();
    let address = ready.endpoint.as_ref().map(Endpoint::address);
    let beside;
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
            beside = missing(&ready, environment, &mut outcome.stderr);
            address.as_deref().map(|value| Exported {
                name: variable,
                marker: MARKER,
                value,
                beside: &beside,
            })
        }
    };
    if let Some(endpoint) =
        ready.endpoint.as_ref().filter(|at| !proxies_passed_by(environment, at).is_empty())
    {
        let words = format!(
            "note: clients may ask a proxy for the engine at {endpoint}\n\
             hint: add its host to `NO_PROXY`, or run tools with `pin exec`\n"
        );
        outcome.stderr.push_str(&words);
    }
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

/// Returns what clients need beside the engine's address and do not have. Where something else is set already, half of it
/// would lead them to a third daemon, and a dotenv file has no conditions: then it is only said.
fn missing<'r>(
    ready: &'r Ready,
    environment: &Environment,
    stderr: &mut String,
) -> Vec<(&'static str, &'r str)> {
    let needed = || ready.beside.iter().map(|(name, value)| (*name, value.as_str()));
    let is_set = |(name, _): &(&'static str, &str)| environment.get(name).is_some();
    if !needed().any(|variable| is_set(&variable)) {
        return needed().collect();
    }
    for (name, value) in needed().filter(is_set) {
        let words =
            format!("note: `{name}` is set already, and clients reach the engine with `{name}={value}`\n");
        stderr.push_str(&words);
    }
    stderr.push_str("hint: run tools with `pin exec`\n");
    Vec::new()
}
