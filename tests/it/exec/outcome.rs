//! How `pin exec` ends: as the command does, or with a last line that says that there was none.

use super::{HOST, Scene, put_program, says};
use crate::support::engine_fake::Says;
use crate::support::{binary, tool};
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Sends a signal to a process.
fn signal(id: u32, name: &str) {
    let kill = tool::find("kill").expect("every machine has it");
    let sent = Command::new(kill).args([format!("-{name}"), id.to_string()]).status();
    assert!(sent.expect("kill starts").success());
}

#[test]
fn the_code_is_the_command_s() {
    let scene = Scene::new();
    let pin = binary();
    for (script, expect) in [
        ("exit 0", "0"),
        ("exit 1", "1"),
        ("exit 4", "4"),
        ("exit 255", "255"),
        ("kill -TERM $$", "143"),
        ("kill -KILL $$", "137"),
        ("kill -PIPE $$", "141"),
        ("no-such-program", "127"),
        ("/", "126"),
    ] {
        // What a person sees: a shell that runs pin.
        let mut shell =
            scene.project.command(tool::find("sh").expect("a shell"), &["-c", "\"$@\" 2>&1; echo $?", "sh"]);
        shell.arg(&pin).args(["-q", "exec", "sh", "-c", script]);
        shell.env("PATH", &scene.bin).env(HOST, scene.address());
        let run = scene.project.run(&mut shell);
        assert_eq!(run.stdout.lines().last(), Some(expect), "{script}\n{}", run.stdout);
        assert!(!run.stdout.contains("not started"), "{script}\n{}", run.stdout);
    }
}

#[test]
fn a_command_that_was_not_started_is_said_to_be_none() {
    let scene = Scene::new();
    let plain = scene.bin.join("plain");
    std::fs::write(&plain, "text").expect("a file can be written");
    let (plain, address) = (plain.to_string_lossy().into_owned(), scene.address());
    let nowhere = format!("unix://{}", scene.project.home().join("nowhere").display());
    let closing = Scene::with(Says::Closed);
    let other = Scene::with(Says::dagger("0.21.8"));
    let buildkit = Scene::with(Says::buildkit("9.9.9"));
    let silent = Scene::with(Says::Nothing);
    let check = |host: &str, arguments: &[&str], code: i32, words: &str| {
        for quiet in [&[][..], &["-q"]] {
            let run = scene.pin_with(&[(HOST, host)], &[quiet, arguments].concat());
            let last = format!("pin: not started (code {code})");
            assert_eq!(
                run.exits(code).stderr.lines().last(),
                Some(last.as_str()),
                "{host} {arguments:?}\n{}",
                run.stderr
            );
            assert!(run.stderr.contains(words), "{host} {arguments:?}\n{}", run.stderr);
            assert_eq!(run.stdout, "");
        }
    };
    check(&address, &["exec"], 2, "<CMD>");
    check(&address, &["exec", "--bogus", "cat"], 2, "--bogus");
    check(&address, &["--timeout", "never", "exec", "cat"], 2, "never");
    check(&address, &["-C", "no-such-directory", "exec", "cat"], 2, "no-such-directory");
    check("nonsense", &["exec", "cat"], 2, "names no engine");
    check(&address, &["--config", "no-such-file", "exec", "cat"], 2, "no-such-file");
    check(&nowhere, &["exec", "cat"], 4, "does not answer: ");
    check(&closing.address(), &["exec", "cat"], 4, "does not answer: ");
    check("container+docker://engine", &["exec", "cat"], 4, "there is no `docker` on PATH");
    check("container+apple://engine", &["exec", "cat"], 4, "there is no `container` on PATH");
    check("kube-pod://engine", &["exec", "cat"], 4, "there is no `kubectl` on PATH");
    check(&silent.address(), &["--timeout", "200ms", "exec", "cat"], 5, "0.2 s");
    check(
        &other.address(),
        &["exec", "cat"],
        6,
        "github.com/dagger/dagger v0.21.8, but github.com/dagger/dagger 9.9.9 is pinned",
    );
    check(&buildkit.address(), &["exec", "cat"], 6, "github.com/moby/buildkit v9.9.9");
    check(&address, &["exec", &plain], 126, "cannot run `[HOME]/bin/plain`: ");
    check(&address, &["exec", "plain"], 126, "cannot run `plain`: ");
    check(&address, &["exec", "no-such-program"], 127, "there is no `no-such-program` on PATH");
    check(&address, &["exec", "./no-such-program"], 127, "cannot run `./no-such-program`: ");
    scene.project.write("pin.toml", "nonsense");
    check(&address, &["exec", "cat"], 2, "pin.toml:1:9");
}

