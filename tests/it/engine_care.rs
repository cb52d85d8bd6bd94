//! Looking after an engine that is there: what status counts, what logs print, what goes with `down --purge`.

use crate::schemas::assert_output;
use crate::support::daemon::{Daemon, Store};
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::engine_image::Fault;
use crate::support::pinned::Pinned;
use crate::support::server::Reply;
use crate::support::terminal::Terminal;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

fn status(pinned: &Pinned, exit: i32) -> Value {
    let run = pinned.run(&["engine", "status", "--format", "json"]);
    assert_output("engine-status", &run.exits(exit).stdout)
}

/// What the files below a directory take, each once.
fn du(directory: &Path) -> u64 {
    let mut total = 0;
    for entry in fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display())) {
        let entry = entry.expect("a readable entry");
        let metadata = entry.metadata().expect("it is there");
        total += match metadata.is_dir() {
            true => du(&entry.path()),
            false => metadata.len() / metadata.nlink(),
        };
    }
    total
}

#[test]
fn status_counts_what_the_volume_holds_and_shows_an_engine_that_has_ended() {
    let Some((daemon, engines)) = Daemon::shared("status", Store::Containerd) else { return };
    let pinned = Pinned::new("status", &engines.version, daemon);
    pinned.up().exits(0);
    assert!(!pinned.builds_from_cache());
    pinned.build("large", 9);
    let volume = daemon.get(&format!("/volumes/{}", pinned.volume()));
    let mountpoint = Path::new(volume["Mountpoint"].as_str().expect("it is somewhere")).to_owned();
    let size = |status: &Value| status["caches"][0]["size"].as_u64().expect("it is counted");

    // What an engine counts is what it could prune; beside that there are its databases.
    let told = status(&pinned, 0);
    let (counted, held) = (size(&told), du(&mountpoint));
    assert!(counted > 9_000_000 && counted <= held, "{counted} of {held}");
    assert!(held - counted < held / 4, "{counted} of {held}");

    daemon.post(&format!("/containers/{}/kill", pinned.container()), None);
    daemon.post(&format!("/containers/{}/wait?condition=not-running", pinned.container()), None);
    let told = status(&pinned, 4);
    assert_eq!(told["containers"][0]["state"], "exited", "{told}");
    assert_eq!((&told["found"], &told["endpoint"]), (&Value::Null, &Value::Null));
    let words = pinned.run(&["engine", "status"]).exits(4).stdout.clone();
    assert!(words.contains(&format!("{}: exited", pinned.container())), "{words}");
    // Without an engine the daemon counts, as everybody would.
    let usage = daemon.get("/system/df?type=volume");
    let items = usage["Volumes"].as_array().or_else(|| usage["VolumeUsage"]["Items"].as_array());
    let item = items.into_iter().flatten().find(|item| item["Name"] == *pinned.volume());
    assert_eq!(size(&told), item.expect("it has the volume")["UsageData"]["Size"].as_u64().expect("a size"));
    let (told, held) = (size(&told), du(&mountpoint));
    assert!(told.abs_diff(held) < 1_000_000, "{told} of {held}");
    pinned.up().exits(0);
    assert!(pinned.builds_from_cache(), "the cache is lost");
    pinned.down().exits(0);
}

