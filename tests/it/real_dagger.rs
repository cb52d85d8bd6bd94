//! Real Dagger engines, brought up and ended as a user would, with clients that use them.

use crate::support::Run;
use crate::support::daemon::Setup;
use crate::support::dagger::{OFFICIAL, Releases};
use crate::support::dagger_session::Session;
use crate::support::docker_api::Api;
use crate::support::pinned::Pinned;
use serde_json::{Value, json};
use std::process::Stdio;
use std::time::{Duration, Instant};

const WIPED: &str = "has thrown its cache away";

/// A repository that pins the newer release, whose user has that CLI.
fn pinned(name: &str, api: &Api, releases: &Releases) -> Pinned {
    Pinned::dagger(name, &releases.pinned.version, api, "").with_programs(&releases.pinned.programs)
}

/// What a step prints in a session of its own.
fn step(pinned: &Pinned) -> String {
    let session = Session::open(pinned);
    let printed = session.runs_step(pinned);
    session.close();
    printed
}

fn order(api: &Api, pinned: &Pinned, order: &str) {
    api.post(&format!("/containers/{}/{order}", pinned.container()), None);
}

fn status(pinned: &Pinned) -> Value {
    let run = pinned.run(&["engine", "status", "--format", "json"]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{run:?}: {error}"))
}

/// `dagger query` through `pin exec`, or through a shell's `dagger` where `pin` is left out.
fn query(pinned: &Pinned, query: &str) -> Run {
    pinned.run(&["exec", "--", "dagger", "query", "-M", "--silent", "--doc", query])
}

/// Returns once somebody uses the engine as its own status tells it.
fn wait_for_clients(pinned: &Pinned, count: usize) -> Value {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        let status = status(pinned);
        let clients = status["containers"][0]["clients"].as_array().map(Vec::len);
        if clients == Some(count) {
            return status;
        }
        assert!(Instant::now() < until, "{count} clients are wanted: {status}");
    }
}

/// Whatever stands behind the daemon: an engine, or a fake of one.
pub(crate) fn comes_up(pinned: &Pinned, version: &str) {
    let run = pinned.up();
    run.exits(0);
    assert!(run.stdout.contains(&format!("v{version} is up: unix://")), "{}", run.stdout);
    assert_eq!(pinned.containers(), [(pinned.container(), "running".to_owned())]);
    let again = pinned.run(&["--offline", "engine", "up"]);
    again.exits(0);
    assert!(again.stdout.contains("was up"), "{}", again.stdout);
    assert_eq!(pinned.containers(), [(pinned.container(), "running".to_owned())]);
    let told = status(pinned);
    assert_eq!((&told["found"], &told["mode"]), (&json!(format!("v{version}")), &json!("isolated")));
    assert_eq!(told["containers"][0]["name"], pinned.container());
    let exported = pinned.run(&["env", "--shell", "dotenv"]);
    exported.exits(0);
    let socket = pinned.socket().expect("it has one");
    let socket = socket.strip_prefix(pinned.home()).expect("below the home");
    let line = format!("_EXPERIMENTAL_DAGGER_RUNNER_HOST=unix://[HOME]/{}", socket.display());
    assert!(exported.stdout.contains(&line), "{}", exported.stdout);
}

/// An engine that somebody names with Dagger's own variable is the one in force, and so has to be the pinned one.
pub(crate) fn is_refused(pinned: &Pinned, address: &str, found: &str, wanted: &str) {
    for arguments in NEED_AN_ENGINE {
        let run = with_injected(pinned, arguments, address);
        run.exits(6);
        assert!(run.stderr.contains(found) && run.stderr.contains(wanted), "{}", run.stderr);
    }
    // Nothing was made for it.
    pinned.assert_only(&[]);
}

/// One that takes connections and says nothing is told from another one, and from none.
pub(crate) fn is_silent(pinned: &Pinned, address: &str) {
    for arguments in NEED_AN_ENGINE {
        with_injected(pinned, &[&["--timeout", "1s"], arguments].concat(), address).exits(5);
    }
}

const NEED_AN_ENGINE: [&[&str]; 3] = [&["engine", "up"], &["exec", "--", "/bin/true"], &["env"]];

