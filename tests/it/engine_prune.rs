//! `pin engine prune`: what goes, what would, and how long somebody is waited for who says nothing.

use crate::schemas::assert_output;
use crate::support::daemon::{Daemon, Store};
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, RECORDS, Says};
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use pin::engine::runtime::Address;
use pin::engine::{Daemon as Client, DaemonError, ProbeError, Prune, Way};
use pin::world::wait_for;
use serde_json::Value;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";
const SOON: Duration = Duration::from_millis(200);
const LATER: Duration = Duration::from_secs(20);

fn wait<T>(future: impl Future<Output = T>) -> T {
    wait_for(future).expect("a runtime starts").expect("nobody interrupts")
}

fn prune(pinned: &Pinned, options: &[&str]) -> Value {
    let run = pinned.run(&[&["engine", "prune"], options, &["--format", "json"]].concat());
    assert_output("engine-prune", &run.exits(0).stdout)
}

#[test]
fn an_engine_that_falls_silent_is_not_waited_for_forever() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let socket = directory.path().join("s");
    for (says, bound, silence) in [
        (Says::Nothing, SOON, LATER),
        (Says::Beginning, SOON, LATER),
        // It says what it is, and then nothing.
        (Says::Stuck { version: VERSION.to_owned() }, LATER, SOON),
    ] {
        let _engine = EngineFake::on_socket(&socket, says.clone());
        let way = Way::Socket(socket.clone());
        let pruned = wait(Prune::default().run(&way, bound, silence, |_| {}));
        assert!(matches!(pruned, Err(ProbeError::Silent(SOON))), "{says:?}: {pruned:?}");
        let would = wait(Prune::default().would(&way, SOON, 0));
        assert!(matches!(would, Err(ProbeError::Silent(SOON))), "{says:?}: {would:?}");
    }
    let _engine = EngineFake::on_socket(&socket, Says::buildkit(VERSION));
    let mut seen = Vec::new();
    let way = Way::Socket(socket.clone());
    let pruned = wait(Prune::default().run(&way, LATER, LATER, |gone| seen.push(gone.size)));
    assert_eq!((pruned.expect("it answers").size, seen), (1234, vec![1000, 1234]));
}

#[test]
fn a_silent_cache_ends_the_verb_with_5_and_a_paused_engine_is_named() {
    let says = Says::Stuck { version: format!("v{VERSION}") };
    let daemon = DockerFake::start(IMAGE, says, |_, _| None);
    let pinned = Pinned::new("stuck", VERSION, &Api::nobody()).through(&daemon.address());
    pinned.up().exits(0);
    let run = pinned.run(&["--timeout", "1s", "engine", "prune", "--all", "--dry-run"]);
    assert!(run.exits(5).stderr.contains("did not answer within 1 s"), "{}", run.stderr);

    let Some((daemon, engines)) = Daemon::shared("pruning a paused engine", Store::Containerd) else {
        return;
    };
    let pinned = Pinned::new("prune-paused", &engines.version, daemon);
    pinned.up().exits(0);
    daemon.post(&format!("/containers/{}/pause", pinned.container()), None);
    for options in [&["--all"][..], &["--all", "--dry-run"]] {
        let run = pinned.run(&[&["engine", "prune"], options].concat());
        let name = pinned.container();
        let words = format!("error: `{name}` is paused\nhint: ");
        assert!(run.exits(5).stderr.starts_with(&words), "{}", run.stderr);
    }
    daemon.post(&format!("/containers/{}/unpause", pinned.container()), None);
    pinned.down().exits(0);
}

#[test]
fn what_would_go_is_said_and_nothing_goes() {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), |_, _| None);
    let pinned = Pinned::new("would", VERSION, &Api::nobody()).through(&daemon.address());
    let run = pinned.run(&["engine", "prune", "--all", "--dry-run"]);
    assert!(run.exits(4).stderr.starts_with("error: no BuildKit of would runs"), "{}", run.stderr);
    let run = pinned.run(&["engine", "prune", "--dry-run"]);
    assert!(run.exits(2).stderr.starts_with("error: nothing says how much"), "{}", run.stderr);
    pinned.up().exits(0);
    let words = |options: &[&str]| {
        pinned.run(&[&["engine", "prune", "--dry-run"], options].concat()).exits(0).stdout.clone()
    };
    let prune_words = "prune what is cached and not in use";
    assert_eq!(words(&["--all"]), format!("{prune_words}: 1.2 kB at most\n"));
    assert_eq!(words(&["--keep", "1kB"]), format!("{prune_words}, until 1.0 kB are left: 234 B at most\n"));
    assert_eq!(
        words(&["--unused-for", "1h"]),
        format!("{prune_words}, and was not for 3600 s: 1.2 kB at most\n")
    );
    let seen = prune(&pinned, &["--all", "--dry-run"]);
    let total = RECORDS.iter().sum::<i64>();
    assert_eq!((&seen["dry_run"], &seen["size"], &seen["entries"]), (&true.into(), &total.into(), &2.into()));
    assert_eq!(prune(&pinned, &["--keep", "1kB", "--dry-run"])["entries"], Value::Null);
    // Nothing is written down that was not done.
    let audit = pinned.run(&["audit"]);
    assert!(!audit.exits(0).stdout.contains("prune"), "{}", audit.stdout);
    let seen = prune(&pinned, &["--all"]);
    assert_eq!(
        (&seen["dry_run"], &seen["size"], &seen["entries"]),
        (&false.into(), &total.into(), &2.into())
    );
    assert!(pinned.run(&["audit"]).exits(0).stdout.contains("prune"));
}

