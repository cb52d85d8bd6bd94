//! The machine that the tests of engines stand on: a real daemon with either of its stores, Podman's service, and the
//! images of a real `BuildKit`. What is proven here, they need not ask again.

use crate::support::daemon::{Daemon, Setup, Store};
use crate::support::docker_api::Api;
use crate::support::engine_image::{Engines, Fault, OFFICIAL};
use crate::support::podman::Podman;
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Starts an engine as `pin engine up` would; its socket appears in the directory of this name.
fn start(api: &Api, directory: &Path, image: &str, name: &str) -> PathBuf {
    let socket = directory.join(name);
    fs::create_dir_all(&socket).expect("a directory can be made");
    let create = json!({
        "Image": image,
        "HostConfig": {
            "Privileged": true,
            "NetworkMode": "host",
            "Binds": [format!("{}:/run/buildkit", socket.display()), format!("{name}:/var/lib/buildkit")],
        },
    });
    api.post(&format!("/containers/create?name={name}"), Some(&create));
    api.post(&format!("/containers/{name}/start"), None);
    socket.join("buildkitd.sock")
}

/// Waits until a container has said something: its log is followed until the words come or it ends.
fn wait_for_words(api: &Api, name: &str, words: &str) -> String {
    let path = api.address().strip_prefix("unix://").expect("our own daemon");
    let mut stream = UnixStream::connect(path).expect("the daemon listens");
    let request =
        format!("GET /containers/{name}/logs?follow=1&stdout=1&stderr=1 HTTP/1.0\r\nHost: d\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("the daemon takes requests");
    stream.set_read_timeout(Some(Duration::from_mins(1))).expect("a time that is not zero");
    let (mut said, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let text = String::from_utf8_lossy(&said).into_owned();
        let count = if text.contains(words) { 0 } else { stream.read(&mut piece).expect("it goes on") };
        if count == 0 {
            return text;
        }
        said.extend_from_slice(&piece[..count]);
    }
}

const LISTENS: &str = "running server on";

/// What a client that is not ours says of the engine behind a socket.
fn version(socket: &Path) -> String {
    let output = Command::new(Engines::buildctl())
        .arg("--addr")
        .arg(format!("unix://{}", socket.display()))
        .args(["debug", "info"])
        .output()
        .expect("buildctl starts");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    let word = said.split_whitespace().nth(2).expect("package and version").to_owned();
    word.trim_start_matches('v').to_owned()
}

fn state(api: &Api, name: &str) -> Value {
    api.get(&format!("/containers/{name}/json"))["State"].clone()
}

/// Lines of the kernel's lists of processes and mounts, of this namespace and of those of all processes, that name a
/// directory.
fn traces_of(directory: &Path) -> Vec<String> {
    let name = directory.to_str().expect("a plain path");
    let mut traces = Vec::new();
    for process in fs::read_dir("/proc").expect("there is /proc").filter_map(Result::ok) {
        for list in ["cmdline", "mountinfo"] {
            // Processes end while they are looked at.
            let text = fs::read(process.path().join(list)).unwrap_or_default();
            let text = String::from_utf8_lossy(&text).replace('\0', " ");
            traces.extend(text.lines().filter(|line| line.contains(name)).map(str::to_owned));
        }
    }
    traces
}

fn assert_gone(directory: &Path) {
    assert!(!directory.exists(), "{} is left", directory.display());
    assert_eq!(traces_of(directory), Vec::<String>::new());
    let groups = Command::new("find")
        .args(["/sys/fs/cgroup", "-type", "d", "-name"])
        .arg(directory.file_name().expect("it has a name"))
        .output();
    let groups = groups.expect("find starts").stdout;
    assert_eq!(String::from_utf8_lossy(&groups), "");
}

#[test]
fn an_engine_runs_in_either_store_and_its_end_leaves_nothing() {
    for store in [Store::Containerd, Store::Classic] {
        let setup = Setup { store, ..Setup::default() };
        let Some((daemon, engines)) = Daemon::with_engines("the daemon's two stores", &setup) else { return };
        let driver = daemon.get("/info")["DriverStatus"].to_string();
        assert_eq!(driver.contains("containerd.snapshotter"), store == Store::Containerd, "{driver}");
        assert!(daemon.has_image(&engines.official()));

        let directory = daemon.directory().to_path_buf();
        let socket = start(&daemon, &directory, &engines.official(), "engine");
        wait_for_words(&daemon, "engine", LISTENS);
        assert_eq!(version(&socket), engines.version);
        assert_eq!(
            (daemon.containers(), daemon.volumes()),
            (vec!["engine".to_owned()], vec!["engine".to_owned()])
        );
        assert!(!traces_of(&directory).is_empty(), "the trace of a running daemon is not seen");

        // The container stays, the volume too; a killed daemon takes its containers along when it comes back.
        daemon.restart();
        assert_eq!(state(&daemon, "engine")["Running"], false);
        daemon.post("/containers/engine/start", None);
        wait_for_words(&daemon, "engine", LISTENS);
        daemon.kill();
        assert!(!daemon.answers());
        daemon.start_again();
        assert_eq!(daemon.volumes(), ["engine"]);
        daemon.post("/containers/engine/restart", None);
        drop(daemon);
        assert_gone(&directory);
    }
}

#[test]
fn each_faulty_engine_fails_in_its_own_way() {
    let Some((daemon, engines)) = Daemon::with_engines("the faulty engines", &Setup::default()) else {
        return;
    };
    assert!(Fault::ALL.iter().all(|fault| daemon.has_image(&engines.faulty(*fault))));
    daemon.tag(&engines.faulty(Fault::Exits), OFFICIAL, "v1.2.3");
    assert!(daemon.has_image(&format!("{OFFICIAL}:v1.2.3")));
    let run = |fault: Fault, name: &str, words: &str| {
        let socket = start(&daemon, daemon.directory(), &engines.faulty(fault), name);
        let said = wait_for_words(&daemon, name, words);
        (socket, said)
    };
    let (_, said) = run(Fault::Exits, "exits", "nothing like this");
    assert_eq!((said.matches("line ").count(), said.contains("line 30\n")), (30, true), "{said}");
    daemon.post("/containers/exits/wait", None);
    assert_eq!(state(&daemon, "exits")["ExitCode"], 1);

    let (socket, _) = run(Fault::Other, "other", LISTENS);
    assert_eq!(version(&socket), engines.before);

    let (socket, _) = run(Fault::Mute, "mute", LISTENS);
    let mut stream = UnixStream::connect(&socket).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a time that is not zero");
    assert_eq!(stream.read(&mut [0]).expect_err("it does not answer").kind(), ErrorKind::WouldBlock);

    let (socket, _) = run(Fault::Stubborn, "stubborn", LISTENS);
    assert_eq!(version(&socket), engines.version);

    start(&daemon, daemon.directory(), &engines.faulty(Fault::Sleeps), "sleeps");
    // Killed by the daemon after a second, or gone by itself before.
    for (name, code) in [("stubborn", 137), ("sleeps", 0), ("mute", 0)] {
        daemon.post(&format!("/containers/{name}/stop?t=1"), None);
        assert_eq!(state(&daemon, name)["ExitCode"], code, "{name}");
    }
    assert!(!daemon.directory().join("sleeps/buildkitd.sock").exists());
}

#[test]
fn the_other_versions_say_that_they_are() {
    let Some((daemon, engines)) = Daemon::shared("the other versions", Store::Containerd) else { return };
    engines.load_others(daemon);
    let directory = tempfile::tempdir().expect("a temporary directory");
    for (name, expect) in [("before", &engines.before), ("next", &engines.next)] {
        let socket = start(daemon, directory.path(), &format!("{OFFICIAL}:v{expect}"), name);
        wait_for_words(daemon, name, LISTENS);
        assert_eq!(&version(&socket), expect);
        for path in [format!("/containers/{name}?force=1"), format!("/volumes/{name}")] {
            assert_eq!(daemon.ask("DELETE", &path, None).0, 204, "{path}");
        }
    }
}

#[test]
fn there_is_a_daemon_for_whoever_needs_just_any() {
    let Some((api, engines)) = Daemon::any("any daemon") else { return };
    assert!(api.has_image(&engines.official()), "{}", api.address());
    assert!(!api.has_image(&format!("{OFFICIAL}:v0")));
    assert!(api.networks().contains(&"host".to_owned()));
}

#[test]
fn a_socket_is_for_the_group_that_it_is_given_to() {
    let setup = Setup { group: Some(4321), ..Setup::default() };
    let Some(daemon) = Daemon::start("a socket of a group", &setup) else { return };
    let socket = fs::metadata(daemon.directory().join("docker.sock")).expect("it listens");
    assert_eq!((socket.gid(), socket.mode() & 0o777), (4321, 0o660));
}

#[test]
fn a_frozen_daemon_takes_connections_and_answers_nothing() {
    let Some(daemon) = Daemon::start("a frozen daemon", &Setup::default()) else { return };
    daemon.freeze();
    let path = daemon.address().strip_prefix("unix://").expect("our own daemon");
    let mut stream = UnixStream::connect(path).expect("a frozen daemon listens");
    stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").expect("the kernel takes it");
    stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a time that is not zero");
    let error = stream.read(&mut [0]).expect_err("a frozen daemon answers nothing");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    daemon.thaw();
    assert!(daemon.answers());
    // One that is frozen at the end is ended all the same.
    daemon.freeze();
    let directory = daemon.directory().to_path_buf();
    drop(daemon);
    assert_gone(&directory);
}

#[test]
fn a_daemon_in_its_own_mount_namespace_does_not_see_our_files() {
    let setup = Setup::default().in_own_mount_namespace();
    let Some((daemon, engines)) = Daemon::with_engines("a daemon with other files", &setup) else { return };
    let ours = tempfile::tempdir().expect("a temporary directory");
    let create = json!({
        "Image": engines.official(),
        "HostConfig": { "Mounts": [{ "Type": "bind", "Source": ours.path(), "Target": "/mnt" }] },
    });
    let (status, answer) = daemon.ask("POST", "/containers/create", Some(&create));
    assert_eq!(status, 400, "{answer}");
    assert!(answer.to_string().contains("does not exist"), "{answer}");

    let socket = start(&daemon, daemon.directory(), &engines.official(), "engine");
    wait_for_words(&daemon, "engine", LISTENS);
    assert_eq!(version(&socket), engines.version, "its own directory is ours, too");
    let directory = daemon.directory().to_path_buf();
    drop(daemon);
    assert_gone(&directory);
}

#[test]
fn a_small_disk_is_full_soon() {
    let setup = Setup::default().on_a_disk_of("40m");
    let Some(daemon) = Daemon::start("a full disk", &setup) else { return };
    let engines = Engines::for_own_daemon("a full disk").expect("the daemon is there");
    let why = daemon.load(&engines.archive()).expect_err("it is larger than the disk");
    assert!(why.contains("no space left on device"), "{why}");
}

#[test]
fn podman_runs_a_privileged_engine_too() {
    let Some((podman, engines)) = Podman::with_engines("Podman's service") else { return };
    assert!(podman.get("/version").to_string().contains("Podman Engine"));
    let socket = start(&podman, podman.directory(), &engines.official(), "engine");
    wait_for_words(&podman, "engine", LISTENS);
    assert_eq!(version(&socket), engines.version);
    assert_eq!(
        (podman.containers(), podman.volumes()),
        (vec!["engine".to_owned()], vec!["engine".to_owned()])
    );
    podman.post("/containers/engine/stop?t=20", None);
    let (status, answer) = podman.ask("DELETE", "/containers/engine", None);
    assert!((200..300).contains(&status), "{answer}");
    start(&podman, podman.directory(), &engines.official(), "again");
    let directory = podman.directory().to_path_buf();
    drop(podman);
    assert_gone(&directory);
}

/// The one of this name is started by itself as a process to kill.
#[test]
fn a_daemon_ends_with_whoever_started_it_even_by_sigkill() {
    const ROLE: &str = "PIN_TEST_TO_BE_KILLED";
    const NAME: &str = "real_machine::a_daemon_ends_with_whoever_started_it_even_by_sigkill";
    if std::env::var_os(ROLE).is_some() {
        let (daemon, engines) = Daemon::with_engines(NAME, &Setup::default()).expect("the parent has looked");
        let socket = start(&daemon, daemon.directory(), &engines.official(), "engine");
        wait_for_words(&daemon, "engine", LISTENS);
        assert_eq!(version(&socket), engines.version);
        println!("\ndirectory={}", daemon.directory().display());
        let _closed = std::io::stdin().read(&mut [0]);
        return;
    }
    if Engines::for_own_daemon("a daemon and SIGKILL").is_none() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().expect("this program has a path"))
        .args(["--exact", NAME, "--nocapture"])
        .env(ROLE, "yes")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("it has been asked for")).lines();
    let directory = lines.find_map(|line| line.ok()?.strip_prefix("directory=").map(PathBuf::from));
    child.kill().expect("it runs");
    child.wait().expect("it has been killed");
    let directory = directory.expect("the other process starts a daemon");
    // Who cleans up holds the other end until it is done.
    let mut said = String::new();
    child.stderr.take().expect("it has been asked for").read_to_string(&mut said).expect("it is text");
    assert_gone(&directory);
}