#[test]
fn a_repository_that_pins_nothing_has_no_engine() {
    let scene = Scene::new();
    std::fs::remove_file(scene.project.root().join("engine.yaml")).expect("it is there");
    let run = scene.pin(&["exec", "cat"]);
    assert_eq!(run.exits(2).stderr.lines().last(), Some("pin: not started (code 2)"));
}

#[test]
fn help_is_no_command_that_was_not_started() {
    let scene = Scene::new();
    let run = scene.pin(&["exec", "--help"]);
    assert!(run.exits(0).stdout.contains("Usage: pin exec") && run.stderr.is_empty(), "{run:?}");
}

/// Ignored and blocked signals, descriptors, and the process itself are what they would be without pin.
#[test]
fn nothing_of_pin_is_left() {
    if !cfg!(target_os = "linux") {
        return;
    }
    let scene = Scene::new();
    // Read by a program of its own: a shell handles signals.
    let arguments = ["cat", "/proc/self/status"];
    let state = |text: &str| -> Vec<String> {
        let is_state =
            |line: &&str| ["SigBlk:", "SigIgn:", "SigCgt:"].iter().any(|name| line.starts_with(name));
        text.lines().filter(is_state).map(str::to_owned).collect()
    };
    let direct = scene.project.run(
        scene.project.command(tool::find("cat").expect("every machine has it"), &arguments[1..]).env_clear(),
    );
    let through = scene.pin(&[&["exec"], &arguments[..]].concat());
    assert_eq!(state(&direct.stdout).len(), 3);
    assert_eq!(state(&through.exits(0).stdout), state(&direct.stdout));

    let script = "echo $$; for fd in /proc/$$/fd/*; do echo ${fd##*/}; done";
    let said = |mut command: Command| {
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().expect("the command starts");
        let mut said = String::new();
        child.stdout.take().expect("a pipe").read_to_string(&mut said).expect("it says something");
        assert!(child.wait().expect("it ends").success());
        let (id, files) = said.split_once('\n').expect("a line");
        assert_eq!(id, child.id().to_string(), "the command is the process that was started");
        files.to_owned()
    };
    let direct = scene.project.command(scene.bin.join("sh"), &["-c", script]);
    let through = scene.command(&["exec", "sh", "-c", script]);
    assert_eq!(said(through), said(direct), "no file is left open");
}

#[test]
fn ctrl_c_reaches_the_command() {
    let scene = Scene::new();
    let start = |script: &str| {
        let mut command = scene.command(&["exec", "sh", "-c", script]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("pin starts");
        let mut ready = String::new();
        BufReader::new(child.stdout.as_mut().expect("a pipe"))
            .read_line(&mut ready)
            .expect("it says that it is there");
        assert_eq!(ready, "ready\n");
        child
    };
    let mut child = start("echo ready; exec cat");
    signal(child.id(), "INT");
    assert_eq!(child.wait().expect("it ends").signal(), Some(2));
    let mut child = start("trap 'exit 5' TERM; echo ready; read x; exit 6");
    signal(child.id(), "TERM");
    // A shell that does not break a read off ends it here.
    drop(child.stdin.take());
    assert_eq!(child.wait().expect("it ends").code(), Some(5));
}

#[test]
fn ctrl_c_before_the_command_starts_none() {
    for name in ["INT", "TERM"] {
        let scene = Scene::new();
        let socket = scene.project.home().join("silent");
        let listener = UnixListener::bind(&socket).expect("a socket");
        let (come, came) = mpsc::channel();
        // Held until the test ends, so that nobody sees an end that did not come.
        thread::spawn(move || come.send(listener.accept()));
        let mut command = scene.command(&["--timeout", "1h", "exec", "cat"]);
        command.env(HOST, format!("unix://{}", socket.display()));
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pin starts");
        let _stream = came.recv_timeout(Duration::from_mins(1)).expect("pin comes to the engine");
        signal(child.id(), name);
        let output = child.wait_with_output().expect("it ends");
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{said}");
        assert_eq!(said.lines().last(), Some("pin: not started (code 130)"));
    }
}

#[test]
fn a_script_without_a_first_line_is_run_as_shells_run_it() {
    let scene = Scene::new();
    put_program(&scene.bin.join("said"), &says("one"));
    assert_eq!(scene.pin(&["exec", "said"]).exits(0).stdout, "one\n");
}
