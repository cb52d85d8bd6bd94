//! What tells which engine is in force, and whether it can be had, before daemons and engines that are as a test wants
//! them; and in a container.

use crate::runtime::{check, said};
use crate::schemas::assert_output;
use crate::support::daemon::{Daemon, Store};
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, Says};
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use crate::support::{Run, binary, tool};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";
const DOCTOR: [&str; 6] = ["--timeout", "1s", "engine", "doctor", "--format", "json"];

fn doctor(pinned: &Pinned, variables: &[(&str, &str)]) -> (Run, Value) {
    let run = pinned.project.run(pinned.command(&DOCTOR).envs(variables.iter().copied()));
    let seen = assert_output("engine-doctor", &run.stdout);
    assert_eq!(seen["has_engine"], run.exit == "0", "{seen}");
    (run, seen)
}

/// Who says which engine it is, what doctor says about it, and how doctor and status end; the mode is that of status.
type Row<'a> = (&'a [(&'a str, &'a str)], &'a str, i32, Option<&'a str>, i32);

#[track_caller]
fn assert_ways(pinned: &Pinned, rows: &[Row<'_>]) {
    for (variables, way, exit, mode, status_exit) in rows {
        let (run, seen) = doctor(pinned, variables);
        assert_eq!(run.exit, exit.to_string(), "{variables:?}: {}", run.stdout);
        assert!(said(check(&seen, "way"), "found").contains(way), "{variables:?}: {seen}");
        let arguments = ["--timeout", "1s", "engine", "status", "--format", "json"];
        let run = pinned.project.run(pinned.command(&arguments).envs(variables.iter().copied()));
        assert_eq!(run.exit, status_exit.to_string(), "{variables:?}: {run:?}");
        let status = assert_output("engine-status", &run.stdout);
        assert_eq!(status["mode"].as_str(), *mode, "{variables:?}: {status}");
    }
}

#[test]
fn the_way_to_an_engine_is_told_whoever_says_it() {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), |_, _| None);
    let pinned = Pinned::new("ways", VERSION, &Api::nobody()).through(&daemon.address());
    let engines = [Says::buildkit(VERSION), Says::buildkit("0.29.0"), Says::Nothing].map(EngineFake::on_port);
    let [living, other, silent] = engines.each_ref().map(|(_, address)| format!("tcp://{address}"));
    let (living, other, silent) = (living.as_str(), other.as_str(), silent.as_str());
    let (host, marker) = ("BUILDKIT_HOST", "PIN_ENGINE");
    let (mode, endpoint) = ("PIN_ENGINE_MODE", "PIN_ENGINE_ENDPOINT");
    let injected = "which was injected by `BUILDKIT_HOST`";
    let own = "a container of its own: mode `isolated`, by pin.toml";
    let remote = "mode `remote`, by PIN_ENGINE_MODE";
    assert_ways(
        &pinned,
        &[
            (&[], own, 0, Some("isolated"), 4),
            (&[(host, "")], own, 0, Some("isolated"), 4),
            (&[(host, living)], &format!("the engine at {living}, {injected}"), 0, Some("injected"), 0),
            (&[(host, other)], injected, 6, Some("injected"), 6),
            (&[(host, silent)], injected, 5, Some("injected"), 5),
            (&[(host, "unix:///nowhere.sock")], injected, 4, Some("injected"), 4),
            (&[(host, "nonsense")], "`BUILDKIT_HOST` names no engine", 2, None, 2),
            // What pin itself has exported.
            (&[(host, living), (marker, living)], own, 0, Some("isolated"), 4),
            (&[(host, living), (marker, other)], injected, 0, Some("injected"), 0),
            (&[(mode, "remote"), (endpoint, living)], remote, 0, Some("remote"), 0),
            (&[(mode, "remote"), (endpoint, other)], remote, 6, Some("remote"), 6),
            (&[(mode, "remote"), (endpoint, silent)], remote, 5, Some("remote"), 5),
            (&[(mode, "remote")], "says that the engine is remote, but nobody says where", 2, None, 2),
            (&[(endpoint, living)], "PIN_ENGINE_ENDPOINT is set, but pin.toml says", 2, None, 2),
            (&[(mode, "docker")], "is `docker`, which is no engine mode", 2, None, 2),
            (&[(host, living), (mode, "remote"), (endpoint, other)], injected, 0, Some("injected"), 0),
            // This daemon has no BuildKit of its own.
            (&[(mode, "host")], "the daemon's own BuildKit: mode `host`", 4, Some("host"), 4),
            (&[(mode, "host"), (host, living)], injected, 0, Some("injected"), 0),
        ],
    );
    pinned.up().exits(0);
    assert_ways(&pinned, &[(&[], own, 0, Some("isolated"), 0)]);
}

