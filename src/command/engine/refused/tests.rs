use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::config::{By, Mode, Said};
use crate::engine::Obstacle;
use crate::registry::CredentialsError;

/// On both runtimes a verb ends with this code and this hint, in which `PROGRAM` is the daemon's own.
#[track_caller]
fn check(words: impl Fn(Runtime) -> Refused, exit: Exit, hint: &str) {
    for runtime in [Runtime::Docker, Runtime::Podman] {
        let refused = words(runtime);
        let hint = Some(hint.replace("PROGRAM", runtime.as_str())).filter(|hint| !hint.is_empty());
        assert_eq!((refused.exit, &refused.problem.hint), (exit, &hint), "{runtime:?}: {}", refused.stderr);
        assert!(refused.stderr.ends_with(&refused.problem.lines()), "{}", refused.stderr);
    }
}

fn refused(what: &str, status: u16) -> DaemonError {
    DaemonError::Refused {
        address: "unix:///d".to_owned(),
        what: what.to_owned(),
        status: Some(status),
        message: "no".to_owned(),
    }
}

fn silent() -> DaemonError {
    let (address, what) = ("unix:///d".to_owned(), "start x".to_owned());
    DaemonError::Silent { address, what, after: Duration::from_secs(1) }
}

fn unreachable() -> DaemonError {
    DaemonError::Unreachable { address: "unix:///d".to_owned(), source: "gone".into() }
}

fn audit(is_busy: bool) -> AuditError {
    let path = PathBuf::from("/a");
    match is_busy {
        true => AuditError::Busy(path),
        false => AuditError::Io { action: "write", path, source: io::Error::other("full") },
    }
}

const DOCTOR: &str = "run `pin engine doctor`";
const PATIENCE: &str = "see whether the daemon is well; `--timeout` makes pin wait longer";
const NAME: &str = "that container is somebody else's: rename it (`PROGRAM rename`), or give the project another name: \
                    `project` in pin.toml";
const BUSY: &str = "it is paused, or somebody else is changing it: run this again, or `pin engine down`, then \
                    `pin engine up`";
const STATE_HINT: &str = "set XDG_STATE_HOME to a directory that you can write";
const LOGS: &str = "run `pin engine logs` to see why, or `pin engine down`, then `pin engine up`";
const HEALS: &str = "the next `pin engine up` heals it, and `pin engine down` removes it";
const AGAIN: &str = "run `pin engine down`, then `pin engine up`; its cache stays";

#[test]
fn what_a_daemon_was_asked_for_decides_what_helps() {
    for (error, exit, hint) in [
        (silent as fn() -> DaemonError, Exit::Unanswered, PATIENCE),
        (unreachable, Exit::NoEngine, DOCTOR),
        (|| refused("start x", 500), Exit::NoEngine, DOCTOR),
        (|| refused("create a container", 409), Exit::NoEngine, NAME),
        (
            || refused("remove a volume", 409),
            Exit::NoEngine,
            "`PROGRAM ps --all` shows whose container has it: remove that, and run this again",
        ),
        (|| refused("remove x", 409), Exit::NoEngine, BUSY),
        (|| refused("run `buildctl dial-stdio` in x", 409), Exit::NoEngine, BUSY),
        (|| refused("start x", 409), Exit::NoEngine, BUSY),
    ] {
        check(|runtime| of_up(&UpError::Daemon(error()), runtime), exit, hint);
        check(|runtime| of_down(&DownError::Daemon(error()), runtime), exit, hint);
    }
    // Who only looks makes and removes nothing.
    check(|_| of_daemon(&refused("run `x` in y", 409)), Exit::NoEngine, BUSY);
}

