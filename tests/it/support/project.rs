//! A repository of its own in a temporary directory, and `pin` run in it with nothing from outside.

use super::tree::{Entry, Tree};
use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The program under test: the one that cargo built, or another one (a release build) that `PIN_TEST_BIN` names.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("PIN_TEST_BIN").map_or_else(|| env!("CARGO_BIN_EXE_pin").into(), PathBuf::from)
}

/// Copies the program under test. Another process does it: a file that this one has open for writing, whoever is started
/// meanwhile has open, too, and nobody may run it (`ETXTBSY`).
pub(crate) fn copy_binary(to: &Path) {
    let status = Command::new("cp").arg(binary()).arg(to).status().expect("cp starts");
    assert!(status.success(), "{}", to.display());
}

/// A temporary repository; it goes when the value goes.
#[derive(Debug)]
pub(crate) struct Project {
    _directory: TempDir,
    root: PathBuf,
    home: PathBuf,
}

/// What one run of a program left behind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// The exit code as a number, or `signal N`.
    pub(crate) exit: String,
}

impl Project {
    /// A project with these files, mode 0644; there is no git repository yet.
    pub(crate) fn new<P: AsRef<str>, B: AsRef<[u8]>>(files: &[(P, B)]) -> Self {
        let file = |bytes: &B| Entry::File { mode: 0o644, bytes: bytes.as_ref().to_vec() };
        Self::of(&Tree(
            files
                .iter()
                .map(|(path, bytes)| (path.as_ref().to_owned(), file(bytes)))
                .collect::<BTreeMap<_, _>>(),
        ))
    }

    /// A copy of a directory, links as links, with the modes that git would give its files.
    pub(crate) fn copy_of(directory: &Path) -> Self {
        Self::of(&Tree::read(directory).with_git_modes())
    }

    /// A project with exactly this tree.
    pub(crate) fn of(tree: &Tree) -> Self {
        let directory =
            tempfile::Builder::new().prefix("pin-test-").tempdir().expect("a temporary directory");
        let base = directory.path().canonicalize().expect("a temporary directory has a path");
        let (root, home) = (base.join("repo"), base.join("home"));
        for new in [&root, &home] {
            fs::create_dir(new).unwrap_or_else(|error| panic!("{}: {error}", new.display()));
        }
        tree.write(&root);
        Self { _directory: directory, root, home }
    }

    /// The same project as a real git repository in which every file is staged.
    pub(crate) fn with_git(self) -> Self {
        self.git(&["init", "--quiet", "--initial-branch=main"]);
        self.git(&["add", "--all"]);
        self
    }

    /// Runs the real git in the project.
    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        let output = self.git_output(arguments);
        assert!(
            output.status.success(),
            "git {}: {}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs the real git, which must fail, and returns what it said.
    pub(crate) fn git_fails(&self, arguments: &[&str]) -> String {
        let output = self.git_output(arguments);
        assert!(!output.status.success(), "git {} succeeded", arguments.join(" "));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn git_output(&self, arguments: &[&str]) -> Output {
        let git = super::tool::find("git").expect("the tests need git on the path");
        let mut command = Command::new(git);
        command.args(["-c", "user.name=test", "-c", "user.email=test@example.com"]).args(arguments);
        self.isolate(&mut command);
        command.envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
        command.output().expect("git starts")
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A directory that belongs to this project and stands outside the repository; it is `HOME` for what runs here.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    pub(crate) fn read(&self, path: &str) -> Vec<u8> {
        fs::read(self.root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub(crate) fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().expect("a file stands in a directory"))
            .expect("directories can be made");
        fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Everything in the repository but `.git`.
    pub(crate) fn tree(&self) -> Tree {
        Tree::read_without_git(&self.root)
    }

    /// Runs `pin` at the root of the project. Its environment holds a fresh `HOME` and `NO_COLOR`, nothing else: no
    /// `PATH`, no `CI`.
    pub(crate) fn pin(&self, arguments: &[&str]) -> Run {
        self.pin_with(&[], arguments)
    }

    /// The same with more variables.
    pub(crate) fn pin_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = self.command(binary(), arguments);
        command.envs(variables.iter().copied());
        self.run(&mut command)
    }

    /// Any program, prepared to run like `pin`.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>, arguments: &[impl AsRef<OsStr>]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments);
        self.isolate(&mut command);
        command
    }

    /// `pin ARGUMENTS` under another program which takes a command to run as its last arguments (`strace`, `unshare`).
    pub(crate) fn pin_under(&self, wrapper: &[impl AsRef<OsStr>], arguments: &[&str]) -> Command {
        let words: Vec<OsString> = wrapper
            .iter()
            .map(|word| word.as_ref().to_owned())
            .chain([binary().into_os_string()])
            .chain(arguments.iter().map(OsString::from))
            .collect();
        self.command(&words[0], &words[1..])
    }

    fn isolate(&self, command: &mut Command) {
        command.env_clear().env("HOME", &self.home).env("NO_COLOR", "1");
        command.current_dir(&self.root).stdin(Stdio::null());
    }

    /// Runs a command to its end; what it says is redacted.
    pub(crate) fn run(&self, command: &mut Command) -> Run {
        let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        self.outcome(&output)
    }

    pub(crate) fn outcome(&self, output: &Output) -> Run {
        let exit = match (output.status.code(), output.status.signal()) {
            (Some(code), _) => code.to_string(),
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => "unknown".to_owned(),
        };
        Run { stdout: self.redact(&output.stdout), stderr: self.redact(&output.stderr), exit }
    }

    /// The text with everything replaced that differs from run to run: the two directories and pin's own version.
    fn redact(&self, bytes: &[u8]) -> String {
        super::diff::visible(bytes)
            .replace(&*self.root.to_string_lossy(), "[ROOT]")
            .replace(&*self.home.to_string_lossy(), "[HOME]")
            .replace(concat!("pin ", env!("CARGO_PKG_VERSION")), "pin [VERSION]")
    }
}

impl Run {
    /// Panics unless the run ended with this exit code, and shows what it said.
    #[track_caller]
    pub(crate) fn exits(&self, code: i32) -> &Self {
        assert_eq!(self.exit, code.to_string(), "\n-- stdout\n{}\n-- stderr\n{}", self.stdout, self.stderr);
        self
    }
}