#[test]
fn the_way_to_daggers_engine_is_told_with_what_overrides_it() {
    let image = "registry.dagger.io/engine:v0.21.8";
    let daemon = DockerFake::start(image, Says::dagger("0.21.8"), |_, _| None);
    let pinned = Pinned::dagger("ways", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    let own = "a container of its own: mode `isolated`, by pin.toml";
    let (_engine, address) = EngineFake::on_port(Says::dagger("0.21.8"));
    let living = format!("tcp://{address}");
    let host = crate::exec::HOST;
    let injected = format!("the engine at {living}, which was injected by `{host}`");
    assert_ways(
        &pinned,
        &[
            (&[(host, &living)], &injected, 0, Some("injected"), 0),
            (&[("BUILDKIT_HOST", &living)], own, 0, Some("isolated"), 4),
            (&[("DAGGER_ENGINE", &living)], own, 0, Some("isolated"), 4),
            (&[("PIN_ENGINE_MODE", "host")], "Dagger has none there", 2, None, 2),
        ],
    );
    for variable in
        ["DAGGER_ENGINE", "DAGGER_CLOUD_ENGINE", "DAGGER_SESSION_PORT", "_EXPERIMENTAL_DAGGER_TAG"]
    {
        let (run, seen) = doctor(&pinned, &[(variable, "canary")]);
        run.exits(0);
        let override_ = check(&seen, "override");
        assert_eq!(override_["state"], "warning", "{seen}");
        assert!(said(override_, "found").starts_with(&format!("`{variable}` ")), "{override_}");
        assert!(said(override_, "hint").starts_with(&format!("`unset {variable}`")), "{override_}");
        assert!(!run.stdout.contains("canary"), "{}", run.stdout);
    }
}

#[test]
fn a_repository_that_cannot_be_read_is_a_problem_like_others() {
    let pinned = Pinned::new("broken", VERSION, &Api::nobody());
    let good = String::from_utf8(pinned.project.read("pin.toml")).expect("it is text");
    for (path, text, exit, place) in [
        ("pin.toml", "[engine]\nmode = 3\n", 2, "pin.toml:2:8"),
        ("pin.toml", "[engine\n", 2, "pin.toml:1:"),
        ("pin.lock", "version = 'x'\n", 3, "pin.lock:1:"),
    ] {
        pinned.project.write("pin.toml", &good);
        pinned.project.write(path, text);
        let (run, seen) = doctor(&pinned, &[]);
        let configuration = check(&seen, "configuration");
        assert_eq!((run.exits(exit).stderr.as_str(), &configuration["state"]), ("", &json!("problem")));
        assert!(said(configuration, "found").contains(place), "{seen}");
        assert_ne!(configuration["hint"], "", "{seen}");
        // A person sees the line.
        let run = pinned.run(&["engine", "doctor"]);
        assert!(run.exits(exit).stderr.contains(place), "{}", run.stderr);
    }
}

#[test]
fn a_daemon_that_maps_users_is_a_problem_for_an_engine_of_its_own_alone() {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), |asked, _| {
        let info = json!({ "ID": "fake", "OSType": "linux", "SecurityOptions": ["name=userns"] });
        (asked == "GET /info").then(|| Reply::ok(info.to_string()).with("Content-Type", "application/json"))
    });
    let pinned = Pinned::new("userns", VERSION, &Api::nobody()).through(&daemon.address());
    let (run, seen) = doctor(&pinned, &[]);
    run.exits(4);
    assert_eq!(check(&seen, "privileged")["state"], "problem", "{seen}");
    let (_engine, address) = EngineFake::on_port(Says::buildkit(VERSION));
    let address = format!("tcp://{address}");
    let remote = [("PIN_ENGINE_MODE", "remote"), ("PIN_ENGINE_ENDPOINT", &*address)];
    for variables in [&[("BUILDKIT_HOST", &*address)][..], &remote] {
        let (run, seen) = doctor(&pinned, variables);
        run.exits(0);
        let privileged = check(&seen, "privileged");
        assert_eq!((&privileged["state"], &privileged["hint"]), (&json!("ok"), &Value::Null), "{seen}");
        assert!(said(privileged, "found").ends_with("; none is needed"), "{privileged}");
    }
}

/// A daemon on another machine: no directory of ours is there.
fn far_away() -> DockerFake {
    DockerFake::start(IMAGE, Says::buildkit(VERSION), |asked, question| {
        if asked != "POST /containers/create" {
            return None;
        }
        let body: Value = serde_json::from_str(&question.body).expect("it is JSON");
        let mounts = body["HostConfig"]["Mounts"].as_array()?.clone();
        let bound = mounts.iter().find(|mount| mount["Type"] == "bind")?["Source"].as_str()?.to_owned();
        let message = format!("bind source path does not exist: {bound}");
        let refusal = Reply::status(400, json!({ "message": message }).to_string());
        Some(refusal.with("Content-Type", "application/json"))
    })
}

