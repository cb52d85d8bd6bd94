//! Finding a container daemon: sockets and ports that are dead, hang, are for others or are no daemon's, Docker's
//! contexts, TLS; and what `pin engine doctor` makes of it.

use crate::schemas::assert_output;
use crate::support::daemon::{Daemon, Setup};
use crate::support::podman::Podman;
use crate::support::project::copy_binary;
use crate::support::server::{Reply, Server};
use crate::support::tls::TlsServer;
use crate::support::{Project, Run, tool};
use pin::engine::runtime::{Address, Because, Candidate, Found, Miss, Passed, TlsFiles, find};
use pin::value::{Digest, Runtime};
use pin::world::wait_for;
use serde_json::{Value, json};
use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

/// Long enough for an answer on a slow machine, short enough to wait for one that does not come.
const BOUND: Duration = Duration::from_secs(2);

const PINNED: &str = "[toolchain.buildkit]\nversion = \"0.30.0\"\n[engine]\ntoolchain = \"buildkit\"\n\
                      mode = \"isolated\"\n";

fn candidate(address: &str, because: Because) -> Candidate {
    Candidate { runtime: Runtime::Docker, address: Address::parse(address, None), because }
}

fn look(candidates: Vec<Candidate>) -> Result<Found, Vec<Passed>> {
    wait_for(find(candidates, BOUND)).expect("a runtime starts").expect("nobody interrupts")
}

fn misses(passed: &[Passed]) -> Vec<&Miss> {
    passed.iter().map(|passed| &passed.miss).collect()
}

/// What a daemon answers who is asked whether it is one.
fn daemon(_: &crate::support::server::Asked) -> Reply {
    Reply::ok("OK").with("Content-Type", "text/plain; charset=utf-8")
}

#[test]
fn a_living_daemon_is_found_behind_dead_and_hung_ones() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let unix = |name: &str| format!("unix://{}", directory.path().join(name).display());
    // Takes connections, as a frozen daemon does, and says nothing.
    let _hung = UnixListener::bind(directory.path().join("hung")).expect("a socket");
    drop(UnixListener::bind(directory.path().join("dead")).expect("a socket"));
    fs::write(directory.path().join("file"), "").expect("a file can be written");
    let page = Server::start(|_| Reply::ok("<html>"));
    let living = Server::start(daemon);
    let usual = || Because::Usual("a socket");
    let found = look(vec![
        candidate(&unix("absent"), usual()),
        candidate(&unix("dead"), Because::Variable("DOCKER_HOST")),
        candidate(&unix("file"), usual()),
        candidate(&page.url(), usual()),
        candidate(&unix("hung"), usual()),
        candidate("ssh://me@build", Because::Variable("CONTAINER_HOST")),
        candidate(&living.url(), usual()),
    ])
    .expect("the last one answers");
    assert_eq!(found.daemon.address(), living.url().replace("http", "tcp"));
    let [
        Miss::Absent,
        Miss::Dead(dead),
        Miss::Dead(file),
        Miss::Other(_),
        Miss::Hung(BOUND),
        Miss::Refused(_),
    ] = misses(&found.passed)[..]
    else {
        panic!("{:?}", found.passed)
    };
    assert_eq!((dead.as_str(), file.as_str()), ("nobody listens", "it is no socket"));
    // Only whom the user has named is told about.
    let notes = found.notes();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(notes[0].starts_with("warning: DOCKER_HOST: no daemon at unix:///"), "{notes:?}");
}

#[test]
fn a_daemon_behind_tls_is_the_one_that_its_certificate_says() {
    let (right, other) = (TlsServer::answering(daemon), TlsServer::start());
    let directory = tempfile::tempdir().expect("a temporary directory");
    let look_with = |ca: &str| {
        let path = directory.path().join("ca.pem");
        fs::write(&path, ca).expect("a file can be written");
        let files = TlsFiles { ca: Some(path), own: None };
        let address = Address::parse(&right.url().replace("https", "tcp"), Some(files));
        let because = Because::Variable("DOCKER_HOST");
        look(vec![Candidate { runtime: Runtime::Docker, address, because }])
    };
    let found = look_with(right.certificate()).expect("it is trusted");
    assert_eq!(found.daemon.address(), right.url());
    assert!(!right.asked().is_empty());
    for untrusted in [other.certificate(), "", "no certificate"] {
        let passed = look_with(untrusted).expect_err("it is not trusted");
        assert!(matches!(&misses(&passed)[..], [Miss::Dead(_)]), "{passed:?}");
    }
}

