//! `pin exec`: the command gets the engine, and is all that is left; what keeps it from starting is said.

mod download;
mod kubernetes;
mod outcome;

use crate::support::engine_fake::{EngineFake, Says};
use crate::support::{Project, Run, binary, tool};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

pub(crate) const HOST: &str = "_EXPERIMENTAL_DAGGER_RUNNER_HOST";

/// The version that the projects here pin; no table knows it, and no registry has it.
pub(crate) const VERSION: &str = "9.9.9";

/// A project that pins an engine, a `PATH` of its own, and an engine that somebody has injected.
pub(crate) struct Scene {
    pub(crate) project: Project,
    _engine: EngineFake,
    pub(crate) bin: PathBuf,
}

impl Scene {
    /// With the CLI of the pinned version on `PATH`.
    pub(crate) fn new() -> Self {
        let scene = Self::with(Says::dagger("9.9.9"));
        scene.add_program("dagger", &says("dagger v9.9.9 (image://x) linux/amd64"));
        scene
    }

    /// Without a CLI.
    pub(crate) fn with(says: Says) -> Self {
        let project =
            Project::new(&[("engine.yaml", format!("image: registry.dagger.io/engine:v{VERSION}\n"))]);
        let bin = project.home().join("bin");
        fs::create_dir(&bin).expect("a directory can be made");
        let engine = EngineFake::on_socket(&project.home().join("s"), says);
        let scene = Self { project, _engine: engine, bin };
        // What scripts need.
        for name in ["sh", "cat", "env"] {
            let program = tool::find(name).expect("every machine has it");
            std::os::unix::fs::symlink(program, scene.bin.join(name)).expect("a link can be made");
        }
        scene
    }

    /// Where the engine is.
    pub(crate) fn address(&self) -> String {
        format!("unix://{}/s", self.project.home().display())
    }

    /// Adds a program to `PATH`.
    pub(crate) fn add_program(&self, name: &str, script: &str) -> PathBuf {
        let path = self.bin.join(name);
        put_program(&path, script);
        path
    }

    /// `pin ARGUMENTS` with that `PATH` and the injected engine.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.project.command(binary(), arguments);
        command.env("PATH", &self.bin).env(HOST, self.address());
        command
    }

    pub(crate) fn pin(&self, arguments: &[&str]) -> Run {
        self.project.run(&mut self.command(arguments))
    }

    pub(crate) fn pin_with(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        self.project.run(self.command(arguments).envs(variables.iter().copied()))
    }

    /// The directory in which `pin` installs the CLI.
    pub(crate) fn own(&self) -> PathBuf {
        self.project.home().join(".local/share/pin/cli/dagger").join(VERSION)
    }
}

pub(crate) fn put_program(path: &Path, script: &str) {
    fs::create_dir_all(path.parent().expect("a program stands in a directory"))
        .expect("directories can be made");
    // Renamed into place: what is open for writing, if only in a child of another test, cannot be run.
    let unfinished = path.with_extension("new");
    fs::write(&unfinished, format!("#!/bin/sh\n{script}\n")).expect("a script can be written");
    fs::set_permissions(&unfinished, fs::Permissions::from_mode(0o755)).expect("it can be made one to run");
    fs::rename(&unfinished, path).expect("it can be put in place");
}

/// A script that says something.
pub(crate) fn says(words: &str) -> String {
    format!("echo '{words}'")
}

#[test]
fn the_command_gets_the_engine_and_the_cli() {
    let scene = Scene::new();
    let run = scene.pin(&["exec", "--", "sh", "-c", &format!("echo ${HOST} $PIN_ENGINE; echo $_EXPERIMENTAL_DAGGER_CLI_BIN $DAGGER_NO_UPDATE_CHECK; echo $PATH; dagger version")]);
    let address = "unix://[HOME]/s";
    let expect =
        format!("{address}\n[HOME]/bin/dagger 1\n[HOME]/bin\ndagger v9.9.9 (image://x) linux/amd64\n");
    assert_eq!(run.exits(0).stdout, expect, "an injected engine is passed on as it is, unmarked");
    assert_eq!(run.stderr, format!("note: `{HOST}` says where the engine is: {address}\n"));
    let quiet = scene.pin(&["-q", "exec", "cat", "engine.yaml"]);
    let expect = "image: registry.dagger.io/engine:v9.9.9\n";
    assert_eq!((quiet.exits(0).stdout.as_str(), quiet.stderr.as_str()), (expect, ""));
    let kept = scene
        .pin_with(&[("DAGGER_NO_UPDATE_CHECK", "0")], &["exec", "sh", "-c", "echo $DAGGER_NO_UPDATE_CHECK"]);
    assert_eq!(kept.exits(0).stdout, "0\n");
}

