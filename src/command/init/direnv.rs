//! `.envrc`: what whoever enters the directory with direnv is told.

use std::collections::BTreeSet;

use crate::command::{Exit, Outcome, Survey, with_causes};
use crate::config;
use crate::lock;
use crate::lockstep::Verdict;
use crate::plan::Change;
use crate::text::Edits;
use crate::world;

/// Name of the file, at the root.
pub(super) const FILE: &str = ".envrc";

/// Returns the change that makes `.envrc` run `pin check`, or adds that to it; `None` when it does
/// already.
pub(super) fn change(survey: &Survey, verdict: &Verdict) -> Result<Option<Change>, Outcome> {
    let path = survey.root.join(FILE);
    if path.is_symlink() {
        let hint = "run `pin init --direnv` where the file itself is";
        let message = format!("`{FILE}` is a link to another file, which is not written");
        return Err(Outcome::error(Exit::Failure, &message, Some(hint)));
    }
    let before = match world::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) if error.is_not_found() => None,
        Err(error) => return Err(Outcome::error(Exit::Failure, &with_causes(&error), None)),
    };
    if before.as_deref().is_some_and(runs_check) {
        return Ok(None);
    }
    let mut after = match &before {
        Some(bytes) => bytes.clone(),
        None if has_shell(survey)? => b"use flake\n".to_vec(),
        None => Vec::new(),
    };
    if !after.is_empty() {
        after.extend_from_slice(if after.ends_with(b"\n") { b"\n" } else { b"\n\n" });
    }
    after.extend_from_slice(block(verdict).as_bytes());
    let before = before.unwrap_or_default();
    Ok(Some(Change { path: FILE.to_owned(), before, after, edits: Edits::default() }))
}

/// Returns whether a line that is no comment runs the check.
fn runs_check(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    text.lines().any(|line| !line.trim_start().starts_with('#') && line.contains("pin check"))
}

/// Returns whether the flake at the root has a shell to enter.
fn has_shell(survey: &Survey) -> Result<bool, Outcome> {
    match world::read(&survey.root.join("flake.nix")) {
        Ok(bytes) => Ok(["devShell", "mkShell"]
            .iter()
            .any(|word| memchr::memmem::find(&bytes, word.as_bytes()).is_some())),
        Err(error) if error.is_not_found() => Ok(false),
        Err(error) => Err(Outcome::error(Exit::Failure, &with_causes(&error), None)),
    }
}

/// Returns the lines. Every file that is watched makes direnv evaluate the whole `.envrc` again when
/// it changes, so only those are that say what the truth is; and nothing here can fail, whatever
/// `pin` says and whether or not it is there.
fn block(verdict: &Verdict) -> String {
    let is_plain = |path: &&str| {
        path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte))
            && !path.starts_with('-')
    };
    let truths = verdict.truths.iter().filter_map(|truth| truth.location.as_ref());
    let truths: BTreeSet<&str> = truths.map(|location| location.path.as_str()).filter(is_plain).collect();
    let own = [config::FILE, lock::FILE];
    let others = truths.into_iter().filter(|path| !own.contains(path));
    let watched: Vec<&str> = own.into_iter().chain(others).collect();
    format!(
        "# Whoever enters is told when versions are out of lockstep (`pin init --direnv`).\n\
         watch_file {}\n\
         if has pin; then\n  \
           pin check --quiet || log_error \"pin check failed: run it to see why\"\n\
         fi\n",
        watched.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runs_the_check_is_seen() {
        for (text, expect) in [
            ("use flake\npin check -q || true\n", true),
            ("# pin check\n", false),
            ("  # run `pin check`\nuse flake", false),
            ("if has pin; then pin check; fi", true),
            ("", false),
        ] {
            assert_eq!(runs_check(text.as_bytes()), expect, "{text}");
        }
    }
}