#[test]
fn an_engine_that_no_client_reaches_is_a_problem() {
    let daemon = far_away();
    let pinned = Pinned::new("unreached", VERSION, &Api::nobody()).through(&daemon.address());
    pinned.up().exits(0);
    let (run, seen) = doctor(&pinned, &[]);
    run.exits(4);
    assert_eq!(check(&seen, "engine")["state"], "ok", "{seen}");
    let clients = check(&seen, "clients");
    assert_eq!(clients["state"], "problem", "{seen}");
    assert!(said(clients, "found").contains("there is no `docker` on PATH"), "{clients}");
    assert!(said(clients, "hint").starts_with("install `docker`"), "{clients}");
    pinned.run(&["env"]).exits(4);
    // With one there is no problem, whatever it is.
    let bin = pinned.home().join("bin");
    crate::exec::put_program(&bin.join("docker"), "exit 0");
    let (run, seen) = doctor(&pinned, &[("PATH", bin.to_str().expect("a plain path"))]);
    run.exits(0);
    assert!(seen["checks"].as_array().is_some_and(|all| all.iter().all(|check| check["name"] != "clients")));
}

/// Whatever the engine says, its clients cannot be told where it is.
#[test]
fn an_engine_that_no_client_can_be_told_about_is_a_problem() {
    let pinned = Pinned::new("untold-clients", VERSION, &Api::nobody());
    let variables =
        [("PIN_ENGINE_MODE", "remote"), ("PIN_ENGINE_ENDPOINT", "tls://127.0.0.1:1?ca_path=/ca.pem")];
    let (run, seen) = doctor(&pinned, &variables);
    run.exits(2);
    let clients = check(&seen, "clients");
    assert!(
        said(clients, "found").contains("BuildKit's clients take certificates as arguments only"),
        "{clients}"
    );
}

/// The libraries that a program needs, where they are and where it looks for them.
fn libraries(program: &Path) -> Option<Vec<String>> {
    let ldd = tool::find("ldd").or_else(|| tool::not_run("in a container", "ldd", "no `ldd` on the path"))?;
    let output = Command::new(ldd).arg(program).output().expect("ldd starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let paths = said.split_whitespace().filter(|word| word.starts_with('/'));
    let bind = |path: &str| {
        let real = Path::new(path).canonicalize().unwrap_or_else(|error| panic!("{path}: {error}"));
        format!("{}:{path}:ro", real.display())
    };
    Some(paths.map(bind).collect())
}

#[test]
fn inside_a_container_the_doctor_says_so_and_what_that_means() {
    let Some((daemon, engines)) = Daemon::shared("the doctor in a container", Store::Containerd) else {
        return;
    };
    let Some(mut binds) = libraries(&binary()) else { return };
    let pinned = Pinned::new("in-a-container", &engines.version, daemon);
    let socket = daemon.address().trim_start_matches("unix://").to_owned();
    binds.push(format!("{}:/pin:ro", binary().display()));
    binds.push(format!("{}:/repo:ro", pinned.project.root().display()));
    let run = |name: &str, binds: &[String], variables: &[&str]| -> (i64, Value) {
        let create = json!({
            "Image": engines.official(),
            "Entrypoint": ["/pin", "engine", "doctor", "--format", "json"],
            "Env": variables, "WorkingDir": "/repo", "Tty": true,
            "HostConfig": { "NetworkMode": "none", "Binds": binds },
        });
        let _made = daemon.post(&format!("/containers/create?name={name}"), Some(&create));
        daemon.post(&format!("/containers/{name}/start"), None);
        let ended = daemon.post(&format!("/containers/{name}/wait"), None);
        let log = daemon.bytes(&format!("/containers/{name}/logs?stdout=1&stderr=1"));
        daemon.ask("DELETE", &format!("/containers/{name}?force=1&v=1"), None);
        let seen = assert_output("engine-doctor", &String::from_utf8_lossy(&log));
        (ended["StatusCode"].as_i64().expect("it has ended"), seen)
    };
    let (exit, seen) = run("doctor-alone", &binds, &["HOME=/tmp"]);
    assert_eq!(
        (exit, said(check(&seen, "surroundings"), "found")),
        (4, "in a container of Docker"),
        "{seen}"
    );
    let hint = said(check(&seen, "daemon"), "hint");
    assert!(hint.starts_with("start this container with the socket of a daemon"), "{hint}");
    assert!(
        hint.ends_with("or set `BUILDKIT_HOST` to the address of an engine that runs elsewhere"),
        "{hint}"
    );
    binds.push(format!("{socket}:/docker.sock"));
    let (exit, seen) = run("doctor-socket", &binds, &["HOME=/tmp", "DOCKER_HOST=unix:///docker.sock"]);
    let surroundings = said(check(&seen, "surroundings"), "found");
    assert_eq!(exit, 0, "{seen}");
    assert!(surroundings.starts_with("in a container of Docker, with a daemon's socket"), "{surroundings}");
}
