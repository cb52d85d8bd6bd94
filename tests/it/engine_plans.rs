//! What is said without anything being done: what `--dry-run` would do, and which engine is there instead of the wanted
//! one.

use crate::exec::HOST;
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::pinned::Pinned;

const VERSION: &str = "0.30.0";

fn daemon() -> DockerFake {
    DockerFake::start("docker.io/moby/buildkit:v0.30.0", Says::buildkit(VERSION), |_, _| None)
}

fn orders(daemon: &DockerFake) -> Vec<String> {
    daemon.asked().into_iter().filter(|asked| !asked.starts_with("GET ")).collect()
}

#[test]
fn a_command_that_would_be_run_is_not_and_nothing_is_made_for_it() {
    let daemon = daemon();
    let pinned = Pinned::new("plans", VERSION, &Api::nobody()).through(&daemon.address());
    let run = pinned.run(&["exec", "--dry-run", "--", "no-such-program", "-x"]);
    let expect = "create the volume pin-buildkit-plans-0.30\n\
                  create the privileged container pin-buildkit-plans-0.30.0\n\
                  start pin-buildkit-plans-0.30.0\n\
                  wait until pin-buildkit-plans-0.30.0 answers with the pinned version\n\
                  let the daemon restart pin-buildkit-plans-0.30.0 when it fails\n\
                  run no-such-program\n";
    assert_eq!((run.exits(0).stdout.as_str(), run.stderr.as_str()), (expect, ""));
    assert_eq!(orders(&daemon), Vec::<String>::new());
}

#[test]
fn a_cli_that_would_be_downloaded_is_named() {
    let daemon = daemon();
    let pinned = Pinned::dagger("plans", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    let dry = |options: &[&str]| pinned.run(&[&["exec", "--dry-run"], options, &["true"]].concat());
    let run = dry(&[]);
    let url = "download https://dl.dagger.io/dagger/releases/0.21.8/dagger_v0.21.8_";
    assert!(run.exits(0).stdout.contains(url), "{}", run.stdout);
    // What nobody could have is said before an engine is started for it, in earnest, too.
    for arguments in [&["--offline", "exec", "true"][..], &["--offline", "exec", "--dry-run", "true"]] {
        let run = pinned.run(arguments);
        assert!(run.exits(3).stderr.contains("with `--offline` none is downloaded"), "{}", run.stderr);
    }
    assert_eq!(orders(&daemon), Vec::<String>::new());
}

#[test]
fn an_engine_that_somebody_else_keeps_needs_no_plan() {
    let daemon = daemon();
    let pinned = Pinned::dagger("plans", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    let mut command = pinned.command(&["engine", "up", "--dry-run"]);
    let run = pinned.project.run(command.env(HOST, "tcp://engine.example:1"));
    let note = "note: the Dagger engine at tcp://engine.example:1 would be asked for its version\n";
    assert_eq!((run.exits(0).stdout.as_str(), run.stderr.as_str()), ("nothing to do\n", note));
    assert_eq!(daemon.asked(), Vec::<String>::new());
}

#[test]
fn an_engine_of_another_version_is_told_from_none() {
    let daemon = daemon();
    let mut pinned = Pinned::new("others", VERSION, &Api::nobody()).through(&daemon.address());
    let verbs: [&[&str]; 3] = [&["check", "--live"], &["env"], &["engine", "status"]];
    let ends = |pinned: &Pinned, exit: i32, words: &str| {
        for verb in verbs {
            let run = pinned.run(verb);
            let said = format!("{}{}", run.exits(exit).stdout, run.stderr);
            assert!(said.contains(words), "{verb:?}: {said}");
        }
    };
    ends(&pinned, 4, "BuildKit 0.30.0 is not up");
    pinned.up().exits(0);
    for verb in verbs {
        pinned.run(verb).exits(0);
    }
    pinned.write("memory = '1GiB'");
    ends(&pinned, 4, "`pin-buildkit-others-0.30.0` was made with other settings than those of now");
    pinned.pin("0.31.0");
    ends(&pinned, 6, "`pin-buildkit-others-0.30.0` is up, but BuildKit 0.31.0 is pinned");
}