fn with_injected(pinned: &Pinned, arguments: &[&str], address: &str) -> Run {
    let mut command = pinned.command(arguments);
    pinned.project.run(command.env("_EXPERIMENTAL_DAGGER_RUNNER_HOST", address))
}

#[test]
fn an_engine_is_what_is_pinned_and_tells_about_itself() {
    let Some((daemon, releases)) = Releases::shared("a Dagger engine") else { return };
    let pinned = pinned("dagger", daemon, &releases);
    let version = &releases.pinned.version;
    comes_up(&pinned, version);
    pinned.assert_up();
    assert_eq!(pinned.says(), (version.clone(), pinned.container()));

    // The CLI of the same version, and nobody else's words.
    let document = pinned.home().join("query");
    std::fs::write(&document, "{version}").expect("a file can be written");
    let run = query(&pinned, &document.display().to_string());
    run.exits(0);
    assert!(run.stdout.contains(&format!("v{version}")), "{}", run.stdout);
    assert_eq!(run.stderr.trim(), "");

    let printed = step(&pinned);
    assert_eq!(step(&pinned), printed);
    let session = Session::open(&pinned);
    let told = wait_for_clients(&pinned, 1);
    session.close();
    assert_eq!(told["found"], format!("v{version}"));
    assert_eq!(told["containers"][0]["name"], pinned.container());
    assert_eq!(told["caches"][0]["volume"], pinned.volume());
    assert!(told["caches"][0]["size"].as_u64().is_some_and(|size| size > 0), "{told}");

    let logs = pinned.run(&["engine", "logs", "--tail", "10000"]);
    logs.exits(0);
    assert!(logs.stdout.contains("running server on"), "{}", logs.stdout);

    wait_for_clients(&pinned, 0);
    pinned.run(&["engine", "prune", "--unused-for", "1h"]).exits(2);
    pinned.run(&["engine", "prune", "--keep", "10GB"]).exits(0);
    assert_eq!(step(&pinned), printed, "what was to be kept is gone");
    pinned.run(&["engine", "prune", "--all"]).exits(0);
    assert_ne!(step(&pinned), printed, "what was to go is there");

    // An engine that is held still answers nobody, and is left as it is.
    order(daemon, &pinned, "pause");
    for arguments in [&["engine", "up"][..], &["exec", "--", "/bin/true"]] {
        let run = pinned.run(&[&["--timeout", "5s"], arguments].concat());
        run.exits(5);
        assert!(run.stderr.contains("paused"), "{}", run.stderr);
    }
    assert_eq!(pinned.inspect()["State"]["Paused"], true);
    // And ends in peace, as it should.
    pinned.down().exits(0);
    pinned.assert_only(&[&pinned.volume()]);
    pinned.up().exits(0);
    pinned.run(&["engine", "down", "--purge", "--yes"]).exits(0);
    pinned.assert_only(&[]);
}

#[test]
fn whoever_uses_an_engine_is_waited_for() {
    let Some((daemon, releases)) = Releases::shared("clients of a Dagger engine") else { return };
    let mut pinned = pinned("dagger-clients", daemon, &releases);
    pinned.up().exits(0);
    let session = Session::open(&pinned);
    let printed = session.runs_step(&pinned);
    let told = wait_for_clients(&pinned, 1);
    let client = told["containers"][0]["clients"][0].as_str().expect("it has a name").to_owned();
    let started = pinned.inspect()["State"]["StartedAt"].clone();

    // Another version has to wait.
    let name = pinned.container();
    pinned.pin(&releases.before.version);
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains(&client) && run.stderr.contains(&name), "{}", run.stderr);
    pinned.pin(&releases.pinned.version);

    // And so has the end, as long as it may.
    pinned.write("stop_timeout = '1s'");
    let run = pinned.down();
    run.exits(4);
    assert!(run.stderr.contains(&client), "{}", run.stderr);
    assert_eq!(pinned.inspect()["State"]["StartedAt"], started);
    assert_eq!(pinned.inspect()["State"]["Running"], true);

    // A client that is killed is nobody any more; what was cached is kept.
    pinned.write("");
    let mut command = pinned.command(&["engine", "down"]);
    let mut down = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("pin starts");
    let mut said = std::io::BufReader::new(down.stderr.take().expect("it has been asked for"));
    let mut line = String::new();
    std::io::BufRead::read_line(&mut said, &mut line).expect("it says whom it waits for");
    assert!(line.contains(&client), "{line}");
    session.kill();
    assert!(down.wait().expect("it ends").success());
    pinned.assert_only(&[&pinned.volume()]);

    let run = pinned.up();
    run.exits(0);
    assert!(!run.stderr.contains(WIPED), "{}", run.stderr);
    assert_eq!(step(&pinned), printed, "the cache is lost");
}

