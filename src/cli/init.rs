use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use clap::Args;

use crate::command::{Ask, Common, InitOptions, Outcome};
use crate::report::Candidate;

/// So often is asked again after an answer that is none.
const TRIES: usize = 3;

#[derive(Debug, Args)]
pub(super) struct Init {
    /// Also let `.envrc` say what is out of lockstep when the directory is entered
    #[arg(long)]
    direnv: bool,
    /// Write nothing, and print what would be written
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(init: &Init, common: Common, is_quiet: bool) -> Outcome {
    let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
    let ask = (is_terminal && !is_quiet).then_some(ask as Ask);
    crate::command::init(&InitOptions { common, direnv: init.direnv, dry_run: init.dry_run, ask })
}

/// Shows the versions with numbers, and returns the one that is picked.
fn ask(toolchain: &str, candidates: &[Candidate]) -> Option<usize> {
    let mut stderr = io::stderr();
    writeln!(stderr, "Versions of {toolchain} differ. Which one is the truth?").ok()?;
    for (index, Candidate { version, places }) in candidates.iter().enumerate() {
        writeln!(stderr, "  {}  {version}  {places}", index + 1).ok()?;
    }
    for _ in 0..TRIES {
        write!(stderr, "Its number, or nothing to decide later: ").ok()?;
        stderr.flush().ok()?;
        let mut line = String::new();
        if io::stdin().lock().read_line(&mut line).ok()? == 0 || line.trim().is_empty() {
            return None;
        }
        match line.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
            Some(index) if index < candidates.len() => return Some(index),
            _ => writeln!(stderr, "`{}` is none of 1 to {}", line.trim(), candidates.len()).ok()?,
        }
    }
    None
}
