//! Privileged containers: each start is announced until the user consents, and written down before it is done.

use crate::exec::HOST;
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, Says};
use crate::support::pinned::Pinned;
use crate::support::server::{Asked, Reply, Server};
use crate::support::{Run, repository};
use serde_json::{Value, json};
use std::fs;

const VERSION: &str = "0.30.0";
const DAGGER: &str = "0.21.8";
const CONSENT: &str = "PIN_ACCEPT_PRIVILEGED";

fn nobody(_: &str, _: &Asked) -> Option<Reply> {
    None
}

/// A daemon that has the image, whose engines answer this.
fn daemon(says: Says) -> DockerFake {
    DockerFake::start("docker.io/moby/buildkit:v0.30.0", says, nobody)
}

/// Nothing is taken back: the fake ends with its containers.
fn pinned(name: &str, daemon: &DockerFake) -> Pinned {
    Pinned::new(name, VERSION, &Api::nobody()).through(&daemon.address())
}

/// Ends the engine as a person would.
fn stop(daemon: &DockerFake, pinned: &Pinned) {
    Api::new(daemon.address()).post(&format!("/containers/{}/stop", pinned.container()), None);
}

/// How often it was said that a container is privileged.
pub(crate) fn announced(run: &Run) -> usize {
    run.stderr
        .lines()
        .filter(|line| line.starts_with("warning: ") && line.contains(" runs privileged, "))
        .count()
}

/// The entries of the log, which is what was written, without their times.
pub(crate) fn entries(pinned: &Pinned) -> Vec<Value> {
    pinned.run(&["audit", "verify"]).exits(0);
    let run = pinned.run(&["audit", "--format", "json"]);
    without_times(&run.exits(0).stdout)
}

fn without_times(json: &str) -> Vec<Value> {
    let mut log: Value = serde_json::from_str(json).expect("it is JSON");
    let entries = log["entries"].as_array_mut().expect("entries").iter_mut();
    entries
        .map(|entry| {
            assert!(entry["time"].take().is_string(), "{entry}");
            entry.take()
        })
        .collect()
}

/// What was done, in order, and whether to a privileged container.
fn actions(pinned: &Pinned) -> Vec<(String, bool)> {
    let action = |entry: Value| {
        (entry["action"].as_str().unwrap_or_default().to_owned(), entry["is_privileged"] == true)
    };
    entries(pinned).into_iter().map(action).collect()
}

fn done(actions: &[(&str, bool)]) -> Vec<(String, bool)> {
    actions.iter().map(|(action, is_privileged)| ((*action).to_owned(), *is_privileged)).collect()
}

/// Options, variables, the user's own file, and how often a start is announced.
type Consent = (&'static [&'static str], &'static [(&'static str, &'static str)], &'static str, usize);

#[test]
fn every_start_is_announced_until_the_user_consents() {
    const ACCEPTED: &str = "[engine]\naccept_privileged = true\n";
    let cases: [Consent; 7] = [
        (&[], &[], "", 1),
        (&["-q"], &[], "", 1),
        (&[], &[(CONSENT, "1")], "", 0),
        (&[], &[(CONSENT, "0")], "", 1),
        (&[], &[(CONSENT, "0")], ACCEPTED, 1),
        (&[], &[], ACCEPTED, 0),
        (&["-q"], &[], ACCEPTED, 0),
    ];
    let verbs: [&[&str]; 2] = [&["engine", "up"], &["exec", "--", "/bin/true"]];
    for ((options, variables, file, expect), verb) in
        cases.iter().flat_map(|case| verbs.map(|verb| (case, verb)))
    {
        let daemon = daemon(Says::buildkit(VERSION));
        let pinned = pinned("announced", &daemon);
        let own = pinned.home().join("own");
        fs::create_dir_all(own.join("pin")).expect("a directory can be made");
        fs::write(own.join("pin/config.toml"), file).expect("a file can be written");
        let run = |what: &str, expect: usize| {
            let mut command = pinned.command(&[options, verb].concat());
            command.env("XDG_CONFIG_HOME", &own).envs(variables.iter().copied());
            let run = pinned.project.run(&mut command);
            assert_eq!(
                announced(run.exits(0)),
                expect,
                "{what}, {options:?}, {variables:?}, {file}: {}",
                run.stderr
            );
            if options.contains(&"-q") {
                // It, and what to do about it, are all that is said.
                assert_eq!(run.stderr.lines().count(), 2 * expect, "{}", run.stderr);
            }
        };
        run("a new one", *expect);
        run("one that is up", 0);
        stop(&daemon, &pinned);
        run("one that has ended", *expect);
        let start = ("start", true);
        assert_eq!(actions(&pinned), done(&[("create", true), start, start]));
    }
}