/// Dagger from 0.21 on throws its cache away when it was killed; that is said, and nothing else is lost.
#[test]
fn an_engine_that_was_killed_is_brought_up_again() {
    let Some((daemon, releases)) = Releases::shared("a Dagger engine that is killed") else { return };
    let pinned = pinned("dagger-killed", daemon, &releases);
    pinned.up().exits(0);
    let printed = step(&pinned);
    order(daemon, &pinned, "kill");
    assert_eq!(status(&pinned)["containers"][0]["state"], "exited");
    let run = pinned.up();
    run.exits(0);
    pinned.assert_up();
    let is_kept = step(&pinned) == printed;
    assert_eq!(run.stderr.contains(WIPED), !is_kept, "kept: {is_kept}, {}", run.stderr);

    let printed = step(&pinned);
    pinned.down().exits(0);
    let run = pinned.up();
    run.exits(0);
    assert!(!run.stderr.contains(WIPED), "{}", run.stderr);
    assert_eq!(step(&pinned), printed);
}

#[test]
fn releases_of_two_epochs_have_a_cache_each() {
    let Some((daemon, releases)) = Releases::shared("two releases of Dagger") else { return };
    let (newer, older) = (&releases.pinned, &releases.before);
    let mut pinned =
        Pinned::dagger("dagger-epochs", &older.version, daemon, "").with_programs(&older.programs);
    pinned.up().exits(0);
    pinned.assert_up();
    let (first, with_older) = (pinned.volume(), step(&pinned));

    pinned.pin(&newer.version);
    let mut pinned = pinned.with_programs(&newer.programs);
    pinned.up().exits(0);
    assert_eq!(pinned.containers(), [(pinned.container(), "running".to_owned())]);
    assert_eq!(pinned.answer(), newer.version);
    let with_newer = step(&pinned);
    assert_ne!(with_newer, with_older);
    let mut both = [first.clone(), pinned.volume()];
    both.sort();
    assert_ne!(first, pinned.volume());
    assert_eq!(pinned.volumes(), both);

    pinned.pin(&older.version);
    let pinned = pinned.with_programs(&older.programs);
    pinned.up().exits(0);
    assert_eq!(step(&pinned), with_older);
    pinned.down().exits(0);
    pinned.assert_only(&[&both[0], &both[1]]);
}

#[test]
fn an_engine_that_somebody_else_names_has_to_be_the_pinned_one() {
    let Some((daemon, releases)) = Releases::shared("an injected Dagger engine") else { return };
    let older = Pinned::dagger("dagger-injected", &releases.before.version, daemon, "");
    older.up().exits(0);
    let address = format!("unix://{}", older.socket().expect("it has one").display());
    let pinned = pinned("dagger-injecting", daemon, &releases);
    is_refused(&pinned, &address, &releases.before.version, &releases.pinned.version);
    order(daemon, &older, "pause");
    is_silent(&pinned, &address);
    order(daemon, &older, "unpause");
    older.down().exits(0);
    with_injected(&pinned, &["engine", "up"], &address).exits(4);
}