#[test]
fn what_stands_behind_the_command_is_its_own() {
    let scene = Scene::new();
    scene.add_program("show", "for word; do echo \"<$word>\"; done");
    for (arguments, expect) in [
        (&["exec", "show", "-q", "--offline", "--", "a b", ""][..], "<-q>\n<--offline>\n<-->\n<a b>\n<>\n"),
        (&["exec", "--", "show", "--help"], "<--help>\n"),
        (&["exec", "--offline", "show", "*"], "<*>\n"),
    ] {
        assert_eq!(scene.pin(arguments).exits(0).stdout, expect, "{arguments:?}");
    }
}

#[test]
fn what_overrides_the_pinned_engine_is_said_and_taken_away() {
    let scene = Scene::new();
    let overrides = [
        ("DAGGER_X_RELEASE", "main"),
        ("DAGGER_SESSION_PORT", "1"),
        ("_EXPERIMENTAL_DAGGER_VERSION", "0.1.0"),
        ("_EXPERIMENTAL_DAGGER_CLI_BIN", "/usr/bin/other"),
        ("DAGGER_CLOUD_TOKEN", "kept"),
    ];
    let run = scene.pin_with(&overrides, &["exec", "env"]);
    let has = |name: &str| run.stdout.lines().any(|line| line.starts_with(&format!("{name}=")));
    for name in ["DAGGER_X_RELEASE", "DAGGER_SESSION_PORT", "_EXPERIMENTAL_DAGGER_VERSION"] {
        assert!(!has(name) && run.stderr.contains(&format!("note: `{name}` ")), "{name}\n{}", run.stderr);
    }
    assert!(
        run.exits(0).stdout.contains("_EXPERIMENTAL_DAGGER_CLI_BIN=[HOME]/bin/dagger\n"),
        "{}",
        run.stdout
    );
    assert!(run.stderr.contains("note: `_EXPERIMENTAL_DAGGER_CLI_BIN` makes SDKs run another CLI; "));
    assert!(has("DAGGER_CLOUD_TOKEN") && !run.stderr.contains("CLOUD"), "{}", run.stderr);
    // The one that is found anyway overrides nothing.
    let own = scene.bin.join("dagger").to_string_lossy().into_owned();
    let same = scene.pin_with(&[("_EXPERIMENTAL_DAGGER_CLI_BIN", &own)], &["exec", "env"]);
    assert!(!same.exits(0).stderr.contains("CLI_BIN"), "{}", same.stderr);
}

#[test]
fn the_command_is_started_in_the_directory_of_c() {
    let scene = Scene::new();
    // What says that the root is above it.
    scene.project.write("pin.toml", "");
    scene.project.write("below/file", "below\n");
    put_program(&scene.project.root().join("below/tool"), &says("a tool of the repository"));
    let from = |directory: &Path, arguments: &[&str]| {
        scene.project.run(scene.command(arguments).current_dir(directory))
    };
    let (root, home) = (scene.project.root().to_owned(), scene.project.home().to_owned());
    for (directory, path) in [(&home, "../repo/below"), (&root, "below"), (&root.join("below"), ".")] {
        let run = from(directory, &["-C", path, "exec", "sh", "-c", "pwd; cat file"]);
        assert_eq!(run.exits(0).stdout, "[ROOT]/below\nbelow\n", "{path}");
        // Read by a program that does not look where it is.
        let run = from(directory, &["-C", path, "exec", "env"]);
        assert!(run.exits(0).stdout.contains("PWD=[ROOT]/below\n"), "{}", run.stdout);
        let run = from(directory, &["-C", path, "exec", "./tool"]);
        assert_eq!(run.exits(0).stdout, "a tool of the repository\n", "{path}");
    }
    // Else nothing is changed.
    let run = from(&root.join("below"), &["exec", "sh", "-c", "pwd"]);
    assert_eq!(run.exits(0).stdout, "[ROOT]/below\n");
    let run = scene.project.run(scene.command(&["exec", "env"]).env("PWD", "/its/own"));
    assert!(run.exits(0).stdout.contains("PWD=/its/own\n"), "{}", run.stdout);
}

/// Scripts that choose a CLI stay the same file, and choose another one elsewhere.
#[test]
fn what_only_stands_for_the_cli_is_asked_every_time() {
    let scene = Scene::new();
    let log = scene.project.home().join("log");
    let script = "echo \"$* ${DAGGER_X_RELEASE-}\" >> LOG; cat chosen";
    scene.add_program("dagger", &script.replace("LOG", &log.display().to_string()));
    let choose = |version: &str| scene.project.write("chosen", format!("dagger v{version} (x) y/z\n"));
    choose(VERSION);
    for _ in 0..2 {
        scene.pin_with(&[("DAGGER_X_RELEASE", "main")], &["exec", "cat"]).exits(0);
    }
    let asked = fs::read_to_string(&log).expect("it was asked");
    assert_eq!(asked, "version \nversion \n", "without overrides");
    choose("9.9.8");
    let other = scene.pin(&["--offline", "exec", "cat"]);
    assert!(
        other
            .exits(3)
            .stderr
            .contains("no CLI of dagger 9.9.9: `[HOME]/bin/dagger` is 9.9.8, and with `--offline`"),
        "{}",
        other.stderr
    );
}

