//! What `real_dagger` asks of Dagger engines, asked of fakes of them, which every machine has; and what no real one does
//! on demand.

use crate::engine_audit::{announced, entries};
use crate::real_dagger::{comes_up, is_refused, is_silent};
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, Says};
use crate::support::pinned::Pinned;
use crate::support::server::{Asked, Reply};
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};

const VERSION: &str = "0.21.8";
const IMAGE: &str = "registry.dagger.io/engine:v0.21.8";
const SOON: &str = "start_timeout = '5s'";

fn daemon(script: impl Fn(&str, &Asked) -> Option<Reply> + Send + Sync + 'static) -> (DockerFake, Api) {
    let daemon = DockerFake::start(IMAGE, Says::dagger(VERSION), script);
    let api = Api::new(daemon.address());
    (daemon, api)
}

#[test]
fn an_engine_comes_up() {
    let (_daemon, api) = daemon(|_, _| None);
    comes_up(&Pinned::dagger("dagger", VERSION, &api, SOON), VERSION);
}

#[test]
fn an_engine_that_somebody_else_names_has_to_be_the_pinned_one() {
    let (_daemon, api) = daemon(|_, _| None);
    let pinned = Pinned::dagger("injecting", VERSION, &api, SOON);
    let other = pinned.home().join("engine.sock");
    let address = format!("unix://{}", other.display());
    let engine = EngineFake::on_socket(&other, Says::dagger("0.20.8"));
    is_refused(&pinned, &address, "0.20.8", VERSION);
    drop(engine);
    let _engine = EngineFake::on_socket(&other, Says::Nothing);
    is_silent(&pinned, &address);
}

/// Whoever works with an engine all day asks for it all day: the daemon whether it is there and what runs, the engine what
/// it is.
#[test]
fn an_engine_that_is_up_costs_two_small_questions() {
    let (daemon, api) = daemon(|_, _| None);
    let pinned = Pinned::dagger("asked-little", VERSION, &api, SOON);
    pinned.up().exits(0);
    let before = daemon.asked().len();
    let up = ["GET /_ping", "GET /containers/{}/json"];
    pinned.up().exits(0);
    assert_eq!(daemon.asked()[before..], up);
}

/// A log as the daemon sends it: each piece after its stream and its length (Docker Engine API, `ContainerAttach`).
fn log(lines: &[&str]) -> Reply {
    let mut bytes = Vec::new();
    for line in lines {
        let line = format!("2026-01-01T00:00:00.5Z {line}\n");
        let length = u32::try_from(line.len()).expect("a short line");
        bytes.extend([&[2, 0, 0, 0][..], &length.to_be_bytes(), line.as_bytes()].concat());
    }
    Reply::ok(bytes).with("Content-Type", "application/vnd.docker.multiplexed-stream")
}

/// A daemon whose first engines end at once, so many of them, and say this.
fn dying(times: usize, lines: &'static [&str]) -> (DockerFake, Api) {
    let starts = AtomicUsize::new(0);
    daemon(move |asked, _| {
        let has_failed = || starts.load(Ordering::SeqCst) <= times;
        match asked {
            "POST /containers/{}/start" => {
                let fails = starts.fetch_add(1, Ordering::SeqCst) < times;
                fails.then(|| Reply::status(204, ""))
            }
            "POST /containers/{}/wait" if has_failed() => {
                Some(Reply::ok("{\"StatusCode\":1}").with("Content-Type", "application/json"))
            }
            "GET /containers/{}/logs" if has_failed() => Some(log(lines)),
            _ => None,
        }
    })
}

/// How often an engine was started.
fn starts(daemon: &DockerFake) -> usize {
    daemon.asked().iter().filter(|asked| *asked == "POST /containers/{}/start").count()
}

/// Dagger's entrypoint cannot always write to its control group, and can the next time (dagger/dagger#7785).
#[test]
fn an_entrypoint_that_fails_is_started_again() {
    const LINES: [&str; 2] = ["+ sed -e s/ / +/g", "sed: write error"];
    for (times, exit) in [(1, 0), (3, 0), (4, 4), (99, 4)] {
        let (daemon, api) = dying(times, &LINES);
        let pinned = Pinned::dagger("flaky", VERSION, &api, SOON);
        let run = pinned.up();
        run.exits(exit);
        assert_eq!(starts(&daemon), (times + 1).min(4), "{}", run.stderr);
        assert!(run.stderr.contains("starting pin-dagger-flaky-0.21.8 again"), "{}", run.stderr);
        // It is said once what that means, and written down as often as it is done.
        assert_eq!(announced(&run), 1, "{}", run.stderr);
        let is_start = |entry: &&Value| entry["action"] == "start" && entry["is_privileged"] == true;
        assert_eq!(entries(&pinned).iter().filter(is_start).count(), (times + 1).min(4));
        if exit == 4 {
            assert!(run.stderr.contains("sed: write error"), "{}", run.stderr);
            assert_eq!(daemon.left(), Vec::<String>::new());
        }
    }
}

#[test]
fn an_engine_that_fails_itself_is_not_started_again() {
    for lines in [
        &["sed: write error", "msg=\"starting dagger engine version:v0.21.8\"", "dagger-engine: no"][..],
        &["dagger-engine: could not lock /var/lib/dagger/dagger-engine.lock"],
    ] {
        let (daemon, api) = dying(99, lines);
        let run = Pinned::dagger("broken", VERSION, &api, SOON).up();
        run.exits(4);
        assert_eq!(starts(&daemon), 1);
        assert!(run.stderr.contains("dagger-engine: "), "{}", run.stderr);
    }
}
