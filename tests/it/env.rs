//! `pin env`: what it prints does in real shells what it says, and never replaces what somebody else has set.

use crate::exec::{HOST, Scene};
use crate::support::engine_fake::Says;
use crate::support::tool;
use pin::report::{Exported, Shell, variables};
use pin::site::{Format, Scan};
use pin::text::Source;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

/// Whatever may stand in a path.
const HOSTILE: [&str; 9] = [
    "unix:///run/pin/engine.sock",
    "unix:///a b/it's \"quoted\"/engine.sock",
    "unix:///$HOME/$(touch canary)/`touch canary`/${x:-y}",
    r"unix:///back\slash/\\two/\'/\$",
    "unix:///!! !x/*?[a]{b,c}~/#c;d&e|f<g>h",
    "unix:///%s/%HOME%/^x/=y",
    "unix:///ünïcödé/日本/🦀",
    "unix:///-n --flag",
    "unix:///trailing space ",
];

fn exported<'a>(value: &'a str, beside: &'a [(&'a str, &'a str)]) -> Exported<'a> {
    Exported { name: HOST, marker: "PIN_ENGINE", value, beside }
}

/// Returns what a program that the shell starts sees of both variables after the shell has evaluated the words.
fn evaluated(shell: &Path, kind: Shell, value: &str, preset: &[(&str, &str)]) -> Vec<String> {
    let beside = [("BESIDE", value)];
    let words = variables(kind, Some(exported(value, &beside))).expect("every shell can be told that");
    let directory = tempfile::tempdir().expect("a temporary directory");
    let show = format!("{HOST} PIN_ENGINE BESIDE")
        .split(' ')
        .map(|name| format!("printenv {name} || echo unset"))
        .collect::<Vec<_>>()
        .join("; ");
    let script = match kind {
        Shell::Fish => format!("eval (string join \\n -- $argv | string collect); {show}"),
        // As strict as a shell can be.
        _ => format!("set -eu; eval \"$1\"; set +e; {show}"),
    };
    let mut command = Command::new(shell);
    command.env_clear().env("PATH", std::env::var_os("PATH").expect("the tests run with a path"));
    command.env("HOME", directory.path()).envs(preset.iter().copied()).current_dir(directory.path());
    match kind {
        Shell::Fish => command.args(["--no-config", "-c", &script, "--"]),
        Shell::Zsh => command.args(["-f", "-c", &script, "zsh"]),
        _ => command.args(["-c", &script, "sh"]),
    };
    let output = command.arg(&words).output().expect("the shell starts");
    let said = String::from_utf8(output.stdout).expect("it says what it was told");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && complaint.is_empty(), "{kind:?} {value}\n{words}\n{complaint}");
    assert!(!directory.path().join("canary").exists(), "{kind:?} has run what is a value\n{words}");
    said.lines().map(str::to_owned).collect()
}

#[test]
fn real_shells_set_what_is_unset_and_nothing_else() {
    let shells = [("bash", Shell::Bash), ("dash", Shell::Bash), ("zsh", Shell::Zsh), ("fish", Shell::Fish)];
    for (name, kind) in shells {
        let Some(shell) = tool::need("env: real shells", name, &["-c", "exit 0"]) else { continue };
        for value in HOSTILE {
            let check = |preset: &[(&str, &str)], expect: [&str; 3]| {
                assert_eq!(evaluated(&shell, kind, value, preset), expect, "{name} {preset:?}");
            };
            check(&[], [value, value, value]);
            check(&[(HOST, "")], [value, value, value]);
            // Injected: it wins, and is not marked as ours.
            check(&[(HOST, "tcp://pod:1")], ["tcp://pod:1", "unset", "unset"]);
            check(&[(HOST, "tcp://pod:1"), ("PIN_ENGINE", "old")], ["tcp://pod:1", "old", "unset"]);
            // What pin has set before is pin's to change.
            check(&[(HOST, "unix:///old"), ("PIN_ENGINE", "unix:///old")], [value, value, value]);
            check(&[("PIN_ENGINE", "unix:///old")], [value, value, value]);
            check(&[("BESIDE", "kept")], [value, value, "kept"]);
        }
    }
}

/// A `.env` file is read back by our own reader; what a runner takes stands as it is behind the first `=`.
#[test]
fn files_are_read_back_as_they_were_meant() {
    let image = "registry.dagger.io/engine:v0.21.8";
    let text =
        variables(Shell::Dotenv, Some(Exported { name: "ENGINE", marker: "M", value: image, beside: &[] }))
            .expect("it can be told");
    let source = Source::new(text.into_bytes());
    let mut scan = Scan::new(".env");
    Format::of(".env").expect("it is one").find(&source, &mut scan).expect("it parses");
    assert_eq!(scan.sites.len(), 2);
    for value in HOSTILE {
        let beside = [("BESIDE", value)];
        let github = variables(Shell::Github, Some(exported(value, &beside)))
            .expect("a runner takes anything on a line");
        let lines: Vec<(&str, &str)> = github.lines().filter_map(|line| line.split_once('=')).collect();
        assert_eq!(lines, [(HOST, value), ("PIN_ENGINE", value), ("BESIDE", value)]);
        let Ok(dotenv) = variables(Shell::Dotenv, Some(exported(value, &beside))) else { continue };
        let held = dotenv.lines().next().and_then(|line| line.split_once('=')).expect("a line").1;
        let quoted = ['\'', '"'].iter().find_map(|quote| held.strip_prefix(*quote)?.strip_suffix(*quote));
        assert_eq!(quoted.unwrap_or(held), value);
    }
}