/// A shell that is called `dagger`, and is told to run the file `version`, with what tells the genuine CLI behind it.
#[test]
fn a_genuine_cli_is_asked_for_its_version_once() {
    if !cfg!(target_os = "linux") {
        return tool::say("not run: exec: a genuine CLI: other systems run no program that was changed");
    }
    let Some(bash) = tool::need("a genuine CLI", "bash", &["--version"]) else { return };
    let scene = Scene::new();
    scene.project.write("version", "echo asked >> ../home/log\necho 'dagger v9.9.9 (x) y/z'\n");
    let make = |name: &str, package: &str| {
        let path = scene.bin.join(name);
        let script = "cat \"$1\" > \"$2.new\" && printf '\\n%s' \"$3\" >> \"$2.new\" && chmod 755 \"$2.new\" && mv \"$2.new\" \"$2\"";
        let made = Command::new("sh").args(["-c", script, "sh"]).args([&bash, &path]).arg(package).status();
        assert!(made.expect("a shell starts").success());
    };
    let log = scene.project.home().join("log");
    let asked = || {
        for _ in 0..3 {
            scene.pin(&["exec", "cat"]).exits(0);
        }
        let asked = fs::read_to_string(&log).expect("it was asked").lines().count();
        fs::remove_file(&log).expect("it is there");
        asked
    };
    make("dagger", "github.com/dagger/dagger/engine/client.New");
    assert_eq!(asked(), 1);
    // It has changed.
    make("dagger", "(github.com/dagger/dagger/engine/client)");
    assert_eq!(asked(), 1);
    // A small program that runs another one, as some version managers copy it.
    make("dagger", "github.com/elsewhere/shim");
    assert_eq!(asked(), 3);
}

/// A real CLI says its version in words that are understood.
#[test]
fn a_real_cli_is_understood() {
    let Some(cli) = std::env::var_os("PIN_TEST_DAGGER_CLI") else {
        tool::say("not run: exec: a real CLI: PIN_TEST_DAGGER_CLI names none");
        return;
    };
    let output = Command::new(cli).arg("version").env("DO_NOT_TRACK", "1").output().expect("the CLI starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(pin::engine::cli::version_in(&said).is_some(), "{said}");
}

#[test]
fn a_dagger_that_runs_pin_does_not_go_on_for_ever() {
    let scene = Scene::new();
    scene.add_program("dagger", &format!("exec {} exec -- dagger \"$@\"", binary().display()));
    let own = scene.own().join("dagger");
    put_program(&own, &says("dagger v9.9.9 (x) y/z"));
    let run = scene.pin(&["exec", "dagger", "version"]);
    assert_eq!(run.exits(0).stdout, "dagger v9.9.9 (x) y/z\n");
}

/// Whatever goes wrong or right, only names of variables are printed, and addresses without what is secret.
#[test]
fn no_value_of_the_environment_is_printed() {
    let secret = [
        ("DAGGER_CLOUD_TOKEN", "canary"),
        ("DAGGER_SESSION_TOKEN", "canary"),
        ("DAGGER_CLOUD_ENGINE", "canary"),
        ("DAGGER_ENGINE", "ssh://user:canary@host"),
        ("DAGGER_X_RELEASE", "canary"),
        ("HTTPS_PROXY", "http://user:canary@127.0.0.1:9"),
        ("GITHUB_TOKEN", "canary"),
        ("PIN_RELEASES_URL", "http://user:canary@127.0.0.1:9"),
        ("PIN_ENGINE", "canary"),
    ];
    let scene = Scene::new();
    let hosts = [
        scene.address(),
        String::new(),
        "canary".to_owned(),
        "tcp://user:canary@host:1".to_owned(),
        "tcp://canary".to_owned(),
        "ssh://user:canary@host".to_owned(),
        "tls://host?key=canary".to_owned(),
    ];
    for host in &hosts {
        for arguments in [
            &["exec", "cat"][..],
            &["exec", "no-such-program"],
            &["env"],
            &["env", "--shell", "json"],
            &["env", "--shell", "github"],
        ] {
            let run = scene.pin_with(
                &[&secret[..], &[(HOST, host), ("DOCKER_HOST", "unix:///nowhere")]].concat(),
                arguments,
            );
            let said = format!("{}{}", run.stdout, run.stderr);
            assert!(!said.contains("canary"), "{host} {arguments:?}\n{said}");
        }
    }
    // Nor where a download fails.
    let scene = Scene::with(Says::dagger("9.9.9"));
    scene.project.write("pin.lock", download::lock(&"0".repeat(64)));
    let run = scene.pin_with(&secret, &["exec", "cat"]);
    assert!(run.exits(3).stderr.contains("cannot reach") && !run.stderr.contains("canary"), "{}", run.stderr);
}