/// A daemon in whose engine the client prints these answers, one after the other.
fn dagger(version: &str, answers: &'static [&'static str]) -> DockerFake {
    let asked = AtomicUsize::new(0);
    let image = format!("registry.dagger.io/engine:v{version}");
    DockerFake::start(&image, Says::dagger(version), move |name, _| {
        let is_client = name == "POST /exec/{}/start";
        let index = is_client.then(|| asked.fetch_add(1, Ordering::SeqCst))?;
        Some(answers.get(index).map_or(Reply::Hang, |answer| Reply::Printed((*answer).into())))
    })
}

const SIZE_300: &str = r#"{"engine":{"localCache":{"entrySet":{"diskSpaceBytes":300}}}}"#;
const SIZE_100: &str = r#"{"engine":{"localCache":{"entrySet":{"diskSpaceBytes":100}}}}"#;
const PRUNED: &str = r#"{"engine":{"localCache":{"prune":null}}}"#;

#[test]
fn a_dagger_engine_is_asked_before_and_after() {
    let daemon = dagger("0.21.8", &[SIZE_300, SIZE_300, PRUNED, SIZE_100]);
    let pinned = Pinned::dagger("cache", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    pinned.up().exits(0);
    let run = pinned.run(&["engine", "prune", "--keep", "100B", "--dry-run"]);
    let expect = "prune what is cached and not in use, until 100 B are left: 200 B at most\n";
    assert_eq!(run.exits(0).stdout, expect);
    let seen = prune(&pinned, &["--keep", "100B"]);
    assert_eq!((&seen["size"], &seen["entries"]), (&200.into(), &Value::Null), "{seen}");
    // Nobody else ends a client whose engine is silent.
    let body = daemon.body("POST /containers/{}/exec");
    assert_eq!(
        (&body["Cmd"][0], &body["Cmd"][1], &body["Cmd"][2]),
        (&"timeout".into(), &"25".into(), &"dagger".into())
    );
    // The next question is not answered.
    let run = pinned.run(&["--timeout", "1s", "engine", "prune", "--all"]);
    assert!(run.exits(5).stderr.contains("within 1 s"), "{}", run.stderr);
}

#[test]
fn a_dagger_engine_that_prunes_too_long_is_silent() {
    let daemon = dagger("0.21.8", &[SIZE_300]);
    let pinned = Pinned::dagger("cache", "0.21.8", &Api::nobody(), "").through(&daemon.address());
    pinned.up().exits(0);
    let address = Address::parse(&daemon.address(), None).expect("an address");
    let pruned = wait(async {
        let client = Client::connect(&address, LATER).await.expect("it is there");
        client.prune_dagger(&pinned.container(), None, SOON).await
    });
    assert!(matches!(pruned, Err(DaemonError::Silent { after: SOON, .. })), "{pruned:?}");
}

#[test]
fn what_a_dagger_engine_does_not_do_is_refused_in_earnest_and_before() {
    let refused = |version: &str, options: &[&str], words: &str| {
        let daemon = dagger(version, &[]);
        let pinned = Pinned::dagger("cache", version, &Api::nobody(), "").through(&daemon.address());
        pinned.up().exits(0);
        for dry_run in [&[][..], &["--dry-run"]] {
            let run = pinned.run(&[&["engine", "prune"], options, dry_run].concat());
            assert!(run.exits(2).stderr.contains(words), "{}", run.stderr);
        }
        assert!(!daemon.asked().contains(&"POST /containers/{}/exec".to_owned()));
    };
    refused("0.21.8", &["--unused-for", "1h"], "prunes by size, and not by age");
    refused("0.19.11", &["--keep", "1GB"], "prunes all that is not in use, or nothing");
}

fn size(pinned: &Pinned) -> u64 {
    let status = pinned.run(&["engine", "status", "--format", "json"]);
    let status = assert_output("engine-status", &status.exits(0).stdout);
    status["caches"][0]["size"].as_u64().expect("an engine that is up counts its cache")
}

#[test]
fn a_real_engine_keeps_what_is_asked_for() {
    let Some((daemon, engines)) = Daemon::shared("pruning", Store::Containerd) else { return };
    let pinned = Pinned::new("pruning", &engines.version, daemon);
    pinned.up().exits(0);
    let number = |value: &Value| value["size"].as_u64().expect("BuildKit counts its cache");
    for (name, megabytes) in [("a", 8), ("b", 4)] {
        pinned.build(name, megabytes);
    }
    let all = size(&pinned);
    assert!(all > 12_000_000, "{all}");
    // Nothing is that old, or that much.
    for options in [["--unused-for", "1h"], ["--keep", "1TB"]] {
        assert_eq!(number(&prune(&pinned, &[&options[..], &["--dry-run"]].concat())), 0);
        assert_eq!(number(&prune(&pinned, &options)), 0);
    }
    assert_eq!(size(&pinned), all);
    let would = number(&prune(&pinned, &["--keep", "10MB", "--dry-run"]));
    assert_eq!(size(&pinned), all);
    let gone = number(&prune(&pinned, &["--keep", "10MB"]));
    let left = size(&pinned);
    assert!(would > 0 && gone >= would && left <= 10_000_000 && left > 0, "{all}: {would} {gone} {left}");
    let would = prune(&pinned, &["--unused-for", "1ms", "--dry-run"]);
    let gone = prune(&pinned, &["--unused-for", "1ms"]);
    assert!(number(&gone) > 0 && number(&gone) <= number(&would), "{would} {gone}");
    assert_eq!(number(&prune(&pinned, &["--all", "--dry-run"])), size(&pinned));
    pinned.down().exits(0);
}
