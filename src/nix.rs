//! Asks a real Nix what the text of a repository alone cannot tell: what a commit of the flake packages.
//!
//! Nix is given a flake of our own whose only input is that commit. Where a lock has said which tree it
//! is, it takes the tree as it would for the repository: from the store, from a substituter, from GitHub
//! or what the user's settings make of that. The flake there is then evaluated over a stub of nixpkgs,
//! which is enough to see what it would download; only where it is not, over the nixpkgs that it locks.
//! Nothing of it is built, and the user's repository is not touched.

mod answer;

use std::ffi::OsString;
use std::time::Duration;

use crate::catalog::Packaged;
use crate::report::printable;
use crate::value::{NarHash, Rev};
use crate::world::{Ended, ProcessError, Program, Scratch, ScratchError};

/// A commit of `github:dagger/nix`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlakePin {
    /// The commit.
    pub rev: Rev,
    /// What a lock says about it.
    pub tree: Option<LockedTree>,
}

/// What a lock says about a commit, which Nix takes on trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LockedTree {
    /// Hash of the tree.
    pub nar_hash: NarHash,
    /// Committer time in seconds since 1970.
    pub last_modified: u64,
}

/// Nix did not say what a commit packages.
#[derive(Debug, thiserror::Error)]
pub enum NixError {
    /// What it is asked with could not be written.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// It was not run to its end.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A signal ended it.
    #[error("`nix` was killed by a signal")]
    Killed,
    /// It failed, with these words.
    #[error("`nix eval` failed: {0}")]
    Failed(String),
    /// It answered something else than was asked for.
    #[error("`nix eval` answered {0}")]
    Answer(String),
}

impl NixError {
    /// Returns whether there is no Nix at all, so that it need not be asked anything else.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Process(ProcessError::Absent(_)))
    }
}

/// The most that Nix may print.
const MAX_OUTPUT: usize = 4 << 20;

/// The most characters of a message that are repeated.
const MAX_WORDS: usize = 300;

/// What `packaged.nix` says when it has the tree.
const TREE_IS_HERE: &str = "pin: the tree is here";

const ASK: &str = include_str!("nix/ask.nix");
const PACKAGED: &str = include_str!("nix/packaged.nix");
const STUB: &str = include_str!("nix/stub.nix");

/// Returns what Nix says that a commit packages; one evaluation may take `timeout`, and a flake of another
/// layout needs two.
pub async fn packaged(pin: &FlakePin, timeout: Duration) -> Result<Packaged, NixError> {
    let flake = ASK.replace("@revision@", &pin.rev.to_string());
    let lock = pin.tree.map(|tree| lock(&pin.rev, tree)).unwrap_or_default();
    let mut files = vec![("flake.nix", flake.as_str()), ("packaged.nix", PACKAGED), ("stub.nix", STUB)];
    if !lock.is_empty() {
        files.push(("flake.lock", lock.as_str()));
    }
    let scratch = Scratch::new(&files)?;
    let ended = evaluate("overStub", &scratch, timeout).await?;
    let is_another_layout = ended.code.is_some_and(|code| code != 0) && ended.stderr.contains(TREE_IS_HERE);
    let ended = if is_another_layout { evaluate("overItsOwn", &scratch, timeout).await? } else { ended };
    match ended.code {
        Some(0) => answer::read(&pin.rev, &ended.stdout).map_err(NixError::Answer),
        Some(_) => Err(NixError::Failed(last_error(&ended.stderr))),
        None => Err(NixError::Killed),
    }
}

async fn evaluate(output: &str, scratch: &Scratch, timeout: Duration) -> Result<Ended, ProcessError> {
    let installable = format!("path:.#{output}");
    let args = [
        "--extra-experimental-features",
        "nix-command flakes",
        "eval",
        "--json",
        "--no-write-lock-file",
        "--no-eval-cache",
        // Every input is given whole, so no registry is needed.
        "--option",
        "flake-registry",
        "",
        "--option",
        "allow-import-from-derivation",
        "false",
        &installable,
    ];
    let program = Program {
        name: "nix".into(),
        args: args.into_iter().map(OsString::from).collect(),
        directory: scratch.path().to_owned(),
        env: Vec::new(),
        unset: &[],
        input: Vec::new(),
        timeout,
        max_output: MAX_OUTPUT,
    };
    program.run().await
}

/// Returns the lock of our flake (Nix manual, "Lock files").
fn lock(rev: &Rev, tree: LockedTree) -> String {
    let rev = rev.to_string();
    let LockedTree { nar_hash, last_modified } = tree;
    serde_json::json!({
        "nodes": {
            "asked": {
                "flake": false,
                "locked": {
                    "lastModified": last_modified, "narHash": nar_hash.to_string(),
                    "owner": "dagger", "repo": "nix", "rev": rev, "type": "github",
                },
                "original": { "owner": "dagger", "repo": "nix", "rev": rev, "type": "github" },
            },
            "root": { "inputs": { "asked": "asked" } },
        },
        "root": "root",
        "version": 7,
    })
    .to_string()
}

/// Returns the last thing that Nix calls an error: what stands before it is where it happened.
fn last_error(stderr: &str) -> String {
    let lines = || stderr.lines().rev().map(str::trim).filter(|line| !line.is_empty());
    let mut errors = lines().filter_map(|line| line.strip_prefix("error:")).map(str::trim);
    let words = errors.find(|words| !words.is_empty()).or_else(|| lines().next());
    let words = words.unwrap_or("it said nothing");
    let mut shown: String = printable(words, MAX_WORDS);
    if words.chars().nth(MAX_WORDS).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_trace_the_last_error_counts() {
        let check = |stderr: &str, expect: &str| assert_eq!(last_error(stderr), expect, "{stderr}");
        check("", "it said nothing");
        check("\n \n", "it said nothing");
        check(
            "warning: x\nerror: attribute 'a' missing\n(use '--show-trace' to show it)\n",
            "attribute 'a' missing",
        );
        check("error:\n       … while x\n\n       error: cannot y\n", "cannot y");
        check("no nix command\n", "no nix command");
        check("error: \u{1b}[31mred\u{1b}[0m\n", "[31mred[0m");
        let long = "ü".repeat(MAX_WORDS + 1);
        check(&format!("error: {long}"), &format!("{}…", "ü".repeat(MAX_WORDS)));
    }

    #[test]
    fn the_flake_names_the_commit_once() {
        assert_eq!(ASK.matches("@revision@").count(), 1);
        assert!(PACKAGED.contains(&format!("\"{TREE_IS_HERE}\"")));
    }
}