const DOCTOR: [&str; 6] = ["engine", "doctor", "--format", "json", "--timeout", "20s"];

/// `pin engine doctor` with nothing but these variables.
fn doctor(project: &Project, variables: &[(&str, &str)]) -> (Run, Value) {
    let run = project.pin_with(variables, &DOCTOR);
    let value = assert_output("engine-doctor", &run.stdout);
    (run, value)
}

/// `pin` where no daemon of this machine is.
struct Alone<'p> {
    project: &'p Project,
    words: Vec<OsString>,
}

impl<'p> Alone<'p> {
    fn new(project: &'p Project, test: &str) -> Option<Self> {
        Some(Self { project, words: tool::without_daemons(test)? })
    }

    fn pin(&self, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
        let mut command = self.project.pin_under(&self.words, arguments);
        self.project.run(command.env("XDG_RUNTIME_DIR", "/nowhere").envs(variables.iter().copied()))
    }
}

pub(crate) fn check<'v>(doctor: &'v Value, name: &str) -> &'v Value {
    let checks = doctor["checks"].as_array().expect("a list");
    checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name} in {doctor}"))
}

pub(crate) fn said<'v>(check: &'v Value, key: &str) -> &'v str {
    check[key].as_str().unwrap_or_else(|| panic!("no {key} in {check}"))
}

#[test]
fn the_doctor_sees_a_real_daemon_and_what_is_wrong_around_it() {
    let Some((api, _)) = Daemon::any("the doctor and a real daemon") else { return };
    let project = Project::new(&[("pin.toml", PINNED)]);
    let (run, seen) = doctor(&project, &[("DOCKER_HOST", api.address())]);
    run.exits(0);
    assert_eq!((seen["has_engine"].clone(), run.stderr.as_str()), (json!(true), ""));
    let daemon = check(&seen, "daemon");
    assert_eq!(daemon["state"], "ok", "{daemon}");
    let version = api.get("/version");
    for part in [api.address(), "(DOCKER_HOST)", version["Version"].as_str().expect("a version")] {
        assert!(said(daemon, "found").contains(part), "{daemon}");
    }
    for name in ["way", "pinned", "client", "privileged", "cgroup", "store", "clock", "engine"] {
        assert_eq!(check(&seen, name)["state"], "ok", "{seen}");
    }
    assert_eq!(said(check(&seen, "way"), "found"), "a container of its own: mode `isolated`, by pin.toml");

    // The same by the verb's own table, which ends with what it comes to.
    let run = project.pin_with(&[("DOCKER_HOST", api.address())], &["engine", "doctor"]);
    assert!(run.exits(0).stdout.contains("\nan engine can be had here"), "{}", run.stdout);
}

