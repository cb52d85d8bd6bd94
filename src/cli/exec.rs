use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};

use crate::command::{self, Common, ExecOptions, Outcome};

#[derive(Debug, Args)]
pub(super) struct Exec {
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// The command and its arguments; what stands behind it is all its own
    #[arg(value_name = "CMD", required = true, trailing_var_arg = true)]
    command: Vec<OsString>,
}

/// Becomes the command, in the directory of `-C`; returns only when that was not to be.
pub(super) fn run(exec: Exec, common: Common, directory: Option<PathBuf>) -> Outcome {
    let mut words = exec.command.into_iter();
    // The grammar asks for one.
    let program = words.next().unwrap_or_default();
    let options = ExecOptions { common, program: program.clone(), arguments: words.collect(), directory };
    if exec.dry_run {
        return command::exec_dry_run(&options);
    }
    let outcome = match command::exec(&options) {
        Ok(successor) => command::not_started(&program, &successor.replace()),
        Err(outcome) => outcome,
    };
    outcome.not_started()
}

/// Returns whether the words of a command line that is none were meant for this verb.
pub(super) fn is_meant(words: impl Iterator<Item = OsString>) -> bool {
    let grammar = super::Cli::command();
    let takes_value = |word: &str| {
        grammar.get_arguments().filter(|option| option.get_action().takes_values()).any(|option| {
            option.get_long().is_some_and(|long| word == format!("--{long}"))
                || option.get_short().is_some_and(|short| word == format!("-{short}"))
        })
    };
    let mut words = words.skip(1);
    while let Some(word) = words.next() {
        let word = word.to_string_lossy();
        if !word.starts_with('-') {
            return word == "exec";
        }
        if takes_value(&word) {
            words.next();
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_is_the_first_word_that_is_no_option() {
        for (line, expect) in [
            ("pin exec", true),
            ("pin exec --bogus", true),
            ("pin -C exec check", false),
            ("pin -C d --timeout 1 -q exec", true),
            ("pin --timeout=x exec true", true),
            ("pin --timeout x exec true", true),
            ("pin --offline env exec", false),
            ("pin", false),
        ] {
            assert_eq!(is_meant(line.split(' ').map(OsString::from)), expect, "{line}");
        }
    }
}
