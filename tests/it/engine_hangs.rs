//! Verbs that look after an engine, before a daemon that falls silent at any one of their questions.

use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";

/// What a verb asks a daemon with an engine that is up, once each.
fn questions(verb: &[&str]) -> Vec<String> {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), |_, _| None);
    let pinned = pinned(&daemon);
    pinned.up().exits(0);
    let before = daemon.asked().len();
    pinned.run(verb).exits(0);
    let mut questions: Vec<String> = Vec::new();
    for question in daemon.asked().drain(before..) {
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    questions
}

fn pinned(daemon: &DockerFake) -> Pinned {
    // Nothing is taken back: the fake ends with its containers.
    Pinned::new("silent", VERSION, &Api::nobody()).through(&daemon.address())
}

/// Panics unless a verb ends with 5 whichever question is not answered; without those in `spares` it does its job.
#[track_caller]
fn ends(verb: &[&str], spares: &[&str]) {
    let all = questions(verb);
    assert!(all.len() > 1 && spares.iter().all(|spared| all.iter().any(|one| one == spared)), "{all:?}");
    let has_other =
        ["/var/run/docker.sock", "/run/podman/podman.sock"].iter().any(|path| Path::new(path).exists());
    for question in all {
        // There another one is found instead.
        if question == "GET /_ping" && has_other {
            continue;
        }
        let (is_up, asked) = (Arc::new(AtomicBool::new(false)), question.clone());
        let hangs = Arc::clone(&is_up);
        let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), move |name, _| {
            let is_it = asked == name;
            (hangs.load(Ordering::SeqCst) && is_it).then_some(Reply::Hang)
        });
        let pinned = pinned(&daemon);
        pinned.up().exits(0);
        is_up.store(true, Ordering::SeqCst);
        let run = pinned.run(&[&["--timeout", "1s"], verb].concat());
        let exit = if spares.contains(&question.as_str()) { "0" } else { "5" };
        assert_eq!(run.exit, exit, "{verb:?}, {question}: {run:?}");
        let says_how_long = [&run.stdout, &run.stderr].iter().any(|said| said.contains(" 1 s"));
        assert!(exit == "0" || says_how_long, "{verb:?}, {question}: {run:?}");
    }
}

#[test]
fn status_tells_who_is_silent() {
    // How large a cache is nobody else needs to know.
    ends(&["engine", "status"], &["POST /containers/{}/exec", "POST /exec/{}/start"]);
}

#[test]
fn the_doctor_tells_who_is_silent() {
    // What a daemon says about itself, and how large volumes are, no engine needs.
    ends(&["engine", "doctor"], &["GET /info", "GET /version", "GET /volumes/{}", "GET /system/df"]);
}

#[test]
fn env_and_check_tell_who_is_silent() {
    ends(&["env"], &[]);
    ends(&["check", "--live"], &[]);
}

#[test]
fn logs_tell_who_is_silent() {
    ends(&["engine", "logs"], &[]);
    ends(&["engine", "logs", "--follow"], &[]);
}

#[test]
fn prune_tells_who_is_silent() {
    ends(&["engine", "prune", "--all"], &[]);
    ends(&["engine", "prune", "--all", "--dry-run"], &[]);
}

#[test]
fn a_plan_of_the_end_tells_who_is_silent() {
    ends(&["engine", "down", "--purge", "--dry-run"], &[]);
}
