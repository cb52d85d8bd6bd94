//! What a real engine is made with on real daemons that have what ours lack: a bridge, an init; and whom it trusts.

use crate::support::daemon::{Daemon, Setup, Store};
use crate::support::docker_api::Api;
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use crate::support::tls::TlsServer;
use crate::support::tool;
use serde_json::json;
use std::fs;
use std::time::{Duration, Instant};

#[test]
fn with_a_bridge_the_engine_has_a_network_of_its_own() {
    let setup = Setup::default().with_bridge();
    let Some((daemon, engines)) = Daemon::with_engines("an engine on a bridge", &setup) else { return };
    let pinned = Pinned::new("bridge", &engines.version, &daemon);
    let run = pinned.up();
    assert!(!run.exits(0).stderr.contains("network of its machine"), "{}", run.stderr);
    pinned.assert_up();
    assert!(!pinned.builds_from_cache());
    let found = pinned.inspect();
    assert_eq!(found["HostConfig"]["NetworkMode"], "bridge");
    let address = found["NetworkSettings"]["Networks"]["bridge"]["IPAddress"].as_str().unwrap_or_default();
    assert!(!address.is_empty(), "{}", found["NetworkSettings"]);
    for (what, ports) in [
        ("asked for", &found["HostConfig"]["PortBindings"]),
        ("published", &found["NetworkSettings"]["Ports"]),
    ] {
        assert!(ports.as_object().is_none_or(serde_json::Map::is_empty), "{what}: {ports}");
    }
    // Nothing but the networks that a daemon has.
    assert_eq!(daemon.networks(), ["bridge", "host", "none"]);
    pinned.down().exits(0);
    pinned.assert_only(&[&pinned.volume()]);
}

/// What a command prints inside the engine's container.
fn inside(pinned: &Pinned, api: &Api, script: &str) -> String {
    let exec = json!({ "Cmd": ["sh", "-c", script], "AttachStdout": true, "Tty": true });
    let made = api.post(&format!("/containers/{}/exec", pinned.container()), Some(&exec));
    let id = made["Id"].as_str().expect("it has an id");
    // It ends when nobody has its output any more.
    let said = api.post(&format!("/exec/{id}/start"), Some(&json!({ "Detach": false, "Tty": true })));
    said.as_str().map_or_else(|| said.to_string(), str::to_owned)
}

/// The processes of the engine's container, the first one first, and how each is: `buildkitd S`.
fn processes(pinned: &Pinned, api: &Api) -> Vec<String> {
    let said = inside(pinned, api, "exec grep -hE '^(Name|State):' /proc/[0-9]*/status");
    let words: Vec<&str> = said.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
    words.chunks(2).map(|process| process.join(" ")).collect()
}

/// Leaves processes there whose parent has ended, and that have ended themselves; returns what there is once it is so.
fn with_orphans(pinned: &Pinned, api: &Api, are: impl Fn(&[String]) -> bool) -> Vec<String> {
    inside(pinned, api, "(true) & (true) &");
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let found = processes(pinned, api);
        if are(&found) || Instant::now() > until {
            return found;
        }
    }
}

#[test]
fn what_nobody_waits_for_is_reaped_where_the_daemon_has_an_init() {
    let Some(init) = tool::need("an engine below an init", "tini-static", &["--version"]) else { return };
    let setup = Setup { init: Some(init), ..Setup::default() };
    let Some((daemon, engines)) = Daemon::with_engines("an engine below an init", &setup) else { return };
    let pinned = Pinned::new("init", &engines.version, &daemon);
    pinned.up().exits(0);
    pinned.assert_up();
    let found = with_orphans(&pinned, &daemon, |found| found.len() == 3);
    let name = |process: &String| process.split(' ').next().unwrap_or_default().to_owned();
    let mut names: Vec<String> = found.iter().map(name).collect();
    assert_eq!(names.first().map(String::as_str), Some("docker-init"), "{found:?}");
    names.sort();
    assert_eq!(names, ["buildkitd", "docker-init", "grep"], "{found:?}");
    // It ends in peace, and keeps what it has built.
    assert!(!pinned.builds_from_cache());
    let run = pinned.down();
    assert!(!run.exits(0).stderr.contains("was killed"), "{}", run.stderr);
    pinned.up().exits(0);
    assert!(pinned.builds_from_cache());

    // Without one it runs all the same, and keeps its dead.
    let Some((daemon, _)) = Daemon::shared("an engine without an init", Store::Containerd) else { return };
    let pinned = Pinned::new("no-init", &engines.version, daemon);
    pinned.up().exits(0);
    pinned.assert_up();
    let has_dead = |found: &[String]| found.iter().any(|process| process.ends_with(" Z"));
    let found = with_orphans(&pinned, daemon, has_dead);
    assert!(found[0].starts_with("buildkitd ") && has_dead(&found), "{found:?}");
}

#[test]
fn a_certificate_of_the_repository_is_trusted() {
    let Some((daemon, engines)) = Daemon::shared("a certificate", Store::Containerd) else { return };
    let server = TlsServer::answering(|_| Reply::ok("a file"));
    let pinned = Pinned::with("certificate", &engines.version, daemon, "ca = ['certs/own.pem']");
    let other = Pinned::new("no-certificate", &engines.version, daemon);
    pinned.project.write("certs/own.pem", server.certificate());
    let dockerfile = format!("FROM scratch\nADD {}/file /\n", server.url());
    let build = |pinned: &Pinned| {
        pinned.up().exits(0);
        let context = pinned.home().join("context");
        fs::create_dir_all(&context).expect("a directory can be made");
        fs::write(context.join("Dockerfile"), &dockerfile).expect("a file can be written");
        let path = |name: &str| format!("{name}={}", context.display());
        let [context, file] = ["context", "dockerfile"].map(path);
        let output = pinned.buildctl(&[
            "build",
            "--progress=plain",
            "--frontend=dockerfile.v0",
            "--local",
            &context,
            "--local",
            &file,
        ]);
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (is_built, said) = build(&pinned);
    assert!(is_built && !server.asked().is_empty(), "{said}");
    let (is_built, said) = build(&other);
    assert!(!is_built && said.contains("certificate"), "{said}");
}
