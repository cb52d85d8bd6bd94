//! What is said, and to whom: hints name programs that are there, `-q` leaves errors whole, `-v` tells what goes as it
//! should.

use crate::exec::{Scene, says};
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use crate::support::{Project, Run};
use regex::Regex;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::json;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";
const CONSENT: (&str, &str) = ("PIN_ACCEPT_PRIVILEGED", "1");

fn pinned(daemon: &DockerFake) -> Pinned {
    // Nothing is taken back through an address at which nobody is: the fake ends with its containers.
    let nobody = Api::nobody();
    Pinned::with("voice", VERSION, &nobody, "start_timeout = '2s'").through(&daemon.address())
}

fn run(pinned: &Pinned, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    pinned.project.run(pinned.command(arguments).env(CONSENT.0, CONSENT.1).envs(variables.iter().copied()))
}

fn json(status: u16, value: &serde_json::Value) -> Reply {
    Reply::status(status, value.to_string()).with("Content-Type", "application/json")
}

/// A daemon that is Podman, or Docker, and has a container of ours under the name of somebody else's.
fn taken(is_podman: bool) -> DockerFake {
    DockerFake::start(IMAGE, Says::buildkit(VERSION), move |asked, _| match asked {
        "GET /version" if is_podman => {
            let components = json!([{ "Name": "Podman Engine", "Version": "5.0.0" }]);
            Some(json(200, &json!({ "Version": "5.0.0", "ApiVersion": "1.41", "Components": components })))
        }
        "POST /containers/create" => Some(json(409, &json!({ "message": "the name is in use" }))),
        _ => None,
    })
}

#[test]
fn what_helps_is_a_command_of_the_daemons_own_program() {
    for (is_podman, program) in [(false, "docker"), (true, "podman")] {
        let daemon = taken(is_podman);
        let run = run(&pinned(&daemon), &[], &["engine", "up"]);
        assert!(run.exits(4).stderr.contains(&format!("rename it (`{program} rename`)")), "{}", run.stderr);
    }
    // Who needs no program is not asked what it is.
    let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), |_, _| None);
    run(&pinned(&daemon), &[], &["--offline", "engine", "up"]).exits(4);
    assert!(!daemon.asked().contains(&"GET /version".to_owned()), "{:?}", daemon.asked());
}

/// The log of an engine as the daemon sends it: a line with its length before it.
fn log(line: &str) -> Reply {
    let length = u32::try_from(line.len()).expect("a short line");
    let frame = [&[2, 0, 0, 0][..], &length.to_be_bytes(), line.as_bytes()].concat();
    Reply::ok(frame).with("Content-Type", "application/vnd.docker.multiplexed-stream")
}

#[test]
fn quietly_an_engine_that_died_still_says_why() {
    let daemon = DockerFake::start(IMAGE, Says::Nothing, |asked, _| match asked {
        "POST /containers/{}/wait" => Some(json(200, &json!({ "StatusCode": 7 }))),
        "GET /containers/{}/logs" => Some(log("cannot listen\n")),
        _ => None,
    });
    let expect = "  | cannot listen\n\
                  error: `pin-buildkit-voice-0.30.0` ended with code 7 before it was ready\n\
                  hint: its last lines stand above; run `pin engine doctor`\n";
    for arguments in [&["-q", "engine", "up"][..], &["engine", "up", "--quiet"]] {
        let run = run(&pinned(&daemon), &[], arguments);
        assert_eq!((run.exits(4).stdout.as_str(), run.stderr.as_str()), ("", expect));
    }
}

/// A daemon whose containers nobody can remove, and where engines say nothing; it tells when one is waited for.
fn stubborn() -> (DockerFake, Receiver<()>) {
    let (said, heard) = channel();
    let said = Mutex::new(said);
    let daemon = DockerFake::start(IMAGE, Says::Nothing, move |asked, _| match asked {
        "DELETE /containers/{}" => Some(json(500, &json!({ "message": "no" }))),
        "POST /containers/{}/wait" => {
            // Who has heard it once needs no more.
            let _sent = said.lock().expect("no thread has panicked").send(());
            None
        }
        _ => None,
    });
    (daemon, heard)
}

#[test]
fn what_could_not_be_taken_back_is_said() {
    let heals = "hint: the next `pin engine up` heals it, and `pin engine down` removes it\n";
    let (daemon, _heard) = stubborn();
    let run = run(&pinned(&daemon), &[], &["engine", "up"]);
    let warning = format!("warning: not all that was done could be taken back\n{heals}");
    assert!(run.exits(5).stderr.contains(&warning), "{}", run.stderr);

    let (daemon, heard) = stubborn();
    let pinned = pinned(&daemon);
    let mut command = pinned.command(&["-q", "engine", "up"]);
    command.env(CONSENT.0, CONSENT.1).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("pin starts");
    heard.recv().expect("the engine is waited for");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("not 0");
    kill_process(pid, Signal::INT).expect("it is there");
    let run = pinned.project.outcome(&child.wait_with_output().expect("it ends"));
    let error = format!("error: interrupted; not all that was done could be taken back\n{heals}");
    assert_eq!(run.exits(130).stderr, error);
}