#[test]
fn every_engine_that_does_not_come_up_has_a_hint_that_helps_there() {
    let up = |error: fn() -> UpError, exit, hint| check(|runtime| of_up(&error(), runtime), exit, hint);
    let name = || "pin-x".to_owned();
    let died = |log: &str| UpError::Died { name: "pin-x".to_owned(), code: 1, log: log.to_owned() };
    up(
        || UpError::Died { name: "pin-x".to_owned(), code: 1, log: NO_NAMES.to_owned() },
        Exit::NoEngine,
        "another engine, or a resolver, has port 53 of that network: end it, or give the daemon a bridge, with which each \
         engine has a network of its own",
    );
    check(
        |_| of_up(&died("boom"), Runtime::Docker),
        Exit::NoEngine,
        "its last lines stand above; run `pin engine doctor`",
    );
    check(
        |_| of_up(&died("\n"), Runtime::Docker),
        Exit::NoEngine,
        "it has printed nothing; run `pin engine doctor`",
    );
    let log = of_up(&died("a\u{1b}[2J\nb"), Runtime::Docker).stderr;
    assert!(
        log.starts_with("  | a[2J\n  | b\nerror: `pin-x` ended with code 1 before it was ready\n"),
        "{log}"
    );
    for (was_started, hint) in [
        (
            true,
            "`start_timeout` below `[engine]` in pin.toml, or PIN_ENGINE_START_TIMEOUT, makes pin wait longer",
        ),
        (false, LOGS),
    ] {
        let error = || UpError::Silent {
            name: name(),
            seconds: 60,
            why: String::new(),
            log: String::new(),
            was_started,
        };
        check(|runtime| of_up(&error(), runtime), Exit::Unanswered, hint);
    }
    for (image, is_mirror, hint) in [
        (
            "mirror.example/engine:v1",
            true,
            "`image` below `[engine]` in pin.toml names that mirror: put the right one there, or take the line out",
        ),
        (
            "moby/buildkit:v1",
            false,
            "run `PROGRAM pull moby/buildkit:v1`, which fetches what is published under that name, and this again",
        ),
        (
            "moby/buildkit@sha256:1",
            false,
            "pin.lock has this digest for that version: take the line out of it, and the tag counts",
        ),
    ] {
        let other = || UpError::Other {
            name: name(),
            found: "a 2".to_owned(),
            wanted: "a 1".to_owned(),
            image: image.to_owned(),
            is_mirror,
        };
        check(|runtime| of_up(&other(), runtime), Exit::OtherVersion, hint);
        let message = of_up(&other(), Runtime::Docker).problem.message.clone();
        assert_eq!(message, format!("`pin-x` is a 2, wanted a 1: that is what {image} holds"));
    }
    up(
        || UpError::Credentials(CredentialsError::Malformed { path: "/c".into(), why: "no JSON".to_owned() }),
        Exit::Failure,
        "mend that, or run `PROGRAM login` for that registry",
    );
    let pull = "`PROGRAM pull` shows the same; `image` below `[engine]` in pin.toml names a mirror, and the daemon has a \
                proxy of its own";
    up(|| UpError::Pull(refused("pull x", 404)), Exit::NoEngine, pull);
    up(|| UpError::Pull(silent()), Exit::Unanswered, pull);
    up(
        || UpError::Unpulled("a/b:v1".to_owned()),
        Exit::NoEngine,
        "run `PROGRAM pull a/b:v1`, which says why",
    );
    up(|| UpError::NoImage("a/b:v1".to_owned()), Exit::NoEngine, "run it once without `--offline`");
    up(|| UpError::Audit(audit(false)), Exit::Failure, STATE_HINT);
    up(|| UpError::Audit(audit(true)), Exit::Failure, "end the other `pin` first");
    up(|| UpError::State(io::Error::other("full")), Exit::Failure, STATE_HINT);
    up(|| UpError::Held(60), Exit::Unanswered, "end the other `pin` first");
    up(|| UpError::Interrupted { is_undone: true }, Exit::Interrupted, "");
    up(|| UpError::Interrupted { is_undone: false }, Exit::Interrupted, HEALS);
}

