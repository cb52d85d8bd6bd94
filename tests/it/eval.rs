//! `pin check --eval` with a `nix` that goes wrong in every way a program goes wrong. What a real one says is the
//! business of `real_nix_eval`.

use crate::support::tree::Entry;
use crate::support::{Project, Run, binary, repository};
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Stdio;

const REV: &str = "b35b2b5ab62ace3a3c1e779c497de1ad762a4aa1";
const HASH: &str = "sha256-E0v8IiF9sEWNw615Yae1RH8KtMuOOF+mcafu2m0kHyE=";
const OTHER_HASH: &str = "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=";

/// A repository whose lock names an unlisted revision, and a `nix` beside it.
struct Scene {
    project: Project,
}

impl Scene {
    fn new(nix: &str) -> Self {
        let case = repository().join("tests/cases/check/unknown-truth/in");
        let scene = Self { project: Project::copy_of(&case) };
        scene.install(nix);
        scene
    }

    /// Makes `nix` a shell script.
    fn install(&self, nix: &str) {
        let home = self.project.home();
        for directory in ["bin", "tmp"] {
            fs::create_dir_all(home.join(directory)).expect("a directory of our own");
        }
        let program = home.join("bin/nix");
        fs::write(&program, format!("#!/bin/sh\n{nix}\n")).expect("it can be written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it is ours");
    }

