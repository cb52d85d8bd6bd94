//! Engines that somebody else keeps: the daemon's own BuildKit, and one behind TLS.

use crate::exec::HOST;
use crate::reach::certificates;
use crate::support::daemon::{Daemon, Setup, Store};
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, Says, Trust};
use crate::support::engine_image::Engines;
use crate::support::front::Front;
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use crate::support::{Project, Run, binary, tool};
use std::fs;
use std::os::unix::fs::symlink;

const VERSION: &str = "0.30.0";

/// What a daemon has built in says its version, and is never started or stopped.
#[test]
fn the_daemons_own_buildkit_is_compared() {
    let Some((daemon, _)) = Daemon::shared("the daemon's own BuildKit", Store::Containerd) else { return };
    let mut pinned = Pinned::new("host", "0.0.1", daemon);
    let host = |pinned: &Pinned| {
        let text = String::from_utf8(pinned.project.read("pin.toml")).expect("it is text");
        let text = text.replace("\"isolated\"", "\"host\"");
        pinned.project.write("pin.toml", text);
    };
    host(&pinned);
    let run = pinned.run(&["engine", "up"]);
    run.exits(6);
    let (_, rest) = run.stderr.split_once("github.com/moby/buildkit v").expect("it says what it is");
    let own = rest.split(['-', ',', ' ']).next().expect("a version").to_owned();
    pinned.pin(&own);
    host(&pinned);
    let run = pinned.run(&["engine", "up"]);
    run.exits(0);
    assert!(run.stdout.contains("is there (host)"), "{}", run.stdout);
    let run = pinned.run(&["check", "--live", "--allow-empty"]);
    run.exits(0);
    assert!(run.stderr.contains("as pinned"), "{}", run.stderr);
    let run = pinned.run(&["env", "--shell", "bash"]);
    run.exits(0);
    assert!(run.stderr.contains("needs no variable"), "{}", run.stderr);
    for verb in ["down", "logs"] {
        let run = pinned.run(&["engine", verb]);
        run.exits(2);
        assert!(run.stderr.contains("nothing is done to it here"), "{}", run.stderr);
    }
    pinned.run(&["engine", "prune", "--all"]).exits(2);
    pinned.assert_only(&[]);
}

/// TCP is for those whom the engine trusts, and who trust it.
#[test]
fn an_engine_behind_tls_is_asked_by_those_it_trusts() {
    let (_engine, address, trust) = EngineFake::behind_tls(Says::dagger(VERSION));
    let (_, _, stranger) = EngineFake::behind_tls(Says::Nothing);
    let endpoint = format!("tls://localhost:{}", address.port());
    let check = |trust: &Trust, tls: &str, exit: i32| {
        let project =
            Project::new(&[("ca.pem", &trust.ca), ("cert.pem", &trust.cert), ("key.pem", &trust.key)]);
        let config = format!(
            "[toolchain.dagger]\nversion = \"{VERSION}\"\n\
             [engine]\nmode = \"remote\"\nendpoint = \"{endpoint}\"\n{tls}\n"
        );
        project.write("pin.toml", config);
        let run = project.pin(&["--timeout", "20s", "check", "--live", "--allow-empty"]);
        assert_eq!(run.exit, exit.to_string(), "{tls}: {}", run.stderr);
    };
    let whole = "tls = { ca = \"ca.pem\", cert = \"cert.pem\", key = \"key.pem\" }";
    check(&trust, whole, 0);
    check(&trust, "tls = { ca = \"ca.pem\" }", 4);
    check(&trust, "", 4);
    check(&stranger, whole, 4);
    let strange = Trust { ca: trust.ca.clone(), cert: stranger.cert.clone(), key: stranger.key.clone() };
    check(&strange, whole, 4);
}