#[test]
fn a_context_of_docker_leads_to_its_daemon() {
    let Some((api, _)) = Daemon::any("a Docker context and a real daemon") else { return };
    let project = Project::new(&[("pin.toml", PINNED)]);
    let id = Digest::of(b"build").to_string().replace("sha256:", "");
    let docker = project.home().join(".docker");
    let meta = docker.join("contexts/meta").join(id);
    fs::create_dir_all(&meta).expect("directories can be made");
    let text = json!({ "Name": "build", "Endpoints": { "docker": { "Host": api.address() } } });
    fs::write(meta.join("meta.json"), text.to_string()).expect("a file can be written");
    fs::write(docker.join("config.json"), r#"{"currentContext":"build"}"#).expect("a file can be written");
    let (run, seen) = doctor(&project, &[]);
    run.exits(0);
    assert!(said(check(&seen, "daemon"), "found").contains("(the Docker context `build`)"), "{seen}");

    // One that is dead and was named is passed over, and said; the table says it, `up` on stderr.
    let variables = [("DOCKER_HOST", "unix:///nowhere.sock"), ("CONTAINER_HOST", api.address())];
    let (run, seen) = doctor(&project, &variables);
    run.exits(0);
    let passed = check(&seen, "passed-over");
    assert_eq!(said(passed, "found"), "DOCKER_HOST: no daemon at unix:///nowhere.sock: there is no socket");
    assert!(said(passed, "hint").contains("`unset DOCKER_HOST`"), "{passed}");
    let run = project.pin_with(&variables, &["engine", "up", "--dry-run"]);
    let note = "warning: DOCKER_HOST: no daemon at unix:///nowhere.sock: there is no socket; using ";
    assert_eq!(run.exits(0).stderr.matches(note).count(), 1, "{}", run.stderr);
    assert!(run.stdout.contains("create"), "{}", run.stdout);
}

#[test]
fn a_frozen_daemon_is_waited_for_and_named() {
    let Some(frozen) = Daemon::start("the doctor and a frozen daemon", &Setup::default()) else { return };
    frozen.freeze();
    let project = Project::new(&[("pin.toml", PINNED)]);
    let variables = [("DOCKER_HOST", frozen.address()), ("PIN_ENGINE_RUNTIME", "docker")];
    let Some(alone) = Alone::new(&project, "a frozen daemon alone") else { return };
    for arguments in [["engine", "doctor", "--timeout", "500ms"], ["engine", "up", "--timeout", "500ms"]] {
        let run = alone.pin(&variables, &arguments);
        run.exits(5);
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(all.contains("no answer within 0.5 s"), "{all}");
        assert!(all.contains("restart the daemon there, or wait longer with `--timeout`"), "{all}");
        assert!(all.contains("`unset PIN_ENGINE_RUNTIME`"), "{all}");
    }
    frozen.thaw();
}

/// `pin` as a user who is in no group.
fn as_nobody(project: &Project, socket: &Path, arguments: &[&str]) -> Option<Run> {
    let setpriv = tool::need("a socket for others", "setpriv", &["--version"])?;
    if !rustix::process::geteuid().is_root() {
        return tool::not_run("a socket for others", "setpriv", "this is not root");
    }
    let base = project.root().parent().expect("a project stands in a directory");
    fs::set_permissions(base, Permissions::from_mode(0o755)).expect("it is ours");
    let program = base.join("pin");
    if !program.exists() {
        copy_binary(&program);
    }
    let words: Vec<OsString> = [setpriv.into_os_string()]
        .into_iter()
        .chain(["--reuid=65534", "--regid=65534", "--clear-groups"].map(OsString::from))
        .chain([program.into_os_string()])
        .chain(arguments.iter().map(OsString::from))
        .collect();
    let mut command = project.command(&words[0], &words[1..]);
    command.env("DOCKER_HOST", format!("unix://{}", socket.display())).env("PIN_ENGINE_RUNTIME", "docker");
    Some(project.run(command.env("USER", "somebody")))
}

#[test]
fn a_socket_for_others_is_said_with_its_group_and_what_helps() {
    let project = Project::new(&[("pin.toml", PINNED)]);
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::set_permissions(directory.path(), Permissions::from_mode(0o755)).expect("it is ours");
    let socket = directory.path().join("docker.sock");
    let _listener = UnixListener::bind(&socket).expect("a socket");
    fs::set_permissions(&socket, Permissions::from_mode(0o660)).expect("it is ours");
    let Some(run) = as_nobody(&project, &socket, &["engine", "doctor"]) else { return };
    run.exits(4);
    assert!(run.stdout.contains("permission denied"), "{}", run.stdout);
    let hint = run.stdout.lines().find(|line| line.contains("hint:")).expect("a hint");
    let is_good = hint.contains("(0:root, 0660)") || hint.contains("start this container as root");
    assert!(is_good && !hint.contains("usermod"), "{hint}");
    let run = as_nobody(&project, &socket, &["engine", "up"]).expect("it ran before");
    assert!(run.exits(4).stderr.starts_with("error: no container runtime answers"), "{}", run.stderr);
    // Nobody can look behind a closed door.
    fs::set_permissions(directory.path(), Permissions::from_mode(0o700)).expect("it is ours");
    let run = as_nobody(&project, &socket, &["engine", "up"]).expect("it ran before");
    assert!(run.exits(4).stderr.contains("permission denied to look into its directory"), "{}", run.stderr);
}

#[test]
fn without_a_runtime_both_ways_to_an_engine_are_told_before_anything_else() {
    let project = Project::new(&[("pin.toml", PINNED)]);
    let Some(alone) = Alone::new(&project, "no runtime at all") else { return };
    for arguments in [["engine", "up"], ["exec", "true"]] {
        let run = alone.pin(&[], &arguments);
        let stderr = &run.exits(4).stderr;
        assert!(stderr.starts_with("error: there is no container runtime here\nhint: "), "{stderr}");
        assert!(stderr.contains(", or set `BUILDKIT_HOST` to the address of an engine"), "{stderr}");
    }
    // A client without a daemon, and runtimes without Docker's API.
    let bin = project.home().join("bin");
    fs::create_dir(&bin).expect("a directory can be made");
    let path = bin.to_str().expect("a plain path").to_owned();
    for (program, words) in [
        ("nerdctl", "error: there is `nerdctl`, but no runtime with Docker's API, which `pin` needs\n"),
        (
            "finch",
            "error: there is `finch` and `nerdctl`, but no runtime with Docker's API, which `pin` needs\n",
        ),
        ("docker", "error: `docker` is installed, and no daemon answers\n"),
    ] {
        symlink("/bin/true", bin.join(program)).expect("a link can be made");
        let run = alone.pin(&[("PATH", &path)], &["engine", "up"]);
        assert!(run.exits(4).stderr.starts_with(words), "{}", run.stderr);
    }
    let doctor = |variables: &[(&str, &str)]| {
        let run = alone.pin(variables, &DOCTOR);
        assert_output("engine-doctor", &run.exits(4).stdout)
    };
    let seen = doctor(&[]);
    assert_eq!((&seen["has_engine"], &check(&seen, "daemon")["state"]), (&json!(false), &json!("problem")));
    // An engine that somebody has injected needs no daemon; this one is not there.
    let seen = doctor(&[("BUILDKIT_HOST", "unix:///nowhere.sock")]);
    assert_eq!(check(&seen, "daemon")["state"], "ok", "{seen}");
    assert_eq!(check(&seen, "engine")["state"], "problem", "{seen}");
    assert!(said(check(&seen, "way"), "found").contains("injected by `BUILDKIT_HOST`"), "{seen}");
}

#[test]
fn podman_is_found_where_its_variable_says() {
    let Some((podman, _)) = Podman::with_engines("the doctor and Podman") else { return };
    let project = Project::new(&[("pin.toml", PINNED)]);
    let (_, seen) =
        doctor(&project, &[("CONTAINER_HOST", podman.address()), ("PIN_ENGINE_RUNTIME", "podman")]);
    let daemon = check(&seen, "daemon");
    assert_eq!(daemon["state"], "ok", "{seen}");
    assert!(said(daemon, "found").starts_with("Podman Engine "), "{daemon}");
    assert!(said(daemon, "found").contains("(CONTAINER_HOST)"), "{daemon}");
    assert_eq!(seen["has_engine"], true, "{seen}");
}

#[test]
fn what_the_doctor_says_about_a_proxy_holds_no_password() {
    let project = Project::new(&[("pin.toml", PINNED)]);
    let variables = [
        ("BUILDKIT_HOST", "tcp://engine.invalid:1234"),
        ("HTTPS_PROXY", "http://user:canary@proxy:3128"),
        ("DOCKER_HOST", "tcp://user:canary@daemon:2375"),
        ("PIN_ENGINE_RUNTIME", "podman"),
        ("XDG_RUNTIME_DIR", "/nowhere"),
    ];
    let run = project.pin_with(&variables, &["engine", "doctor", "--timeout", "1s"]);
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("canary"), "{}", run.stdout);
    assert!(
        run.stdout.contains("HTTPS_PROXY would be asked for the engine at engine.invalid"),
        "{}",
        run.stdout
    );
}