#[test]
fn a_repository_cannot_consent() {
    let daemon = daemon(Says::buildkit(VERSION));
    let pinned = pinned("consents", &daemon);
    pinned.write("accept_privileged = true");
    let run = pinned.up();
    assert!(run.exits(2).stderr.contains("accept_privileged"), "{}", run.stderr);
    assert_eq!(daemon.asked(), Vec::<String>::new());
}

#[test]
fn it_is_said_whose_root_that_is() {
    for (system, words) in [
        ("Debian GNU/Linux 12 (bookworm)", "can become root on the daemon's machine"),
        ("Docker Desktop", "is root in the virtual machine of Docker Desktop, not on this machine"),
    ] {
        let info = json!({ "ID": "fake", "OSType": "linux", "OperatingSystem": system }).to_string();
        let image = "docker.io/moby/buildkit:v0.30.0";
        let daemon = DockerFake::start(image, Says::buildkit(VERSION), move |asked, _| {
            (asked == "GET /info").then(|| Reply::ok(info.clone()).with("Content-Type", "application/json"))
        });
        let run = pinned("root", &daemon).up();
        assert_eq!(announced(run.exits(0)), 1, "{}", run.stderr);
        assert!(run.stderr.contains(words), "{system}: {}", run.stderr);
    }
}

/// The log that the cases of `pin audit` print is one that `pin` writes: an engine comes up, a CLI is fetched for one that
/// somebody has injected, and the engine ends.
#[test]
fn what_is_done_is_written_down_as_the_cases_show_it() {
    let image = format!("registry.dagger.io/engine:v{DAGGER}");
    let daemon = DockerFake::start(&image, Says::dagger(DAGGER), nobody);
    let pinned = Pinned::dagger("shop", DAGGER, &Api::nobody(), "").through(&daemon.address());
    pinned.up().exits(0);
    let (_engine, address) = EngineFake::on_port(Says::dagger(DAGGER));
    fetches_in_vain(&pinned, &[(HOST, &format!("tcp://{address}"))]);
    pinned.down().exits(0);
    let shown =
        fs::read_to_string(repository().join("tests/cases/audit/whole/stdout")).expect("the case is there");
    let shown =
        shown.lines().find(|line| line.starts_with("{\"version\":1,\"entries\"")).expect("it prints JSON");
    assert_eq!(entries(&pinned), without_times(shown));
}

/// Runs a command for which a CLI would be downloaded, from where there is none.
fn fetches_in_vain(pinned: &Pinned, variables: &[(&str, &str)]) {
    let releases = Server::start(|_| Reply::status(404, ""));
    let mut command = pinned.command(&["exec", "--", "/bin/true"]);
    command.envs(variables.iter().copied()).env("PIN_RELEASES_URL", releases.url());
    let run = pinned.project.run(&mut command);
    assert!(run.exits(3).stderr.contains("no CLI of dagger"), "{}", run.stderr);
    assert_eq!(releases.asked().len(), 1);
}

#[test]
fn a_cli_is_fetched_for_an_engine_of_the_mode_that_is_in_force() {
    let image = format!("registry.dagger.io/engine:v{DAGGER}");
    let daemon = DockerFake::start(&image, Says::dagger(DAGGER), nobody);
    let (_engine, address) = EngineFake::on_port(Says::dagger(DAGGER));
    let address = format!("tcp://{address}");
    let remote: &[(&str, &str)] = &[("PIN_ENGINE_MODE", "remote"), ("PIN_ENGINE_ENDPOINT", &address)];
    for (variables, expect) in
        [(&[][..], json!("isolated")), (remote, json!("remote")), (&[(HOST, &*address)], Value::Null)]
    {
        let pinned = Pinned::dagger("modes", DAGGER, &Api::nobody(), "").through(&daemon.address());
        fetches_in_vain(&pinned, variables);
        let entries = entries(&pinned);
        let last = entries.last().expect("it is written down");
        assert_eq!((&last["action"], &last["mode"]), (&json!("download"), &expect), "{last}");
        assert_eq!(
            (&last["image"], &last["reason"]),
            (&Value::Null, &json!("the CLI of the pinned version"))
        );
    }
}

