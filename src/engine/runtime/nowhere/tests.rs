use std::time::Duration;

use super::*;
use crate::engine::runtime::Candidate;

const VARIABLE: &str = "_EXPERIMENTAL_DAGGER_RUNNER_HOST";
const ENGINE: Need = Need::Engine(VARIABLE);

/// Both ways to an engine, and how to get the first one.
const NONE: &str = "install and start Docker or Podman, or set `_EXPERIMENTAL_DAGGER_RUNNER_HOST` to the address of an \
                    engine that runs elsewhere";

fn usual(runtime: Runtime, miss: Miss) -> Passed {
    let (path, whose) = match runtime {
        Runtime::Podman => ("/run/podman/podman.sock", "Podman"),
        _ => ("/var/run/docker.sock", "Docker's own socket"),
    };
    let address = Ok(Address::Unix(path.into()));
    Passed { candidate: Candidate { runtime, address, because: Because::Usual(whose) }, miss }
}

fn named(address: &str, because: Because, miss: Miss) -> Passed {
    let address = Address::parse(address, None);
    let miss = address.as_ref().err().cloned().map_or(miss, Miss::Refused);
    Passed { candidate: Candidate { runtime: Runtime::Docker, address, because }, miss }
}

fn nowhere(passed: Vec<Passed>, programs: &[&'static str], starts: &[Start]) -> Nowhere {
    let here = Here { programs: programs.to_vec(), starts: starts.to_vec(), ..Here::default() };
    Nowhere { passed, only: None, here }
}

fn dead() -> Miss {
    Miss::Dead("nobody listens".to_owned())
}

#[track_caller]
fn check(nowhere: &Nowhere, need: Need, message: &str, hint: &str) {
    assert_eq!((nowhere.message().as_str(), nowhere.hint(need).as_str()), (message, hint));
}

#[test]
fn without_any_runtime_both_ways_to_an_engine_are_told() {
    let absent = || vec![usual(Runtime::Docker, Miss::Absent), usual(Runtime::Podman, Miss::Absent)];
    let none = "there is no container runtime here";
    check(&nowhere(absent(), &[], &[]), ENGINE, none, NONE);
    check(&nowhere(absent(), &[], &[]), Need::Itself, none, "install and start Docker");
    let other = |program, name: &str| {
        let message = format!("there is {name}, but no runtime with Docker's API, which `pin` needs");
        check(&nowhere(absent(), &[program], &[]), ENGINE, &message, NONE);
    };
    other("container", "Apple's `container`");
    other("finch", "`finch`");
    other("nerdctl", "`nerdctl`");
    let mut inside = nowhere(absent(), &["docker"], &[]);
    inside.here.inside = Some(Inside::Docker);
    let socket =
        "start this container with the socket of a daemon (`-v /var/run/docker.sock:/var/run/docker.sock`)";
    let none = "`docker` is installed, and no daemon answers";
    check(&inside, Need::Itself, none, socket);
    let both = nowhere(absent(), &["docker", "podman"], &[]);
    assert_eq!(both.message(), "`docker` and `podman` are installed, and no daemon answers");
    inside.here.inside = Some(Inside::Pod);
    let pod = "let the pod reach a daemon, and set `DOCKER_HOST` to its address, or set \
               `_EXPERIMENTAL_DAGGER_RUNNER_HOST` to the address of an engine that runs elsewhere";
    check(&inside, ENGINE, none, pod);
}

/// Runtime, what is installed, mode, state of the sockets: the hint is one that works right there (row C6).
#[test]
fn every_hint_works_where_it_is_given() {
    let service = "run `podman system service --time=0 \"unix://$HOME/podman.sock\"` beside it, and set \
                   `CONTAINER_HOST=unix://$HOME/podman.sock`";
    let client = "start the daemon that `docker` is to speak with, or set `DOCKER_HOST` to where it is";
    for (programs, starts, docker, podman, need, hint) in [
        // Docker installed as a service.
        (
            &["docker", "sudo"][..],
            &[Start::Docker][..],
            Miss::Absent,
            Miss::Absent,
            ENGINE,
            "run `sudo systemctl start docker`",
        ),
        (&["docker"], &[Start::Docker], dead(), Miss::Absent, ENGINE, "run `systemctl start docker` as root"),
        (
            &["docker"],
            &[Start::UsersDocker],
            Miss::Absent,
            Miss::Absent,
            Need::Itself,
            "run `systemctl --user start docker`",
        ),
        (
            &["docker", "sudo"],
            &[Start::DockerScript],
            dead(),
            Miss::Absent,
            ENGINE,
            "run `sudo service docker start`",
        ),
        (
            &["docker", "sudo"],
            &[Start::Docker],
            Miss::Hung(Duration::from_secs(2)),
            Miss::Absent,
            ENGINE,
            "run `sudo systemctl restart docker`, or wait longer with `--timeout`",
        ),
        // Only its client.
        (&["docker"], &[], Miss::Absent, Miss::Absent, ENGINE, client),
        (&["docker"], &[], dead(), Miss::Absent, ENGINE, client),
        (&[], &[], dead(), Miss::Absent, ENGINE, "start the daemon whose socket it is"),
        (
            &["docker"],
            &[],
            Miss::Hung(Duration::from_secs(2)),
            Miss::Absent,
            ENGINE,
            "restart the daemon, or wait longer with `--timeout`",
        ),
        // Podman.
        (
            &["podman"],
            &[Start::UsersPodman, Start::Podman],
            Miss::Absent,
            Miss::Absent,
            ENGINE,
            "run `systemctl --user start podman.socket`",
        ),
        (&["podman"], &[], Miss::Absent, Miss::Absent, ENGINE, service),
        (
            &["podman", "sudo"],
            &[Start::Podman],
            Miss::Absent,
            dead(),
            ENGINE,
            "run `sudo systemctl start podman.socket`",
        ),
        // BuildKit inside the daemon is Docker's alone.
        (
            &["podman"],
            &[Start::UsersPodman],
            Miss::Absent,
            Miss::Absent,
            Need::Itself,
            "install and start Docker",
        ),
        // What is there is mended before what is not.
        (
            &["docker", "podman", "sudo"],
            &[Start::Docker, Start::Podman],
            Miss::Absent,
            Miss::Hung(Duration::from_secs(2)),
            ENGINE,
            "run `sudo systemctl restart podman.socket`, or wait longer with `--timeout`",
        ),
    ] {
        let passed = vec![usual(Runtime::Docker, docker), usual(Runtime::Podman, podman)];
        assert_eq!(nowhere(passed, programs, starts).hint(need), hint, "{programs:?} {starts:?} {need:?}");
    }
    let mac = |program| {
        let mut nowhere = nowhere(vec![usual(Runtime::Docker, Miss::Absent)], &[program], &[]);
        nowhere.here.is_mac = true;
        nowhere.hint(ENGINE)
    };
    assert_eq!(mac("podman"), "run `podman machine start`");
    assert_eq!(mac("docker"), "start Docker Desktop (`open -a Docker`), or whatever runs Docker here");
}

#[test]
fn what_the_user_has_named_is_mended_first() {
    let own = || usual(Runtime::Docker, Miss::Absent);
    let host = || Because::Variable("DOCKER_HOST");
    let with = |passed| nowhere(vec![passed, own()], &[], &[]);
    check(
        &with(named("tcp://build:2375", host(), dead())),
        ENGINE,
        "no container runtime answers: DOCKER_HOST: no daemon at tcp://build:2375: nobody listens",
        &format!("start the daemon there, or {NONE}"),
    );
    let context = Because::Context { name: "x".to_owned(), by_variable: false };
    check(
        &with(named("npipe:////./pipe/docker_engine", context, dead())),
        ENGINE,
        "no container runtime answers: the Docker context `x`: named pipes are for Windows",
        "set `DOCKER_HOST` to an address such as `unix:///var/run/docker.sock`",
    );
    let ssh = with(named("ssh://me@build", host(), dead()));
    let forward = "run `ssh -NL \"$HOME/docker.sock:/var/run/docker.sock\" me@build` beside it, and set \
                   `DOCKER_HOST=unix://$HOME/docker.sock`";
    let message =
        "no container runtime answers: DOCKER_HOST: `pin` does not reach daemons over SSH by itself";
    check(&ssh, ENGINE, message, forward);
    let started = nowhere(
        vec![named("unix:///d.sock", host(), Miss::Absent), own()],
        &["docker", "sudo"],
        &[Start::Docker],
    );
    assert_eq!(started.hint(ENGINE), "start the daemon there, or run `sudo systemctl start docker`");
    let both = nowhere(
        vec![named("tcp://build:2375", host(), dead()), usual(Runtime::Podman, Miss::Forbidden(None))],
        &[],
        &[],
    );
    let lines = "no container runtime answers\n  DOCKER_HOST: no daemon at tcp://build:2375: nobody listens\n  \
                 Podman: no daemon at unix:///run/podman/podman.sock: permission denied to look into its directory";
    assert_eq!(both.message(), lines);
}

#[test]
fn one_runtime_alone_is_never_another() {
    let only = |by| Nowhere {
        only: Some(Said { value: Runtime::Podman, by }),
        ..nowhere(vec![usual(Runtime::Podman, Miss::Absent)], &["docker", "podman"], &[Start::Docker])
    };
    let hint = only(By::Variable("PIN_ENGINE_RUNTIME")).hint(ENGINE);
    assert!(hint.starts_with("run `podman system service"), "{hint}");
    assert!(hint.ends_with(", or `unset PIN_ENGINE_RUNTIME` so that other runtimes are tried"), "{hint}");
    let found = Miss::Stranger { found: Runtime::Podman, wanted: Runtime::Docker };
    check(
        &Nowhere {
            only: Some(Said { value: Runtime::Docker, by: By::Variable("PIN_ENGINE_RUNTIME") }),
            ..nowhere(vec![usual(Runtime::Docker, found)], &[], &[])
        },
        ENGINE,
        "no container runtime answers: Docker's own socket: the daemon at unix:///var/run/docker.sock is `podman`, wanted \
         `docker`",
        "let `docker` listen there, or `unset PIN_ENGINE_RUNTIME` so that other runtimes are tried",
    );
    let hint = only(By::User).hint(ENGINE);
    assert!(hint.ends_with(", or take `runtime` out of pin/config.toml so that others are tried"), "{hint}");
}

#[test]
fn only_what_hangs_alone_is_said_to_hang() {
    let hung = || usual(Runtime::Docker, Miss::Hung(Duration::from_secs(2)));
    let of = |passed| nowhere(passed, &[], &[]).is_hung();
    assert!(of(vec![hung(), usual(Runtime::Podman, Miss::Absent)]));
    assert!(!of(vec![hung(), usual(Runtime::Podman, dead())]));
    assert!(!of(vec![usual(Runtime::Podman, Miss::Absent)]));
    assert!(!of(vec![]));
}

#[test]
fn the_right_to_a_socket_is_got_as_it_can_be() {
    let socket = |group: u32, name: Option<&str>, mode: u32, is_in_group: bool, is_listed: bool| Socket {
        path: "/var/run/docker.sock".into(),
        owner: 0,
        group,
        group_name: name.map(str::to_owned),
        mode,
        is_in_group,
        is_listed,
    };
    let hint = |programs: &[&'static str], user: Option<&str>, inside: Option<Inside>, socket: &Socket| {
        let mut nowhere = nowhere(Vec::new(), programs, &[]);
        nowhere.here.user = user.map(str::to_owned);
        nowhere.here.inside = inside;
        nowhere.permission(socket)
    };
    let docker = || socket(998, Some("docker"), 0o660, false, false);
    assert_eq!(
        hint(&["sudo"], Some("ann"), None, &docker()),
        "run `sudo usermod -aG docker ann` and log in again; who is in `docker` can become root"
    );
    assert_eq!(
        hint(&[], Some("ann"), None, &socket(998, Some("docker"), 0o660, false, true)),
        "log in again, or run `newgrp docker`: the group `docker` is new to this session"
    );
    let owner = "nobody but its owner may use it (0:root, 0600): run `pin` as that user, or start a rootless daemon of your own";
    assert_eq!(hint(&["sudo"], Some("ann"), None, &socket(0, Some("root"), 0o600, false, false)), owner);
    let root = owner.replace("0600", "0660");
    assert_eq!(hint(&["sudo"], Some("ann"), None, &socket(0, Some("root"), 0o660, false, false)), root);
    // No group can be joined that has no name here, and by nobody whose name is not known.
    let number = "nobody but its owner may use it (0:998, 0660): run `pin` as that user, or start a rootless daemon of your own";
    assert_eq!(hint(&["sudo"], Some("ann"), None, &socket(998, None, 0o660, false, false)), number);
    assert_eq!(
        hint(&["sudo"], Some("ann"), Some(Inside::Docker), &docker()),
        "start this container with `--group-add 998`"
    );
    let closed = socket(0, Some("root"), 0o660, false, false);
    let as_root = "start this container as root, or as the user whose socket it is";
    assert_eq!(hint(&[], None, Some(Inside::Docker), &closed), as_root);
}