#[test]
fn what_is_in_the_way_has_a_hint_that_helps_there() {
    let name = || "pin-x".to_owned();
    let obstacle = |error: &dyn Fn() -> Obstacle, exit, hint| {
        check(|runtime| of_up(&error().into(), runtime), exit, hint);
    };
    let busy = || Obstacle::VolumeBusy { volume: "v".to_owned(), by: "theirs".to_owned() };
    obstacle(&busy, Exit::NoEngine, "stop it first: `PROGRAM stop theirs`");
    let clients = || Obstacle::Clients { name: name(), clients: vec!["ann".to_owned()] };
    obstacle(&clients, Exit::NoEngine, "run it again when they have ended, or run `pin engine down` first");
    let untold = || Obstacle::Untold { name: name(), why: "gone".to_owned() };
    obstacle(&untold, Exit::NoEngine, "run `pin engine down` first, which ends it all the same");
    let volume = || Obstacle::ForeignVolume("v".to_owned());
    obstacle(&volume, Exit::NoEngine, "give the project another name: `project` in pin.toml");
    obstacle(&|| Obstacle::Paused { name: name() }, Exit::Unanswered, AGAIN);
    let not_up = |error: &dyn Fn() -> NotUp, exit, hint| {
        check(|runtime| of_up(&error().into(), runtime), exit, hint);
    };
    not_up(&|| NotUp::Absent(name()), Exit::NoEngine, "run `pin engine up`");
    not_up(&|| NotUp::Changed(name()), Exit::NoEngine, "run `pin engine up`, which takes its place");
    let other = || NotUp::OtherVersion { name: name(), version: "BuildKit 1".to_owned() };
    not_up(&other, Exit::OtherVersion, "run `pin engine up`, which takes its place");
    not_up(&|| NotUp::Paused(name()), Exit::Unanswered, AGAIN);
    not_up(&|| NotUp::Silent { name: name(), why: "gone".to_owned() }, Exit::Unanswered, LOGS);
}

#[test]
fn every_engine_that_does_not_end_has_a_hint_that_helps_there() {
    let down = |error: fn() -> DownError, exit, hint| check(|runtime| of_down(&error(), runtime), exit, hint);
    down(|| DownError::Audit(audit(false)), Exit::Failure, STATE_HINT);
    down(|| DownError::State(io::Error::other("full")), Exit::Failure, STATE_HINT);
    down(|| DownError::Audit(audit(true)), Exit::Failure, "end the other `pin` first");
    down(
        || DownError::InUse { name: "pin-x".to_owned(), seconds: 300, clients: vec!["ann".to_owned()] },
        Exit::NoEngine,
        "run it again when they have ended; `--force` ends it at once, and its cache may be lost",
    );
    down(
        || DownError::Interrupted,
        Exit::Interrupted,
        "what was asked to end may still do so; run `pin engine down` again",
    );
}

#[test]
fn what_is_not_settled_is_a_mistake_with_a_hint() {
    let address = "PIN_ENGINE_ENDPOINT=tcp://HOST:PORT";
    let user = format!(
        "write `endpoint = \"tcp://HOST:PORT\"` below `[engine]` in pin/config.toml, or set {address}"
    );
    let said = Said { value: Mode::Isolated, by: By::Repository };
    for (unsettled, hint) in [
        (
            Unsettled::NoMode { has_endpoint: true },
            "set PIN_ENGINE_MODE=remote, too, for the engine that PIN_ENGINE_ENDPOINT names",
        ),
        (Unsettled::NoEndpoint(By::Variable("PIN_ENGINE_MODE")), &format!("set {address}, too")),
        (Unsettled::NoEndpoint(By::User), &user),
        (Unsettled::EndpointUnused(said), "set PIN_ENGINE_MODE=remote, too, or unset PIN_ENGINE_ENDPOINT"),
    ] {
        check(|_| of_unsettled(&unsettled), Exit::Usage, hint);
    }
}

/// What is taken back is said to be gone only when it is.
#[test]
fn an_interruption_says_what_is_left() {
    let said = |refused: Refused| refused.problem.message;
    assert_eq!(said(interrupted(true)), "interrupted; what was made is removed");
    assert_eq!(said(interrupted(false)), "interrupted; not all that was done could be taken back");
    assert_eq!(said(interrupted_twice()), "interrupted twice; what was made may be left");
    check(|_| interrupted_twice(), Exit::Interrupted, HEALS);
}
