//! What an engine is made with, before daemons that say what no real one says on demand; the table of all of it is beside
//! the code.

use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::pinned::Pinned;
use crate::support::project::Run;
use crate::support::server::{Asked, Reply};
use serde_json::{Value, json};
use std::io::Read as _;
use std::path::Path;

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";
const UP: [&str; 4] = ["--timeout", "1s", "engine", "up"];
const CREATE: &str = "POST /containers/create";

/// A daemon that answers this question so.
fn daemon(question: &'static str, answer: &Value) -> DockerFake {
    let reply = Reply::ok(answer.to_string()).with("Content-Type", "application/json");
    DockerFake::start(IMAGE, Says::buildkit(VERSION), move |asked, _| {
        (asked == question).then(|| reply.clone())
    })
}

fn ordinary() -> DockerFake {
    daemon("nothing", &Value::Null)
}

/// Nothing is taken back: the fake ends with its containers.
fn pinned(name: &str, daemon: &DockerFake, engine: &str) -> Pinned {
    Pinned::with(name, VERSION, &Api::nobody(), engine).through(&daemon.address())
}

fn run_with(pinned: &Pinned, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = pinned.command(arguments);
    pinned.project.run(command.envs(variables.iter().copied()))
}

fn count(daemon: &DockerFake, question: &str) -> usize {
    daemon.asked().iter().filter(|asked| *asked == question).count()
}

#[test]
fn shells_with_other_proxies_share_the_engine() {
    let daemon = ordinary();
    let pinned = pinned("proxies", &daemon, "");
    let note = "note: pin-buildkit-proxies-0.30.0 was made with other proxies than those that are set here\n";
    let up = |variables: &[(&str, &str)], is_noted: bool| {
        let run = run_with(&pinned, variables, &UP);
        assert_eq!(run.exits(0).stderr.contains(note), is_noted, "{variables:?}: {}", run.stderr);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    };
    let here = ("HTTPS_PROXY", "http://me:canary@here.example:3128");
    up(&[here], false);
    up(&[here], false);
    // An editor that knows of no proxy misses nothing.
    up(&[], false);
    up(&[("HTTPS_PROXY", "http://there.example:3128")], true);
    // Another password is the same proxy.
    up(&[("HTTPS_PROXY", "http://me:other@here.example:3128")], false);
    assert_eq!(count(&daemon, CREATE), 1);
    // What helps is what is said.
    pinned.run(&["engine", "down"]).exits(0);
    up(&[("HTTPS_PROXY", "http://there.example:3128")], false);
    up(&[here], true);
    let env = daemon.body(CREATE)["Env"].to_string();
    assert!(env.contains("HTTPS_PROXY=http://me:canary@here.example:3128"), "{env}");
}

#[test]
fn an_init_is_asked_for_where_there_is_one() {
    for (commit, expect) in [("de40ad0", json!(true)), ("N/A", Value::Null)] {
        let info = json!({ "ID": "fake", "InitBinary": "docker-init", "InitCommit": { "ID": commit } });
        let daemon = daemon("GET /info", &info);
        pinned("init", &daemon, "").run(&UP).exits(0);
        assert_eq!(daemon.body(CREATE)["HostConfig"]["Init"], expect, "{info}");
    }
}

#[test]
fn what_the_daemon_leaves_out_is_said() {
    let daemon = ordinary();
    daemon.warn("Your kernel does not support memory limit capabilities. Limitation discarded.\u{1b}[31m");
    let run = pinned("warned", &daemon, "memory = '1GiB'").run(&UP);
    let words = "warning: the daemon says about pin-buildkit-warned-0.30.0: Your kernel does not support memory limit \
                 capabilities. Limitation discarded.[31m\n";
    assert!(run.exits(0).stderr.contains(words), "{}", run.stderr);
}

#[test]
fn more_memory_than_there_can_be_is_refused_before_a_daemon_is_asked() {
    let daemon = ordinary();
    let run = pinned("too-much", &daemon, "memory = '9000000TiB'").run(&UP);
    assert!(run.exits(2).stderr.contains("`9000000TiB` is no size"), "{}", run.stderr);
    assert_eq!(daemon.asked(), Vec::<String>::new());
}

#[test]
fn less_than_a_second_to_end_is_a_second() {
    let daemon = ordinary();
    let pinned = pinned("short", &daemon, "stop_timeout = '500ms'");
    pinned.run(&UP).exits(0);
    assert_eq!(daemon.body(CREATE)["StopTimeout"], 1);
    pinned.run(&["engine", "down"]).exits(0);
    let stop = daemon.first("POST /containers/{}/stop").path;
    assert!(stop.contains("t=1"), "{stop}");
}