#[test]
fn what_is_taken_back_is_written_down_too() {
    let daemon = daemon(Says::buildkit("0.29.0"));
    let pinned = pinned("back", &daemon);
    pinned.up().exits(6);
    assert_eq!(daemon.left(), Vec::<String>::new());
    let back = [("create", true), ("start", true), ("stop", false), ("remove", false), ("purge", false)];
    assert_eq!(actions(&pinned), done(&back));
    assert_eq!(entries(&pinned)[4]["reason"], format!("the volume {}", pinned.volume()));
}

/// What was there before is started again when the new one is none, and is as privileged as it was.
#[test]
fn an_engine_that_is_started_again_in_place_of_another_is_announced_too() {
    let daemon = daemon(Says::buildkit(VERSION));
    let mut pinned = pinned("again", &daemon);
    pinned.up().exits(0);
    let before = pinned.container();
    pinned.pin("0.31.0");
    let run = pinned.up();
    assert_eq!(announced(run.exits(6)), 2, "{}", run.stderr);
    let entries = entries(&pinned);
    let last = entries.last().expect("it is written down");
    let expect = (&json!("start"), &json!(before), &json!(true));
    assert_eq!((&last["action"], &last["container"], &last["is_privileged"]), expect, "{last}");
    // Whatever is pinned by now, an entry tells of the engine to which something was done.
    let versions: Vec<&Value> =
        entries.iter().filter(|entry| entry["container"] == before).map(|entry| &entry["value"]).collect();
    assert!(versions.len() == 4 && versions.iter().all(|version| **version == VERSION), "{versions:?}");
}

#[test]
fn a_cache_that_is_deleted_is_written_down() {
    let daemon = daemon(Says::buildkit(VERSION));
    let pinned = pinned("purged", &daemon);
    pinned.up().exits(0);
    pinned.run(&["engine", "down", "--purge", "--yes"]).exits(0);
    let expect = [("create", true), ("start", true), ("stop", false), ("remove", false), ("purge", false)];
    assert_eq!(actions(&pinned), done(&expect));
    assert_eq!(daemon.left(), Vec::<String>::new());
}

#[test]
fn what_cannot_be_written_down_is_not_done() {
    let orders = |daemon: &DockerFake| -> Vec<String> {
        daemon.asked().into_iter().filter(|asked| !asked.starts_with("GET ")).collect()
    };
    // There is no place for anything at all.
    let daemon = daemon(Says::buildkit(VERSION));
    let pinned = pinned("unwritten", &daemon);
    fs::write(pinned.home().join("file"), "").expect("a file can be written");
    let run = pinned
        .project
        .run(pinned.command(&["engine", "up"]).env("XDG_STATE_HOME", pinned.home().join("file")));
    assert!(run.exits(3).stderr.contains("hint: set XDG_STATE_HOME"), "{}", run.stderr);
    assert_eq!(orders(&daemon), Vec::<String>::new());

    // There is none for the log.
    let log = pinned.home().join(".local/state/pin/audit.jsonl");
    fs::create_dir_all(&log).expect("a directory can be made");
    let run = pinned.up();
    assert!(run.exits(3).stderr.contains("audit.jsonl"), "{}", run.stderr);
    assert!(!orders(&daemon).contains(&"POST /containers/create".to_owned()), "{:?}", orders(&daemon));
    assert_eq!(daemon.left(), Vec::<String>::new());

    // There was one when the container was made.
    fs::remove_dir(&log).expect("it can be removed");
    pinned.up().exits(0);
    stop(&daemon, &pinned);
    fs::remove_file(&log).expect("it can be removed");
    fs::create_dir(&log).expect("a directory can be made");
    let before = orders(&daemon);
    pinned.up().exits(3);
    pinned.down().exits(3);
    assert_eq!(orders(&daemon), before);
}
