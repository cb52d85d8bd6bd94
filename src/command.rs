//! One file per verb: options in, [`Outcome`] out. Nothing here prints or exits.

mod audit;
mod bump;
mod catalog;
mod check;
mod engine;
mod env;
mod exec;
mod init;
mod learn;
mod list;
mod refused;
mod schema;
mod survey;
mod sync;
mod user;
mod why;

use std::fmt::Write as _;
use std::path::PathBuf;

use crate::registry::Credentials;
use crate::report::{Color, with_causes};
use crate::upstream::Addresses;
use crate::value::Environment;
use crate::world::Voice;
use crate::world::http::HttpOptions;

pub use audit::{AuditOptions, audit, audit_verify};
pub use bump::{BumpOptions, bump};
pub use catalog::{CatalogShowOptions, CatalogUpdateOptions, catalog_show, catalog_update};
pub use check::{CheckFormat, CheckOptions, Eval, GithubJob, check};
pub use engine::{
    EngineDoctorOptions, EngineDownOptions, EngineLogsOptions, EnginePruneOptions, EngineStatusOptions,
    EngineUpOptions, engine_doctor, engine_down, engine_logs, engine_prune, engine_status, engine_up,
};
pub use env::{EnvOptions, env};
pub use exec::{ExecOptions, exec, exec_dry_run, not_started};
pub use init::{Ask, InitOptions, init};
pub use list::{ListOptions, list};
pub use refused::Refused;
pub use schema::{schema, schemas};
pub use survey::{Survey, survey};
pub use sync::{SyncMode, SyncOptions, Target, sync};
pub use user::user;
pub use why::{Question, WhyOptions, why};

/// What every verb is told.
#[derive(Debug, Clone)]
pub struct Common {
    /// Where the user stands.
    pub directory: PathBuf,
    /// The configuration to use instead of the root's `pin.toml`.
    pub config: Option<PathBuf>,
    /// Whether words carry colour.
    pub color: Color,
    /// Where words go that cannot wait for the end.
    pub voice: Voice,
    /// Whether `pin.lock` is only read.
    pub locked: bool,
    /// What may be asked, and where.
    pub network: Network,
    /// The variables that the process was started with.
    pub environment: Environment,
}

/// What may be asked over the network, and where.
#[derive(Debug, Clone)]
pub struct Network {
    /// Whether nobody is asked.
    pub is_offline: bool,
    /// How servers are asked, and how long they are waited for.
    pub http: HttpOptions,
    /// Where releases are published.
    pub addresses: Addresses,
    /// Where the user's credentials for registries are.
    pub credentials: Credentials,
}

/// What a verb has to say.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Data, for stdout.
    pub stdout: String,
    /// Everything else, for stderr.
    pub stderr: String,
    /// How it ended.
    pub exit: Exit,
}

/// How the lines of an engine's log begin that stand above the error which they explain.
const LOG: &str = "  | ";

/// How the last line begins when a command was not started.
const NOT_STARTED: &str = "pin: not started";

/// How a verb ended (design.md §3); the order is that in which they win when several apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// In lockstep, or done.
    #[default]
    Success,
    /// There are findings.
    Findings,
    /// The engine that answers has another version than the pinned one.
    OtherVersion,
    /// An engine or a daemon did not answer in time.
    Unanswered,
    /// There is no engine, and none can be had.
    NoEngine,
    /// The job could not be done.
    Failure,
    /// Arguments or configuration are wrong.
    Usage,
    /// The user had enough of it; what was started is gone.
    Interrupted,
    /// The command of `pin exec` is there, but cannot be run.
    CommandRefused,
    /// There is no such command.
    CommandNotFound,
}

impl Exit {
    /// Returns the process' exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Findings => 1,
            Self::Usage => 2,
            Self::Failure => 3,
            Self::NoEngine => 4,
            Self::Unanswered => 5,
            Self::OtherVersion => 6,
            Self::Interrupted => 130,
            // As shells, `env` and `nohup` have it (POSIX.1-2024, Shell Command Language, 2.8.2).
            Self::CommandRefused => 126,
            Self::CommandNotFound => 127,
        }
    }
}

impl Outcome {
    /// Returns an outcome that says what is wrong with the way `pin` was called.
    pub fn usage(message: &str, hint: Option<&str>) -> Self {
        Self::error(Exit::Usage, message, hint)
    }

    /// Returns the outcome without data; errors are still said, with the lines that they quote and what helps. What else
    /// is said goes, and its hints with it.
    #[must_use]
    pub fn without_data(self) -> Self {
        let (mut stderr, mut log) = (String::new(), String::new());
        let mut is_error = false;
        for line in self.stderr.lines() {
            let is_quoted = line.starts_with(|first: char| first == ' ' || first.is_ascii_digit());
            let is_below = is_error && (is_quoted || line.starts_with("hint:"));
            is_error = is_below || line.starts_with("error:");
            if is_error {
                stderr.push_str(&std::mem::take(&mut log));
            } else if line.starts_with(LOG) {
                let _ = writeln!(log, "{line}");
                continue;
            } else {
                log.clear();
            }
            if is_error || line.starts_with(NOT_STARTED) {
                let _ = writeln!(stderr, "{line}");
            }
        }
        Self { stdout: String::new(), stderr, exit: self.exit }
    }

    /// Returns the outcome of a command that was not started. Its last line says so, for a command that was started may
    /// end with the same code (design.md §3).
    #[must_use]
    pub fn not_started(mut self) -> Self {
        let code = self.exit.code();
        let _ = writeln!(self.stderr, "{NOT_STARTED} (code {code})");
        self
    }

    /// Returns an outcome that only says what went wrong, and what to run.
    fn error(exit: Exit, message: &str, hint: Option<&str>) -> Self {
        let mut stderr = format!("error: {message}\n");
        if let Some(hint) = hint {
            stderr.push_str("hint: ");
            stderr.push_str(hint);
            stderr.push('\n');
        }
        Self { stdout: String::new(), stderr, exit }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quietly_errors_are_said_with_what_belongs_to_them() {
        let check = |stderr: &str, expect: &str| {
            let said =
                Outcome { stdout: "data\n".to_owned(), stderr: stderr.to_owned(), exit: Exit::Failure };
            let kept = Outcome { stdout: String::new(), stderr: expect.to_owned(), exit: Exit::Failure };
            assert_eq!(said.without_data(), kept, "{stderr}");
        };
        let error = "error: bad at pin.toml:12:1\n   |\n12 | bad\n   | ^^^\nhint: mend it\n";
        check(error, error);
        check(
            "error: none\n  here: it hangs\nhint: a\nerror: b\n",
            "error: none\n  here: it hangs\nhint: a\nerror: b\n",
        );
        // Notes and warnings go, and so does what would help against them.
        check("warning: a\nhint: b\n", "");
        check("note: a\n  more of it\nhint: b\nerror: c\nhint: d\n", "error: c\nhint: d\n");
        check("wrote pin.lock\nhint: a\n", "");
        check("error: a\nlive: b\nhint: c\n", "error: a\n");
        // An engine's log stands above its error.
        let died = "  | starting\n  | error: no port\nerror: it ended\nhint: its last lines stand above\n";
        check(died, died);
        check(&format!("warning: a\nhint: b\n{died}"), died);
        check("  | of nobody\nnote: a\nerror: b\n", "error: b\n");
        check(
            "note: a\nerror: b\nhint: c\npin: not started (code 4)\n",
            "error: b\nhint: c\npin: not started (code 4)\n",
        );
        check("  | a\npin: not started (code 4)\n", "pin: not started (code 4)\n");
    }
}