/// What daemons answer about volumes, in the form of version 1.52 of their API, and in that of those before, and Podman's.
#[test]
fn a_volume_is_counted_by_every_daemon() {
    const VERSION: &str = "0.30.0";
    let image = format!("docker.io/moby/buildkit:v{VERSION}");
    let volume = |size: i64| {
        json!({
            "Name": "pin-buildkit-counted-0.30", "Driver": "local", "Mountpoint": "/v", "Scope": "local", "Options": null,
            "Labels": {}, "UsageData": { "Size": size, "RefCount": 1 },
        })
    };
    let other = json!({ "Name": "other", "Driver": "local", "Mountpoint": "/o", "Scope": "local", "Options": {}, "Labels": {} });
    for (answer, size) in [
        (json!({ "VolumeUsage": { "TotalCount": 2, "Items": [other, volume(7)] } }), Value::from(7)),
        (json!({ "VolumeUsage": { "Items": [volume(-1)] } }), Value::Null),
        (json!({ "VolumeUsage": {} }), Value::Null),
        (json!({ "LayersSize": 0, "Images": null, "Volumes": [other, volume(8)] }), Value::from(8)),
        (json!({ "Volumes": [volume(-1)] }), Value::Null),
        (json!({ "Volumes": null }), Value::Null),
    ] {
        let said = answer.to_string();
        let daemon = DockerFake::start(&image, Says::buildkit(VERSION), move |asked, question| {
            let is_it =
                asked == "GET /system/df" && question.path.ends_with("/system/df?type=volume&verbose=1");
            is_it.then(|| Reply::ok(said.clone()).with("Content-Type", "application/json"))
        });
        // Nothing is taken back: the fake ends with its containers.
        let pinned = Pinned::new("counted", VERSION, &Api::nobody()).through(&daemon.address());
        pinned.up().exits(0);
        pinned.down().exits(0);
        assert_eq!(status(&pinned, 4)["caches"][0]["size"], size, "{answer}");
    }
}

fn interrupt(child: &Child) {
    let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw).expect("a process");
    kill_process(id, Signal::INT).expect("it runs");
}

#[test]
fn logs_are_those_of_the_engine() {
    let Some((daemon, engines)) = Daemon::shared("logs", Store::Containerd) else { return };
    let pinned = Pinned::new("logs", &engines.version, daemon);
    let run = pinned.run(&["engine", "logs"]);
    assert!(run.exits(4).stderr.starts_with("error: there is no BuildKit of logs"), "{}", run.stderr);
    pinned.up().exits(0);
    let all = pinned.run(&["engine", "logs", "--tail", "10000"]).exits(0).stdout.clone();
    assert!(all.contains("running server on"), "{all}");
    let last = pinned.run(&["engine", "logs", "--tail", "1"]).exits(0).stdout.clone();
    assert!(last.lines().count() == 1 && all.ends_with(&last), "{last}");
    assert_eq!(pinned.run(&["-q", "engine", "logs"]).exits(0).stdout, "");

    let start = |arguments: &[&str]| {
        let mut command = pinned.command(&[&["engine", "logs"], arguments].concat());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pin starts")
    };
    // Who follows sees what there is, and ends it; a daemon that says nothing meanwhile is asked whether it is well.
    let mut child = start(&["--follow", "--timeout", "200ms"]);
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let first = lines.next().expect("there are lines").expect("it is text");
    assert!(all.contains(&first), "{first}");
    interrupt(&child);
    let ended = child.wait_with_output().expect("pin ends");
    assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr)), (Some(0), "".into()));
    // A reader that has seen enough.
    for arguments in [&["--follow"][..], &[]] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut command = pinned.command(&[&["engine", "logs"], arguments].concat());
        let ended = command.stdout(writer).stderr(Stdio::piped()).output().expect("pin ends");
        assert_eq!((ended.status.code(), String::from_utf8_lossy(&ended.stderr)), (Some(0), "".into()));
    }
    // The log of an engine that ends is at its end.
    let child = start(&["--follow", "--tail", "1"]);
    pinned.run(&["engine", "down"]).exits(0);
    assert_eq!(child.wait_with_output().expect("pin ends").status.code(), Some(0));
}

const PURGE: [&str; 3] = ["engine", "down", "--purge"];