    fn variables(&self) -> [(&'static str, String); 2] {
        let home = self.project.home().display();
        [("PATH", format!("{home}/bin:/usr/bin:/bin")), ("TMPDIR", format!("{home}/tmp"))]
    }

    fn check(&self, arguments: &[&str]) -> Run {
        let mut command = self.project.command(binary(), &[&["check"], arguments].concat());
        command.envs(self.variables());
        self.project.run(&mut command)
    }

    /// The finding stays, `check` ends as it would have, and the words say why; nothing is left behind.
    #[track_caller]
    fn stays_unknown(&self, arguments: &[&str], words: &str) {
        let before = self.project.tree();
        let run = self.check(arguments);
        assert!(run.exits(1).stdout.contains("unknown[unknown-revision]"), "{}", run.stdout);
        let wanted = format!(
            "note: what {REV} packages stays unknown: {words}; `pin catalog update` asks the flake's repository instead\n"
        );
        assert_eq!(run.stderr, wanted);
        assert_eq!(before.diff(&self.project.tree()), None);
        self.leaves_nothing();
    }

    fn leaves_nothing(&self) {
        let left: Vec<_> = fs::read_dir(self.project.home().join("tmp")).expect("it is ours").collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

/// What a good Nix prints.
fn answer(hash: &str) -> String {
    let source = |platform: &str| {
        let url = format!("https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_{platform}.tar.gz");
        serde_json::json!({ "url": url, "hash": "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4" })
    };
    let answer = serde_json::json!({
        "rev": REV, "narHash": hash, "lastModified": 1_785_344_846,
        "nixpkgs": {
            "type": "github", "owner": "NixOS", "repo": "nixpkgs", "rev": "51c8f9cfaae8306d135095bcdb3df9027f95542d",
            "narHash": OTHER_HASH, "lastModified": 1_758_416_067,
        },
        "sources": { "x86_64-linux": source("linux_amd64") },
    });
    format!("echo '{answer}'")
}

#[test]
fn every_fault_is_said_and_the_revision_stays_unknown() {
    for (nix, words) in [
        ("echo 'error: the store is on fire' >&2; exit 1", "`nix eval` failed: the store is on fire"),
        ("exit 7", "`nix eval` failed: it said nothing"),
        ("kill -KILL $$", "`nix` was killed by a signal"),
        ("exec yes", "`nix` printed more than 4194304 bytes"),
        ("exec yes >&2", "`nix` printed more than 4194304 bytes"),
        ("echo lockstep", "`nix eval` answered something else: expected value at line 1 column 1"),
        ("exit 0", "`nix eval` answered something else: EOF while parsing a value at line 1 column 0"),
    ] {
        Scene::new(nix).stays_unknown(&["--eval"], words);
    }
    let another = answer(HASH).replace(REV, &"0".repeat(40));
    Scene::new(&another).stays_unknown(&["--eval"], "`nix eval` answered about another commit");
}

/// A `nix` that says when it runs, and never ends; a process that it has started goes on, too. Both hold the pipe open.
const HANGS: &str = "exec 9>\"$HOME/pipe\"; sleep 1000 & echo started >&9; wait";

/// Makes that pipe.
fn pipe(scene: &Scene) -> PathBuf {
    let path = scene.project.home().join("pipe");
    let made = scene.project.command("/usr/bin/mkfifo", &[&path]).status().expect("mkfifo starts");
    assert!(made.success());
    path
}

#[test]
fn one_that_hangs_is_killed_with_what_it_has_started() {
    let scene = Scene::new(HANGS);
    let path = pipe(&scene);
    // Opened before there is anybody to write, and read until nobody is left.
    let pipe = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).expect("a pipe");
    rustix::fs::fcntl_setfl(&pipe, OFlags::empty()).expect("it is open");
    // It gets ten times what a server gets.
    scene.stays_unknown(&["--eval", "--timeout", "50ms"], "`nix` did not end within 0.5 s");
    File::from(pipe).read_to_end(&mut Vec::new()).expect("a pipe");
}

#[test]
fn ctrl_c_ends_it_all() {
    let scene = Scene::new(HANGS);
    let path = pipe(&scene);
    let before = scene.project.tree();
    let mut command = scene.project.command(binary(), &["check", "--eval"]);
    command.envs(scene.variables()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("pin starts");
    // Comes back when the script has opened its end.
    let mut pipe = BufReader::new(File::open(&path).expect("a pipe"));
    let mut line = String::new();
    pipe.read_line(&mut line).expect("a pipe");
    assert_eq!(line, "started\n");
    let pid = child.id().to_string();
    scene.project.command("/bin/sh", &["-c", &format!("kill -INT {pid}")]).status().expect("sh starts");
    let run = scene.project.outcome(&child.wait_with_output().expect("it was started"));
    assert_eq!(run.exits(130).stdout, "");
    assert_eq!(run.stderr, "error: interrupted; nothing was written\n");
    assert_eq!(before.diff(&scene.project.tree()), None);
    scene.leaves_nothing();
    pipe.read_to_end(&mut Vec::new()).expect("a pipe");
}

#[test]
fn without_a_nix_it_is_said_once() {
    let scene = Scene::new("");
    fs::remove_file(scene.project.home().join("bin/nix")).expect("it is there");
    let home = scene.project.home().to_string_lossy().into_owned();
    let run = scene.project.pin_with(&[("PATH", &home), ("TMPDIR", &home)], &["check", "--eval"]);
    assert!(run.exits(1).stdout.contains("unknown[unknown-revision]"));
    let words = "`nix` is not installed; `pin catalog update` asks the flake's repository instead";
    assert_eq!(run.stderr, format!("note: unknown revisions stay unknown: {words}\n"));
}

#[test]
fn nobody_is_asked_about_what_is_known_or_ignored() {
    let scene = Scene::new("echo asked >>\"$HOME/asked\"; exit 1");
    scene.project.write("pin.toml", "[toolchain.dagger]\nignore = [{ files = \"flake.lock\" }]\n");
    assert_eq!(scene.check(&["--eval"]).exits(0).stderr, "");
    let known = Project::copy_of(&repository().join("tests/cases/check/learnt-revision/in"));
    known.tree().write(scene.project.root());
    scene.project.write("pin.toml", "");
    assert_eq!(scene.check(&["--eval"]).exits(0).stderr, "");
    assert!(!scene.project.home().join("asked").exists());
}

#[test]
fn a_tree_that_the_lock_does_not_know_is_an_error() {
    let scene = Scene::new(&answer(OTHER_HASH));
    let before = scene.project.tree();
    let run = scene.check(&["--eval"]);
    assert_eq!(
        run.exits(3).stderr,
        format!(
            "error: flake.lock:14 says that the tree of {REV} has the hash {HASH}, but Nix has found {OTHER_HASH}\n\
             hint: run `pin catalog update` to hear what the flake's repository says\n"
        )
    );
    assert!(run.stdout.contains("unknown[unknown-revision]"), "{}", run.stdout);
    assert_eq!(before.diff(&scene.project.tree()), None);
}

/// What Nix is given: a lock when the repository has one, and never a word of the repository's but what was parsed.
#[test]
fn nix_is_told_the_tree_when_the_repository_knows_it() {
    let scene =
        Scene::new(&format!("cat flake.nix flake.lock >\"$HOME/given\" 2>/dev/null\n{}", answer(HASH)));
    let given = |scene: &Scene| fs::read_to_string(scene.project.home().join("given")).expect("it was asked");
    scene.check(&["--eval", "--locked"]).exits(0);
    assert!(given(&scene).contains(&format!("url = \"github:dagger/nix/{REV}\";")));
    assert!(given(&scene).contains(&format!("\"lastModified\":1785344846,\"narHash\":\"{HASH}\"")));
    // Two trees of one commit: Nix is asked for the true one, and whoever is wrong is named.
    let lock = String::from_utf8(scene.project.read("flake.lock")).expect("JSON is UTF-8");
    scene.project.write("other/flake.lock", lock.replace(HASH, OTHER_HASH));
    let run = scene.check(&["--eval", "--locked"]);
    assert!(run.exits(3).stderr.starts_with("error: other/flake.lock:14 says"), "{}", run.stderr);
    assert!(!given(&scene).contains("narHash"));
    // Without a lock nothing is known but the commit.
    for path in ["flake.lock", "other/flake.lock"] {
        fs::remove_file(scene.project.root().join(path)).expect("it is there");
    }
    let flake = String::from_utf8(scene.project.read("flake.nix")).expect("UTF-8");
    scene.project.write("flake.nix", flake.replace("github:dagger/nix", &format!("github:dagger/nix/{REV}")));
    scene.check(&["--eval"]).exits(0);
    assert!(!given(&scene).contains("narHash"));
    let Some(Entry::File { bytes, .. }) = scene.project.tree().0.remove("pin.lock") else {
        panic!("it was learnt")
    };
    assert!(String::from_utf8_lossy(&bytes).contains(&format!("rev = \"{REV}\", version = \"0.21.7\"")));
}

#[test]
fn what_nix_cannot_be_asked_is_said() {
    let scene = Scene::new("exit 1");
    let lock = String::from_utf8(scene.project.read("flake.lock")).expect("JSON is UTF-8");
    let without = lock.replace(&format!("        \"rev\": \"{REV}\",\n"), "");
    assert_ne!(lock, without);
    scene.project.write("flake.lock", without);
    let run = scene.check(&["--eval"]);
    let words = "note: flake.lock:11 states only the hash of a tree, by which Nix finds no commit; state the commit there\n";
    assert_eq!(run.exits(1).stderr, words);
}
