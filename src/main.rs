//! Parse, run, print, exit.

use std::io::{self, Write as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let outcome = pin::cli::run();
    // A reader that has seen enough (`pin list | head`) is no failure of ours.
    let written = io::stdout().write_all(outcome.stdout.as_bytes()).and_then(|()| io::stdout().flush());
    let said = io::stderr().write_all(outcome.stderr.as_bytes());
    match written.and(said) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => ExitCode::from(3),
        _ => ExitCode::from(outcome.exit.code()),
    }
}