#[test]
fn caches_go_when_a_person_says_so_and_not_before() {
    let Some((daemon, engines)) = Daemon::shared("purge", Store::Containerd) else { return };
    let pinned = Pinned::new("purge", &engines.version, daemon);
    pinned.up().exits(0);
    let question = format!("delete {} with all that is cached in it? [y/N] ", pinned.volume());
    let asked = || {
        let mut terminal = Terminal::start(pinned.command(&PURGE));
        terminal.shows(&question);
        terminal
    };
    for answer in ["n\n", "\n", "yesterday\n", "\u{4}"] {
        let mut terminal = asked();
        terminal.types(answer);
        let (exit, said) = terminal.ends();
        assert!(exit == Some(2) && said.contains("nothing was done: the caches stay"), "{answer:?}: {said}");
    }
    let terminal = asked();
    terminal.interrupts();
    let (exit, said) = terminal.ends();
    assert!(exit == Some(130) && said.ends_with("interrupted\r\n"), "{exit:?}: {said}");
    // Nobody is there to be asked.
    let run = pinned.run(&PURGE);
    assert!(run.exits(2).stderr.contains("nobody is here to be asked"), "{}", run.stderr);
    let plan = pinned.run(&["engine", "down", "--purge", "--dry-run"]);
    let (container, volume) = (pinned.container(), pinned.volume());
    assert_eq!(
        plan.exits(0).stdout,
        format!(
            "stop {container}, and wait until it has ended\nremove the container {container}\n\
             remove the volume {volume}, and all that is cached in it\n"
        )
    );
    pinned.assert_up();
    let mut terminal = asked();
    terminal.types("y\n");
    assert_eq!(terminal.ends().0, Some(0));
    pinned.assert_only(&[]);
    // There is nothing left to ask about.
    assert_eq!(Terminal::start(pinned.command(&PURGE)).ends(), (Some(0), String::new()));
}

#[test]
fn a_cache_that_somebody_else_has_keeps_everything_as_it_is() {
    let Some((daemon, engines)) = Daemon::shared("purge-foreign", Store::Containerd) else { return };
    let pinned = Pinned::new("purge-foreign", &engines.version, daemon);
    pinned.up().exits(0);
    let create = json!({
        "Image": engines.faulty(Fault::Sleeps),
        "HostConfig": { "NetworkMode": "none", "Binds": [format!("{}:/theirs", pinned.volume())] },
    });
    daemon.post("/containers/create?name=purge-guest", Some(&create));
    for runs in [false, true] {
        if runs {
            daemon.post("/containers/purge-guest/start", None);
        }
        for options in [&["--yes"][..], &["--dry-run"]] {
            let run = pinned.run(&[&PURGE[..], options].concat());
            let words = format!("{} cannot go while a container has it: purge-guest", pinned.volume());
            assert!(run.exits(4).stderr.contains(&words), "{}", run.stderr);
            pinned.assert_up();
        }
    }
    // The engine alone may go.
    pinned.down().exits(0);
    pinned.assert_only(&[&pinned.volume()]);
    assert_eq!(daemon.get("/containers/purge-guest/json")["State"]["Running"], true);
    assert_eq!(daemon.ask("DELETE", "/containers/purge-guest?force=1", None).0, 204);
    pinned.run(&[&PURGE[..], &["--yes"]].concat()).exits(0);
    pinned.assert_only(&[]);
}

#[test]
fn a_cache_that_nobody_was_asked_about_stays() {
    const VERSION: &str = "0.30.0";
    let image = format!("docker.io/moby/buildkit:v{VERSION}");
    let daemon = DockerFake::start(&image, Says::buildkit(VERSION), |_, _| None);
    // Nothing is taken back: the fake ends with its containers.
    let pinned = Pinned::new("asked", VERSION, &Api::nobody()).through(&daemon.address());
    pinned.up().exits(0);
    let mut terminal = Terminal::start(pinned.command(&PURGE));
    terminal.shows("[y/N] ");
    daemon.add_volume(
        "pin-buildkit-asked-0.31",
        &json!({ "pin.project": "asked", "pin.toolchain": "buildkit" }),
    );
    terminal.types("y\n");
    assert_eq!(terminal.ends().0, Some(0));
    assert_eq!(daemon.left(), ["pin-buildkit-asked-0.31"]);
    // Who has said it beforehand has said it about all.
    pinned.run(&[&PURGE[..], &["--yes"]].concat()).exits(0);
    assert_eq!(daemon.left(), Vec::<String>::new());
}