#[test]
fn a_cache_that_another_engine_uses_is_refused() {
    let Some((daemon, releases)) = Releases::shared("a busy cache of Dagger") else { return };
    let pinned = pinned("dagger-busy", daemon, &releases);
    let create = json!({
        "Image": releases.pinned.image(),
        "HostConfig": { "Privileged": true, "Binds": [format!("{}:/var/lib/dagger", pinned.volume())] },
    });
    daemon.post("/containers/create?name=dagger-by-hand", Some(&create));
    daemon.post("/containers/dagger-by-hand/start", None);
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains("dagger-by-hand") && run.stderr.contains(&pinned.volume()), "{}", run.stderr);
    pinned.assert_only(&[]);
    assert_eq!(daemon.get("/containers/dagger-by-hand/json")["State"]["Running"], true);
    daemon.ask("DELETE", "/containers/dagger-by-hand?force=1", None);
    daemon.ask("DELETE", &format!("/volumes/{}", pinned.volume()), None);
}

#[test]
fn many_lives_of_an_engine_leave_what_one_leaves() {
    let Some((daemon, releases)) = Releases::shared("five lives of a Dagger engine") else { return };
    // The older one ends in two seconds, the newer one in twenty.
    let pinned = Pinned::dagger("dagger-cycles", &releases.before.version, daemon, "");
    for _ in 0..5 {
        pinned.up().exits(0);
        pinned.assert_up();
        pinned.down().exits(0);
        pinned.assert_only(&[&pinned.volume()]);
    }
}

#[test]
fn a_daemon_that_starts_again_has_the_engine_and_its_cache() {
    let setup = Setup::default().with_bridge();
    let Some((daemon, releases)) = Releases::with_daemon("a daemon with Dagger restarts", &setup) else {
        return;
    };
    let pinned = pinned("dagger-restart", &daemon, &releases);
    pinned.up().exits(0);
    let printed = step(&pinned);
    daemon.restart();
    let run = pinned.up();
    run.exits(0);
    pinned.assert_up();
    assert!(!run.stderr.contains(WIPED), "{}", run.stderr);
    assert_eq!(step(&pinned), printed);
}

/// Without a bridge, engines share the network of the daemon's machine, and one port of it that each of them needs.
#[test]
fn engines_that_share_a_network_get_into_each_others_way() {
    let setup = Setup::default().in_own_network();
    let Some((daemon, releases)) = Releases::with_daemon("two Dagger engines without a bridge", &setup)
    else {
        return;
    };
    let first = pinned("dagger-first", &daemon, &releases);
    let run = first.up();
    run.exits(0);
    assert!(run.stderr.contains("uses the network of its machine"), "{}", run.stderr);
    let second = pinned("dagger-second", &daemon, &releases);
    let run = second.up();
    run.exits(4);
    assert!(run.stderr.contains("port 53"), "{}", run.stderr);
    second.assert_only(&[]);
    first.assert_up();
    first.down().exits(0);
    second.up().exits(0);
    second.assert_up();
    second.down().exits(0);
}

/// The entrypoint of an engine cannot always write to its control group (dagger/dagger#7785), and can the next time.
#[test]
fn an_engine_whose_entrypoint_fails_twice_comes_up() {
    let Some((daemon, releases)) = Releases::shared("a Dagger engine that fails twice") else { return };
    let version = &releases.pinned.version;
    let flaky = "n=$(cat /tries || echo 0); echo $((n+1)) >/tries; \
                 [ $n -ge 2 ] || { echo 'sed: write error' >&2; exit 1; }; exec dagger-entrypoint.sh \"$@\"";
    let made = daemon.post("/containers/create", Some(&json!({ "Image": releases.pinned.image() })));
    let id = made["Id"].as_str().expect("it has an id");
    let image = "engines.example/flaky";
    let body = json!({ "Entrypoint": ["sh", "-c", flaky, "sh"] });
    daemon.post(&format!("/commit?container={id}&repo={image}&tag=v{version}"), Some(&body));
    daemon.ask("DELETE", &format!("/containers/{id}?v=1"), None);
    let pinned = Pinned::dagger("dagger-flaky", version, daemon, &format!("image = '{image}'"));
    assert_ne!(image, OFFICIAL);
    pinned.up().exits(0);
    pinned.assert_up();
    let tries = daemon.bytes(&format!("/containers/{}/archive?path=/tries", pinned.container()));
    assert!(String::from_utf8_lossy(&tries).contains('\n') && tries.contains(&b'3'));
}