/// It begins well, and then nothing more comes: neither bytes nor an end.
#[test]
fn a_pull_that_hangs_ends_in_time() {
    let line = "{\"status\":\"Pulling fs layer\",\"id\":\"1\"}\r\n";
    let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), move |asked, _| {
        (asked == "POST /images/create").then(|| Reply::Stall(line.as_bytes().to_vec()))
    });
    let run = pinned("stalled", &daemon, "").run(&UP);
    assert!(
        run.exits(5).stderr.contains("did not pull docker.io/moby/buildkit:v0.30.0 within 6 s"),
        "{}",
        run.stderr
    );
    assert_eq!(daemon.left(), Vec::<String>::new());
    assert_eq!(count(&daemon, CREATE), 0);
}

#[test]
fn a_runtime_that_is_named_is_the_one_that_answers() {
    let version = "GET /version";
    let engine = json!({ "Name": "Podman Engine", "Version": "5.0.0" });
    let says = json!({ "Version": "5.0.0", "ApiVersion": "1.41", "Components": [engine] });
    let (podman, docker) = (daemon(version, &says), ordinary());
    let sockets = ["/var/run/docker.sock", "/run/podman/podman.sock"];
    for (runtime, variable, daemon, other, words) in [
        ("docker", "DOCKER_HOST", &docker, false, ""),
        ("podman", "CONTAINER_HOST", &podman, false, ""),
        ("docker", "DOCKER_HOST", &podman, true, "is `podman`, wanted `docker`"),
        ("podman", "CONTAINER_HOST", &docker, true, "is `docker`, wanted `podman`"),
    ] {
        let pinned = pinned("named", daemon, "");
        let mut command = pinned.command(&["--timeout", "1s", "engine", "up", "--dry-run"]);
        command
            .env_remove("DOCKER_HOST")
            .env("PIN_ENGINE_RUNTIME", runtime)
            .env("XDG_RUNTIME_DIR", "/nowhere");
        let run = pinned.project.run(command.env(variable, daemon.address()));
        if !other {
            assert!(!run.exits(0).stderr.contains("wanted"), "{}", run.stderr);
            continue;
        }
        let words = format!("{variable}: the daemon at {} {words}", daemon.address());
        assert!(run.stderr.contains(&words), "{}", run.stderr);
        if !sockets.iter().any(|socket| Path::new(socket).exists()) {
            run.exits(4);
            assert!(run.stderr.contains(&format!("hint: let `{runtime}` listen there")), "{}", run.stderr);
        }
    }
    // Where nobody is named nobody is asked.
    let docker = ordinary();
    pinned("unnamed", &docker, "").run(&UP).exits(0);
    assert_eq!(count(&docker, version), 0);
}

/// What is in an archive, by name.
fn files(asked: &Asked) -> Vec<(String, String)> {
    let mut archive = tar::Archive::new(asked.body.as_bytes());
    let entries = archive.entries().expect("an archive").map(|entry| entry.expect("an entry"));
    let read = |mut entry: tar::Entry<'_, _>| {
        let path = entry.path().expect("a path").display().to_string();
        let mut text = String::new();
        entry.read_to_string(&mut text).expect("text");
        (path, text)
    };
    entries.map(read).collect()
}

#[test]
fn a_dagger_engine_finds_its_settings() {
    let version = "0.21.8";
    let says = Says::Version { package: "github.com/dagger/dagger", version: format!("v{version}") };
    let daemon = DockerFake::start("registry.dagger.io/engine:v0.21.8", says, |_, _| None);
    let engine = "gc = { max = '7%' }\nca = ['certs/one.pem']";
    let pinned = Pinned::dagger("settings", version, &Api::nobody(), engine);
    pinned.project.write("certs/one.pem", "one");
    pinned.through(&daemon.address()).run(&UP).exits(0);
    let asked = daemon.first("PUT /containers/{}/archive");
    assert!(asked.path.contains("path=%2F") || asked.path.contains("path=/"), "{}", asked.path);
    let expect = [
        ("etc/dagger/engine.json", "{\"gc\":{\"maxUsedSpace\":\"7%\"}}\n"),
        ("usr/local/share/ca-certificates/pin-0.crt", "one"),
    ];
    assert_eq!(files(&asked), expect.map(|(path, text)| (path.to_owned(), text.to_owned())));
}