#[test]
fn quiet_and_verbose_exclude_each_other() {
    let project = Project::new::<&str, &str>(&[]);
    let expect = "error: `--quiet` and `--verbose` exclude each other\n";
    for arguments in [&["-q", "-v", "check"][..], &["-q", "check", "-v"], &["check", "--quiet", "--verbose"]]
    {
        assert_eq!(project.pin(arguments).exits(2).stderr, expect);
    }
    let run = project.pin(&["-qv", "exec", "true"]);
    assert_eq!(run.exits(2).stderr, format!("{expect}pin: not started (code 2)\n"));
}

/// What is said, with `N` for how long something took and without where the daemon is.
fn told(daemon: &DockerFake, run: &Run) -> String {
    let times = Regex::new(r"\b\d+ ms$").expect("a pattern");
    let lines =
        run.stderr.lines().map(|line| times.replace(line, "N ms").replace(&daemon.address(), "DAEMON"));
    lines.map(|line| line + "\n").collect()
}

#[test]
fn who_wants_to_know_hears_of_the_daemon_and_of_every_step() {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), |_, _| None);
    let pinned = pinned(&daemon);
    let up = run(&pinned, &[("HTTP_PROXY", "http://ann:canary@proxy.example:1")], &["-v", "engine", "up"]);
    let found =
        "the root is [ROOT], its configuration pin.toml\nthe daemon is the one at DAEMON: DOCKER_HOST\n";
    let (volume, container) = ("pin-buildkit-voice-0.30", "pin-buildkit-voice-0.30.0");
    let twice = |step: &str| format!("{step}\n{step}: N ms\n");
    let steps = [
        format!("create the volume {volume}"),
        format!("create the privileged container {container}"),
        format!("start {container}"),
        format!("wait until {container} answers with the pinned version"),
        format!("let the daemon restart {container} when it fails"),
    ];
    let expect = steps.iter().map(|step| twice(step)).collect::<String>();
    assert_eq!(told(&daemon, up.exits(0)), format!("{found}{expect}"));
    let down = run(&pinned, &[], &["engine", "down", "-v"]);
    let stop = format!("stop {container}, and wait until it has ended");
    let expect = format!(
        "{found}{stop}\nstopping {container}\n{stop}: N ms\n{}",
        twice(&format!("remove the container {container}"))
    );
    assert_eq!(told(&daemon, down.exits(0)), expect);
    // Nobody else does.
    assert_eq!(run(&pinned, &[], &["engine", "up"]).exits(0).stderr, "");
}

#[test]
fn who_wants_to_know_hears_where_no_daemon_was() {
    let project = Project::new(&[("pin.toml", "[engine]\ntoolchain = 'buildkit'\nmode = 'isolated'\n")]);
    let home = project.home().to_string_lossy().into_owned();
    let variables = [("XDG_RUNTIME_DIR", home.as_str()), ("PIN_ENGINE_RUNTIME", "podman")];
    let passed =
        "passed over: rootless Podman: no daemon at unix://[HOME]/podman/podman.sock: there is no socket\n";
    for (arguments, is_told) in [(&["-v", "engine", "logs"][..], true), (&["engine", "logs"], false)] {
        let run = project.pin_with(&variables, arguments);
        assert_eq!(run.stderr.contains(passed), is_told, "{}", run.stderr);
    }
}

#[test]
fn who_wants_to_know_hears_which_cli_a_command_gets() {
    let scene = Scene::new();
    let run = scene.pin(&["-v", "exec", "--", "sh", "-c", &says("done")]);
    let expect = "the CLI is [HOME]/bin/dagger (on PATH)\n";
    assert!(run.exits(0).stderr.contains(expect), "{}", run.stderr);
    assert_eq!(run.stdout, "done\n");
}

#[test]
fn who_wants_to_know_hears_what_was_read() {
    let workflow = "env:\n  DAGGER_VERSION: 0.21.8\n";
    let project = Project::new(&[("pin.toml", "project = 'x'\n"), (".github/workflows/ci.yml", workflow)]);
    let run = project.pin(&["-v", "list"]);
    assert_eq!(run.exits(0).stderr, "the root is [ROOT], its configuration pin.toml\n1 site in 2 files\n");
    let bare = Project::new(&[(".github/workflows/ci.yml", workflow)]);
    let run = bare.pin(&["list", "-v"]);
    assert_eq!(run.exits(0).stderr, "the root is [ROOT], without a pin.toml\n1 site in 1 file\n");
}
