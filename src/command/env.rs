use super::engine::{How, Settled, Start};
use super::{Common, Exit, Outcome, Refused};
use crate::engine::{MARKER, Override, overrides};
use crate::report::{self, Exported, Shell};
use crate::world;

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
    let waited = world::wait_for_steps(|interruption| {
        let settled = &settled;
        async move { settled.ready(Start::Never, &interruption).await }
    });
    let ready = match waited {
        Ok(Ok(ready)) => ready?,
        Ok(Err(world::Interrupted)) => return Err(Refused::new(Exit::Interrupted, "interrupted", None)),
        Err(error) => {
            return Err(Refused::new(Exit::Failure, &format!("cannot wait for anybody: {error}"), None));
        }
    };
    let variable = settled.wanted.kind.variable();
    let mut outcome = Outcome::default();
    let address = ready.endpoint.address();
    let exported = match ready.how {
        How::Own => Some(Exported { name: variable, marker: MARKER, value: &address }),
        How::Injected => {
            let words =
                format!("note: `{variable}` is set already, to {}, and stays as it is\n", ready.endpoint);
            outcome.stderr.push_str(&words);
            None
        }
    };
    for Override { variable, why } in overrides(environment, settled.wanted.kind.toolchain()) {
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