/// A remote engine behind TLS, with the certificates in the repository.
fn behind_tls(toolchain: &str, version: &str, says: Says) -> (Project, EngineFake, u16) {
    let (engine, address, trust) = EngineFake::behind_tls(says);
    let config = format!(
        "[toolchain.{toolchain}]\nversion = \"{version}\"\n\
         [engine]\ntoolchain = \"{toolchain}\"\nmode = \"remote\"\nendpoint = \"tcp://localhost:{}\"\n\
         tls = {{ ca = \"certs/ca.pem\", cert = \"certs/cert.pem\", key = \"certs/key.pem\" }}\n",
        address.port()
    );
    let files = [
        ("pin.toml", config),
        ("certs/ca.pem", trust.ca),
        ("certs/cert.pem", trust.cert),
        ("certs/key.pem", trust.key),
        ("deep/down/file", String::new()),
    ];
    (Project::new(&files), engine, address.port())
}

const LIVE: [&str; 3] = ["check", "--live", "--allow-empty"];

#[test]
fn certificates_are_handed_on_by_paths_that_hold_everywhere() {
    let (project, _engine, port) = behind_tls("dagger", VERSION, Says::dagger(VERSION));
    let mut command = project.command(binary(), &["env", "--shell", "github"]);
    let run = project.run(command.current_dir(project.root().join("deep/down")));
    let files = "ca_path=[ROOT]/certs/ca.pem&cert_path=[ROOT]/certs/cert.pem&key_path=[ROOT]/certs/key.pem";
    let address = format!("tls://localhost:{port}?{files}");
    assert_eq!(run.exits(0).stdout, format!("{HOST}={address}\nPIN_ENGINE={address}\n"), "{}", run.stderr);
    // Of a person's, nobody knows which directory was meant.
    let personal = [("PIN_ENGINE_ENDPOINT", &*format!("tls://localhost:{port}?ca_path=certs/ca.pem"))];
    let run = project.pin_with(&personal, &["env"]);
    let words = "PIN_ENGINE_ENDPOINT is no address: `certs/ca.pem` is another file in every directory";
    assert!(run.exits(2).stderr.contains(words), "{}", run.stderr);
    // What is injected is its client's to read: from where it is run.
    let injected = format!(
        "tls://localhost:{port}?ca_path=../certs/ca.pem&cert_path=../certs/cert.pem&key_path=../certs/key.pem"
    );
    let mut command = project.command(binary(), &LIVE);
    command.current_dir(project.root().join("deep")).env(HOST, injected);
    project.run(&mut command).exits(0);
}

#[test]
fn an_engine_that_clients_cannot_be_told_about_is_refused_before_anything_starts() {
    let (project, _engine, port) = behind_tls("buildkit", VERSION, Says::buildkit(VERSION));
    project.pin(&LIVE).exits(0);
    for arguments in [&["env"][..], &["exec", "true"], &["exec", "--dry-run", "true"]] {
        let run = project.pin(arguments);
        assert!(
            run.exits(2).stderr.contains("is behind TLS, which no `BUILDKIT_HOST` can say"),
            "{}",
            run.stderr
        );
        let hint = format!(
            "hint: run `buildctl --addr tcp://localhost:{port} --tlscacert [ROOT]/certs/ca.pem --tlscert \
             [ROOT]/certs/cert.pem --tlskey [ROOT]/certs/key.pem`\n"
        );
        assert!(run.stderr.contains(&hint) && run.stdout.is_empty(), "{}", run.stderr);
    }
    let (old, _engine, _) = behind_tls("dagger", "0.20.0", Says::dagger("0.20.0"));
    old.pin(&LIVE).exits(0);
    for arguments in [&["env"][..], &["exec", "true"]] {
        let run = old.pin(arguments);
        let words = "is behind TLS, which Dagger's clients know from 0.20.1 on, and 0.20.0 is pinned";
        assert!(run.exits(2).stderr.contains(words), "{}", run.stderr);
    }
}

/// A repository whose engine is the daemon's own, and what the verb says that asks it.
fn ask_host(pinned: &Pinned, variables: &[(&str, &str)]) -> Run {
    let mut command = pinned.command(&["--timeout", "2s", "check", "--live", "--allow-empty"]);
    pinned.project.run(command.env("PIN_ENGINE_MODE", "host").envs(variables.iter().copied()))
}

