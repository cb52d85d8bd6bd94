//! What an `up` that fails leaves: nothing that it has made, and all that was there before.

use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

#[test]
fn an_engine_on_a_cache_that_was_there_is_given_its_time() {
    for (has_cache, seconds) in [(true, "t=300"), (false, "t=10")] {
        let stops = Arc::new(Mutex::new(Vec::new()));
        let noted = Arc::clone(&stops);
        let daemon =
            DockerFake::start("docker.io/moby/buildkit:v0.30.0", Says::Nothing, move |name, asked| {
                if name == "POST /containers/{}/stop" {
                    noted.lock().expect("nobody panics").push(asked.path.clone());
                }
                None
            });
        let name = "pin-buildkit-given-time-0.30";
        let volume =
            json!({ "Name": name, "Labels": { "pin.project": "given-time", "pin.toolchain": "buildkit" } });
        if has_cache {
            Api::new(daemon.address()).post("/volumes/create", Some(&volume));
        }
        let pinned = Pinned::with("given-time", "0.30.0", &Api::nobody(), "start_timeout = '1s'")
            .through(&daemon.address());
        pinned.up().exits(5);
        let stops = stops.lock().expect("nobody panics");
        assert!(stops.len() == 1 && stops[0].contains(seconds), "{has_cache}: {stops:?}");
        assert_eq!(daemon.left(), if has_cache { vec![name.to_owned()] } else { Vec::new() });
    }
}

#[test]
fn a_volume_that_only_has_the_name_is_left_alone() {
    let daemon = DockerFake::start("docker.io/moby/buildkit:v0.30.0", Says::buildkit("0.30.0"), |_, _| None);
    let volume = json!({ "Name": "pin-buildkit-theirs-0.30", "Labels": {} });
    Api::new(daemon.address()).post("/volumes/create", Some(&volume));
    let pinned = Pinned::new("theirs", "0.30.0", &Api::nobody()).through(&daemon.address());
    let run = pinned.up();
    let words = "the volume `pin-buildkit-theirs-0.30` is not one that `pin` has made";
    assert!(run.exits(4).stderr.contains(words), "{}", run.stderr);
    assert_eq!(daemon.left(), ["pin-buildkit-theirs-0.30"]);
}

/// Nothing is guessed: who is asked and says nothing may have clients.
#[test]
fn an_engine_that_does_not_say_who_uses_it_makes_way_for_down_alone() {
    // Nothing runs inside the containers of the fake, so nobody can be asked there.
    let daemon = DockerFake::start("registry.dagger.io/engine:v0.21.8", Says::dagger("0.21.8"), |_, _| None);
    let mut pinned = Pinned::dagger("untold", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    pinned.up().exits(0);
    pinned.pin("0.20.8");
    let run = pinned.up();
    let words = "`pin-dagger-untold-0.21.8` has to make way, and does not say who uses it: ";
    assert!(run.exits(4).stderr.contains(words), "{}", run.stderr);
    assert!(run.stderr.contains("hint: run `pin engine down` first"), "{}", run.stderr);
    assert!(daemon.left().contains(&"pin-dagger-untold-0.21.8".to_owned()), "{:?}", daemon.left());
    let run = pinned.down();
    let note = "note: pin-dagger-untold-0.21.8 does not say who uses it: ";
    assert!(run.exits(0).stderr.contains(note), "{}", run.stderr);
    assert!(!daemon.left().contains(&"pin-dagger-untold-0.21.8".to_owned()), "{:?}", daemon.left());
}

/// Who is busy may be so with clients.
#[test]
fn an_engine_that_is_slow_to_say_who_uses_it_is_asked_again() {
    let asked = AtomicUsize::new(0);
    let daemon =
        DockerFake::start("registry.dagger.io/engine:v0.21.8", Says::dagger("0.21.8"), move |name, _| {
            let is_asked = name == "POST /containers/{}/exec";
            // The next time it can be told that nobody can be asked.
            (is_asked && asked.fetch_add(1, Ordering::SeqCst) == 0).then_some(Reply::Hang)
        });
    let pinned = Pinned::dagger("slow", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    pinned.up().exits(0);
    let run = pinned.run(&["--timeout", "1s", "engine", "down"]);
    let name = "pin-dagger-slow-0.21.8";
    let words =
        format!("waiting for {name} to say who uses it; `--force` does not wait\nnote: {name} does not say");
    assert!(run.exits(0).stderr.contains(&words), "{}", run.stderr);
    assert!(!daemon.left().contains(&name.to_owned()), "{:?}", daemon.left());
}