/// Python's dotenv is what many tools read such files with.
#[test]
fn a_real_reader_of_dotenv_files_agrees() {
    let Some(python) = tool::find("python3") else { return };
    let has = Command::new(&python)
        .args(["-c", "import dotenv"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !has {
        return;
    }
    for value in HOSTILE {
        let Ok(text) = variables(Shell::Dotenv, Some(exported(value, &[]))) else { continue };
        let script = "import dotenv, io, sys; print(dotenv.dotenv_values(stream=io.StringIO(sys.argv[1]), interpolate=True)[sys.argv[2]])";
        let output = Command::new(&python)
            .args([OsStr::new("-c"), script.as_ref(), text.as_ref(), HOST.as_ref()])
            .output();
        assert_eq!(
            String::from_utf8_lossy(&output.expect("python starts").stdout).trim_end_matches('\n'),
            value
        );
    }
}

#[test]
fn an_injected_engine_stays_as_it_is() {
    let scene = Scene::new();
    for shell in ["bash", "zsh", "fish", "dotenv", "github"] {
        let run = scene.pin(&["env", "--shell", shell]);
        assert_eq!(run.exits(0).stdout, "", "{shell}");
        assert_eq!(
            run.stderr,
            format!("note: `{HOST}` is set already, to unix://[HOME]/s, and stays as it is\n")
        );
    }
    let json = scene.pin(&["env", "--shell", "json"]);
    assert_eq!(json.exits(0).stdout, "{\"version\":1,\"variables\":[]}\n");
    assert_eq!(scene.pin(&["-q", "env"]).exits(0).stderr, "");
}

/// An engine that configuration names is `pin`'s to export: a shell that evaluates it hands it on, a second time too.
#[test]
fn what_pin_has_exported_is_its_own() {
    let scene = Scene::new();
    let address = scene.address();
    let remote = [("PIN_ENGINE_MODE", "remote"), ("PIN_ENGINE_ENDPOINT", &*address), (HOST, "")];
    let Some(bash) = tool::find("bash") else { return };
    let mut shell = scene.project.command(
        bash,
        &["-c", "set -eu; eval \"$(\"$1\" env)\"; eval \"$(\"$1\" env)\"; \"$1\" exec env", "sh"],
    );
    shell.arg(crate::support::binary()).env("PATH", &scene.bin).envs(remote);
    let run = scene.project.run(&mut shell);
    for name in [HOST, "PIN_ENGINE"] {
        assert!(run.exits(0).stdout.contains(&format!("{name}=unix://[HOME]/s\n")), "{}", run.stdout);
    }
    assert_eq!(run.stderr, "", "nothing was injected");
    let json = scene.project.run(scene.command(&["env", "--shell", "json"]).envs(remote));
    let printed = crate::schemas::assert_output("env", &json.exits(0).stdout);
    assert_eq!(printed["variables"].as_array().map(Vec::len), Some(2));
    // Exported under another mode, it is nothing that anybody has injected.
    let stale = [
        (HOST, &*address),
        ("PIN_ENGINE", &*address),
        ("PIN_ENGINE_MODE", "isolated"),
        ("DOCKER_HOST", "unix:///nowhere/docker.sock"),
    ];
    assert_eq!(scene.pin_with(&stale, &["env"]).exits(4).stdout, "");
}

#[test]
fn an_injected_engine_is_asked_all_the_same() {
    let other = Scene::with(Says::dagger("0.21.8"));
    let run = other.pin(&["env"]);
    assert!(run.exits(6).stderr.contains("9.9.9 is pinned") && run.stdout.is_empty(), "{}", run.stderr);
    let silent = Scene::with(Says::Nothing);
    assert_eq!(silent.pin(&["--timeout", "200ms", "env"]).exits(5).stdout, "");
}

#[test]
fn what_tools_would_obey_instead_is_said() {
    let scene = Scene::new();
    let run = scene.pin_with(&[("DAGGER_CLOUD_ENGINE", ""), ("DAGGER_X_RELEASE", "canary")], &["env"]);
    let expect = "note: `DAGGER_CLOUD_ENGINE` is set, and takes an engine of Dagger Cloud\n\
                  hint: `unset DAGGER_CLOUD_ENGINE`, or run tools with `pin exec`\n";
    assert!(run.exits(0).stderr.contains(expect), "{}", run.stderr);
    assert!(run.stderr.contains("`unset DAGGER_X_RELEASE`") && !run.stderr.contains("canary"));
}

#[test]
fn no_engine_is_no_variable() {
    let scene = Scene::new();
    let run = scene.pin_with(&[(HOST, ""), ("DOCKER_HOST", "unix:///nowhere/docker.sock")], &["env"]);
    assert_eq!(run.stdout, "");
    assert_ne!(run.exit, "0", "{}", run.stderr);
}
