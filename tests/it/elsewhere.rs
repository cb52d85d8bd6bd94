//! Engines that somebody else keeps: the daemon's own BuildKit, and one behind TLS.

use crate::support::Project;
use crate::support::daemon::{Daemon, Store};
use crate::support::engine_fake::{EngineFake, Says, Trust};
use crate::support::pinned::Pinned;

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