#[test]
fn the_daemons_own_buildkit_is_reached_behind_tls() {
    let daemon = DockerFake::elsewhere("none", |_, _| None);
    for (says, exit) in [(VERSION, 0), ("0.29.0", 6)] {
        let (front, trust) = Front::behind_tls(&daemon.address(), Some(Says::buildkit(says)));
        let pinned =
            Pinned::new("host-tls", VERSION, &Api::nobody()).through(&format!("tcp://{}", front.host()));
        let path = certificates(&pinned, &trust);
        let tls = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", path.to_str().expect("a plain path"))];
        let run = ask_host(&pinned, &tls);
        assert_eq!(run.exit, exit.to_string(), "{}", run.stderr);
        // Who is not known is not let in.
        let run = ask_host(&pinned, &tls[..1]);
        assert_eq!(run.exit, "4", "{}", run.stderr);
    }
}

#[test]
fn a_daemon_whose_own_buildkit_hangs_or_is_not_there_is_told_apart() {
    let hung =
        DockerFake::start("none", Says::Nothing, |asked, _| (asked == "POST /grpc").then_some(Reply::Hang));
    let pinned = Pinned::new("host-hung", VERSION, &Api::nobody());
    let at = |host: &str| ask_host(&pinned, &[("DOCKER_HOST", host)]);
    let run = at(&hung.address());
    assert!(run.exits(5).stderr.contains("did not answer within 2 s"), "{}", run.stderr);
    for says in [Says::Nothing, Says::Beginning] {
        let front = Front::start(&hung.address(), Some(says));
        at(&format!("tcp://{}", front.host())).exits(5);
    }
    // As Podman, which knows no such question.
    let none = DockerFake::start("none", Says::Nothing, |asked, _| {
        (asked == "POST /grpc").then(|| Reply::status(404, "Not Found"))
    });
    let run = at(&none.address());
    let words = "does not hand over a BuildKit of its own: it answers `HTTP/1.1 404 Status`\nhint: write `mode = \"isolated\"`";
    assert!(run.exits(4).stderr.contains(words), "{}", run.stderr);
}

/// Real ones, one after the other: pin, buildctl, docker, TLS, a daemon that does not see our files, the engine.
#[test]
fn a_real_client_reaches_an_engine_through_a_real_daemon_behind_tls() {
    const TEST: &str = "a real client through TLS";
    let Some(docker) = tool::find("docker") else {
        tool::say(&format!("not run: {TEST}: there is no docker"));
        return;
    };
    let setup = Setup::default().in_own_mount_namespace();
    let Some((daemon, engines)) = Daemon::with_engines(TEST, &setup) else { return };
    let (front, trust) = Front::behind_tls(daemon.address(), None);
    let pinned =
        Pinned::new("through-tls", &engines.version, &daemon).through(&format!("tcp://{}", front.host()));
    let programs = pinned.home().join("bin");
    fs::create_dir(&programs).expect("a directory can be made");
    for (name, program) in [("docker", docker), ("buildctl", Engines::buildctl())] {
        symlink(program, programs.join(name)).expect("a link can be made");
    }
    let pinned = pinned.with_programs(&programs);
    let path = certificates(&pinned, &trust);
    let tls = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", path.to_str().expect("a plain path"))];
    let run = |arguments: &[&str]| pinned.project.run(pinned.command(arguments).envs(tls));
    run(&["engine", "up"]).exits(0);
    assert_eq!(pinned.socket(), None);
    let client = run(&["exec", "--", "buildctl", "debug", "info"]);
    assert!(client.exits(0).stdout.contains(&format!("v{}", engines.version)), "{}", client.stdout);
    // The daemon's own, by the same way.
    let host = ask_host(&pinned, &tls);
    assert!(["0", "6"].contains(&host.exit.as_str()), "{}", host.stderr);
    assert!(host.stderr.contains("buildkit v") || host.exit == "0", "{}", host.stderr);
    run(&["engine", "down"]).exits(0);
}
