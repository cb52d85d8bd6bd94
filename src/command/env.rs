use super::engine::{How, Start, pinned, ready};
use super::{Common, Exit, Outcome, Refused, learn};
use crate::engine::{MARKER, Override, overrides};
use crate::report::{self, Exported, Shell};

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
    let pinned = pinned(&options.common)?;
    let ready = learn::wait(ready(&options.common, &pinned, Start::Never))??;
    let mut outcome = Outcome::default();
    let address = ready.endpoint.address();
    let exported = match ready.how {
        How::Own => Some(Exported { name: ready.variable, marker: MARKER, value: &address }),
        How::Injected => {
            let words = format!(
                "note: `{}` is set already, to {}, and stays as it is\n",
                ready.variable, ready.endpoint
            );
            outcome.stderr.push_str(&words);
            None
        }
    };
    for Override { variable, why } in overrides(environment, pinned.toolchain) {
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
