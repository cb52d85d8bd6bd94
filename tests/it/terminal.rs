//! What a terminal and a pipe see.

use crate::support::Project;
use crate::support::terminal::Terminal;
use std::io::Read as _;
use std::process::{Command, Stdio};

fn skewed() -> Project {
    Project::new(&[
        ("dagger.json", r#"{"name":"a","engineVersion":"v0.21.7","sdk":"go"}"#),
        ("engine.yaml", "image: registry.dagger.io/engine:v0.20.8\n"),
    ])
}

#[test]
fn colour_is_for_those_who_ask() {
    let project = skewed();
    let escapes = |arguments: &[&str], variables: &[(&str, &str)]| {
        project.pin_with(variables, arguments).stdout.contains("[1m")
    };
    assert!(escapes(&["check", "--color", "always"], &[]));
    assert!(!escapes(&["check", "--color", "never"], &[]));
    assert!(!escapes(&["check"], &[("NO_COLOR", "")]), "a pipe is no terminal");
    assert!(!escapes(&["check", "--format", "json", "--color", "always"], &[]));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let project = Project::new(&[("many.yaml", "- registry.dagger.io/engine:v0.20.8\n".repeat(20_000))]);
    let mut child = project
        .command(crate::support::binary(), &["list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("pin starts");
    // More is printed than a pipe holds, and nobody reads it.
    let mut first = [0; 16];
    let mut stdout = child.stdout.take().expect("a pipe");
    stdout.read_exact(&mut first).expect("pin prints");
    drop(stdout);
    let output = child.wait_with_output().expect("pin ends");
    assert_eq!((output.status.code(), output.stderr.as_slice()), (Some(0), &b""[..]));
}

/// Runs `pin` with a terminal as its stdin and stderr, types `answer` into it, and returns the exit code.
fn at_terminal(project: &Project, arguments: &[&str], answer: &str) -> Option<i32> {
    run_at_terminal(project.command(crate::support::binary(), arguments), answer)
}

fn run_at_terminal(command: Command, answer: &str) -> Option<i32> {
    let mut terminal = Terminal::start(command);
    terminal.types(answer);
    terminal.ends().0
}

#[test]
fn what_cannot_be_known_is_asked_of_a_person() {
    let project = || {
        Project::new(&[
            ("a.yaml", "image: registry.dagger.io/engine:v0.21.7\n"),
            ("b.yaml", "image: registry.dagger.io/engine:v0.21.6\n"),
        ])
    };
    for (arguments, answer, expect) in [
        (&["init"][..], "2\n", Some("\nversion = \"0.21.6\"\n")),
        (&["init"], "0\n9\nx\n", Some("\n# version = \"0.21.6\"")),
        (&["init"], "3\n1\n", Some("\nversion = \"0.21.7\"\n")),
        (&["init"], "\n", Some("\n# version = \"0.21.7\"")),
        (&["init", "--quiet"], "1\n", Some("\n# version = \"0.21.7\"")),
        (&["init", "--dry-run"], "1\n", None),
    ] {
        let project = project();
        assert_eq!(at_terminal(&project, arguments, answer), Some(0), "{arguments:?} {answer:?}");
        let written = std::fs::read_to_string(project.root().join("pin.toml")).ok();
        match expect {
            Some(expect) => {
                let written = written.expect("pin.toml is written");
                assert!(written.contains(expect), "{arguments:?} {answer:?}\n{written}");
            }
            None => assert_eq!(written, None),
        }
    }
    let project = project();
    at_terminal(&project, &["init"], "1\n");
    assert_eq!(project.pin(&["check"]).exit, "1", "one of them is not the truth");
    assert_eq!(project.pin(&["sync"]).exit, "0");
    assert_eq!(project.pin(&["check"]).exit, "0");
}

#[test]
fn a_command_has_the_terminal_that_pin_was_given() {
    let scene = crate::exec::Scene::new();
    let script =
        "[ -t 0 ] && [ -t 2 ] && ! [ -t 1 ] || exit 9; read -r said; [ \"$said\" = yes ] || exit 8; exit 7";
    let command = scene.command(&["exec", "sh", "-c", script]);
    assert_eq!(run_at_terminal(command, "yes\n"), Some(7));
}
