//! Shell: assignments, installer lines, release addresses and image references.
//!
//! Read tolerantly and in order, as a shell would: an assignment is visible to what comes after
//! it. Branches and functions are read as if they ran once, from top to bottom.

mod installer;
mod lasting;
mod lexer;
mod simple;
mod sink;
mod tool;
mod walk;

use std::ops::Range;

use super::Scan;
use super::format::Spec;
use super::overrides::Medium;
use super::scan::Follow;
use super::scope::Scope;
use crate::text::Fragment;

/// Shells whose scripts are read.
const SHELLS: [&str; 8] = ["sh", "bash", "dash", "ash", "zsh", "ksh", "bats", "fish"];

/// Scripts by their name, and files without an extension whose first line says so.
pub(super) const FORMAT: Spec = Spec {
    names: &[".envrc"],
    extensions: &["sh", "bash", "zsh", "ksh", "bats", "fish", ""],
    claims: |path| path.file.starts_with(".envrc."),
    is_looked_up: |path| path.file == ".envrc",
    max_size: 1 << 20,
    ..Spec::of(|source, scan| {
        find_file(&Fragment::verbatim(source.text(), 0), scan);
        Ok(())
    })
};

/// Adds the sites of a whole script file, when its first line or name says it is one.
fn find_file(fragment: &Fragment<'_>, scan: &mut Scan<'_>) {
    let file = scan.path.rsplit('/').next().unwrap_or(scan.path);
    let is_named = file.contains('.');
    if is_named || has_shell_line(fragment.text()) {
        find(fragment, &mut Scope::default(), scan);
        find_lasting(fragment, Medium::Shell, scan);
    }
}

/// Returns whether the first line is that of a shell script (`#!/bin/sh`, `#!/usr/bin/env -S bash`).
pub(super) fn has_shell_line(text: &str) -> bool {
    let Some(line) = text.lines().next().and_then(|line| line.strip_prefix("#!")) else { return false };
    let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    words.find(|word| *word != "env" && !word.starts_with('-')).is_some_and(|word| SHELLS.contains(&word))
}

/// Adds the sites of shell text; assignments become visible in `scope`.
pub(super) fn find(fragment: &Fragment<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    walk::Walker::new(fragment, scope, scan).run_all();
}

/// Adds what a script leaves behind in the shell that reads it: variables that choose what runs, and
/// other files that it reads.
pub(super) fn find_lasting(fragment: &Fragment<'_>, medium: Medium, scan: &mut Scan<'_>) {
    let text = fragment.text();
    let commands = lexer::commands(text, 0..text.len());
    let simples: Vec<_> = commands.iter().map(|command| simple::take_apart(text, command)).collect();
    lasting::find(fragment, &commands, &simples, medium, scan);
}

/// Returns where the address of the project's installer script stands in `range` of the text.
pub(super) fn installer_address(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    installer::address(text, range)
}

/// Returns the outputs that a step's script writes to `$GITHUB_OUTPUT` and what each follows, with
/// `scope` as the script leaves it.
pub(super) fn outputs(fragment: &Fragment<'_>, scope: &Scope, scan: &mut Scan<'_>) -> Vec<(String, Follow)> {
    sink::written(fragment, sink::Sink::Output, scope, scan)
}

/// Returns the variables that a step's script hands to later steps by `$GITHUB_ENV`, as
/// [`outputs`] does.
pub(super) fn exports(fragment: &Fragment<'_>, scope: &Scope, scan: &mut Scan<'_>) -> Vec<(String, Follow)> {
    sink::written(fragment, sink::Sink::Environment, scope, scan)
}

#[cfg(test)]
mod tests;
