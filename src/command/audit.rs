use std::path::PathBuf;

use super::{Common, Exit, Outcome, with_causes};
use crate::engine::audit::{self, Unverified};
use crate::report::{self, Format};

/// What `pin audit` and `pin audit verify` are told.
#[derive(Debug, Clone)]
pub struct AuditOptions {
    /// What every verb is told.
    pub common: Common,
    /// How the answer is printed.
    pub format: Format,
}

/// Returns what has been done to engines on this machine.
pub fn audit(options: &AuditOptions) -> Outcome {
    entries(options).unwrap_or_else(|outcome| outcome)
}

fn entries(options: &AuditOptions) -> Result<Outcome, Outcome> {
    let directory = state(&options.common)?;
    let read = audit::entries(&directory);
    let (entries, others) =
        read.map_err(|error| Outcome::error(Exit::Failure, &with_causes(&error), None))?;
    let stdout = match options.format {
        Format::Human => report::human_audit(&entries),
        Format::Json => report::json_audit(&entries),
    };
    let mut stderr = String::new();
    if !others.is_empty() {
        let places = others.join(", ");
        stderr = format!("warning: not what was written: {places}\nhint: run `pin audit verify`\n");
    }
    Ok(Outcome { stdout, stderr, exit: Exit::Success })
}

/// Returns whether the audit log is what was written.
pub fn audit_verify(options: &AuditOptions) -> Outcome {
    verify(options).unwrap_or_else(|outcome| outcome)
}

fn verify(options: &AuditOptions) -> Result<Outcome, Outcome> {
    let directory = state(&options.common)?;
    let verified = match audit::verify(&directory) {
        Ok(verified) => Ok(verified),
        Err(Unverified::Broken(broken)) => Err(broken),
        Err(Unverified::Unreadable(error)) => {
            return Err(Outcome::error(Exit::Failure, &with_causes(&error), None));
        }
    };
    let stdout = match options.format {
        Format::Human => verified.as_ref().map(report::human_audit_verify).unwrap_or_default(),
        Format::Json => report::json_audit_verify(verified.as_ref()),
    };
    let Err(broken) = verified else { return Ok(Outcome { stdout, ..Outcome::default() }) };
    let hint = format!(
        "run `pin audit` to see what can be read; to begin a new log, move the files `audit.*` out of `{}`",
        directory.display()
    );
    Ok(Outcome { stdout, ..Outcome::error(Exit::Findings, &broken.to_string(), Some(&hint)) })
}

/// Returns where the log is.
fn state(common: &Common) -> Result<PathBuf, Outcome> {
    common.environment.state().ok_or_else(|| {
        let message = "there is no place for an audit log: neither XDG_STATE_HOME nor HOME is set";
        Outcome::usage(message, Some("set HOME to your home directory"))
    })
}
