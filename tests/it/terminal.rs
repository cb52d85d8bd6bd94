//! What a terminal and a pipe see.

use crate::support::Project;
use std::io::Read as _;
use std::process::Stdio;

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
