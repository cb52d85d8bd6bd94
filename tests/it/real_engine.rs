//! A real engine, brought up by `pin engine up` on real daemons as a user would: what it is made of, what it keeps, and
//! what it leaves alone.

use crate::engine_audit::{announced, entries};
use crate::schemas::assert_output;
use crate::support::daemon::{Daemon, Setup, Store};
use crate::support::docker_api::Api;
use crate::support::engine_image::Fault;
use crate::support::pinned::Pinned;
use crate::support::podman::Podman;
use crate::support::project::copy_binary;
use crate::support::tool;
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A user and a group that nobody is in.
const NOBODY: u32 = 4321;

#[test]
fn the_container_is_what_the_design_says() {
    for (store, name) in [(Store::Containerd, "shape"), (Store::Classic, "shape-classic")] {
        let Some((daemon, engines)) = Daemon::shared(name, store) else { return };
        let pinned = Pinned::with(name, &engines.version, daemon, "memory = '1GiB'\ngc = { max = '7%' }");
        pinned.up().exits(0);
        pinned.assert_up();
        let found = pinned.inspect();
        let (host, config) = (&found["HostConfig"], &found["Config"]);
        assert_eq!(host["Privileged"], true);
        assert!(host["PortBindings"].as_object().is_none_or(serde_json::Map::is_empty), "{host}");
        assert_eq!(host["PublishAllPorts"], false);
        assert_eq!(
            host["LogConfig"],
            json!({ "Type": "json-file", "Config": { "max-file": "10", "max-size": "10m" } })
        );
        assert_eq!(host["RestartPolicy"], json!({ "Name": "on-failure", "MaximumRetryCount": 5 }));
        assert_eq!((&host["AutoRemove"], &host["Memory"]), (&json!(false), &json!(1 << 30)));
        assert_eq!((&config["StopTimeout"], &config["StopSignal"]), (&json!(300), &json!("SIGTERM")));
        for (label, value) in [
            ("project", name),
            ("toolchain", "buildkit"),
            ("version", &engines.version),
            ("epoch", &pinned.epoch()),
        ] {
            assert_eq!(config["Labels"][format!("pin.{label}")], value, "{label}");
        }
        let mut mounts: Vec<(String, String)> = found["Mounts"]
            .as_array()
            .expect("it has mounts")
            .iter()
            .map(|mount| (mount["Type"].to_string(), mount["Destination"].to_string()))
            .collect();
        mounts.sort();
        let expect = [(r#""bind""#, r#""/run/buildkit""#), (r#""volume""#, r#""/var/lib/buildkit""#)];
        assert_eq!(mounts, expect.map(|(kind, target)| (kind.to_owned(), target.to_owned())));
        // The daemon's own socket is not inside, under none of its names.
        let inside = |path: &str| {
            daemon.ask("GET", &format!("/containers/{}/archive?path={path}", pinned.container()), None)
        };
        for path in ["/var/run/docker.sock", "/run/docker.sock"] {
            assert_eq!(inside(path).0, 404, "{path}");
        }
        let (status, file) = inside("/etc/buildkit/buildkitd.toml");
        assert_eq!(status, 200);
        assert!(file.to_string().contains("7%"), "{file}");
        pinned.down().exits(0);
        pinned.assert_only(&[&pinned.volume()]);
        pinned.down().exits(0);
    }
}

#[test]
fn an_engine_that_is_up_stays_as_it_is() {
    let Some((daemon, engines)) = Daemon::shared("up-twice", Store::Containerd) else { return };
    let pinned = Pinned::new("up-twice", &engines.version, daemon);
    pinned.up().exits(0);
    let id = |value: &Value| (value["Id"].clone(), value["State"]["StartedAt"].clone());
    let before = id(&pinned.inspect());
    // Neither image nor registry is asked for.
    pinned.run(&["--offline", "engine", "up"]).exits(0);
    assert_eq!(id(&pinned.inspect()), before);
}

#[test]
fn what_is_printed_for_machines_is_what_its_schema_says() {
    let Some((daemon, engines)) = Daemon::shared("schemas", Store::Containerd) else { return };
    let pinned = Pinned::new("schemas", &engines.version, daemon);
    let print = |schema: &str, arguments: &[&str], exit: i32| {
        let arguments = [&["engine"], arguments, &["--format", "json"]].concat();
        assert_output(schema, &pinned.run(&arguments).exits(exit).stdout)
    };
    let plan = print("engine-plan", &["up", "--dry-run"], 0);
    assert_eq!(plan["steps"][0], format!("create the volume {}", pinned.volume()));
    let status = print("engine-status", &["status"], 4);
    assert_eq!((&status["found"], &status["containers"]), (&Value::Null, &json!([])));
    let up = print("engine-up", &["up"], 0);
    assert_eq!((&up["was_up"], &up["mode"]), (&json!(false), &json!("isolated")));
    assert!(up["timings"].as_array().is_some_and(|steps| steps.len() == 5), "{up}");
    assert_eq!(print("engine-up", &["up"], 0)["was_up"], true);
    let status = print("engine-status", &["status"], 0);
    assert_eq!(status["containers"][0]["state"], "running");
    assert_eq!(status["caches"][0]["epoch"], pinned.epoch());
    assert!(status["caches"][0]["size"].is_u64(), "{status}");
    let gone = print("engine-prune", &["prune", "--all"], 0);
    assert!(gone["size"].is_u64(), "{gone}");
    pinned.down().exits(0);
}

#[test]
fn the_cache_survives_whatever_ends_the_engine() {
    let Some((daemon, engines)) = Daemon::with_engines("cache", &Setup::default()) else { return };
    let pinned = Pinned::new("cache", &engines.version, &daemon);
    let order = |order: &str| {
        daemon.post(&format!("/containers/{}/{order}", pinned.container()), None);
    };
    pinned.up().exits(0);
    assert!(!pinned.builds_from_cache(), "the cache is not empty");
    let ends: [(&str, &dyn Fn()); 6] = [
        ("down", &|| {
            pinned.down().exits(0);
        }),
        ("kill", &|| order("kill")),
        ("stop", &|| order("stop?t=20")),
        ("restart", &|| order("restart?t=20")),
        ("the daemon restarts", &|| daemon.restart()),
        ("the daemon is killed", &|| {
            daemon.kill();
            daemon.start_again();
        }),
    ];
    for (what, end) in ends {
        end();
        let run = pinned.up();
        assert_eq!(run.exit, "0", "{what}: {}", run.stderr);
        pinned.assert_up();
        assert!(pinned.builds_from_cache(), "{what}: the cache is lost");
    }
}

#[test]
fn whoever_starts_an_engine_again_hears_again_that_it_is_privileged() {
    let Some((daemon, engines)) = Daemon::shared("announced", Store::Containerd) else { return };
    let pinned = Pinned::new("announced", &engines.version, daemon);
    assert_eq!(announced(pinned.up().exits(0)), 1);
    assert_eq!(announced(pinned.up().exits(0)), 0);
    daemon.post(&format!("/containers/{}/stop?t=20", pinned.container()), None);
    assert_eq!(announced(pinned.up().exits(0)), 1);
    pinned.down().exits(0);
    let actions =
        entries(&pinned).into_iter().map(|entry| (entry["action"].clone(), entry["is_privileged"].clone()));
    let expect = [("create", true), ("start", true), ("start", true), ("stop", false), ("remove", false)];
    assert_eq!(actions.collect::<Vec<_>>(), expect.map(|(action, is)| (json!(action), json!(is))));
}

#[test]
fn versions_share_a_cache_inside_an_epoch_alone() {
    let Some((daemon, engines)) = Daemon::shared("epochs", Store::Containerd) else { return };
    engines.load_others(daemon);
    let mut pinned = Pinned::new("epochs", &engines.version, daemon);
    pinned.up().exits(0);
    assert!(!pinned.builds_from_cache());
    let first = pinned.volume();

    pinned.pin(&engines.next);
    pinned.up().exits(0);
    pinned.assert_up();
    assert_eq!(pinned.volume(), first);
    assert!(pinned.builds_from_cache(), "the next patch release has another cache");

    pinned.pin(&engines.before);
    pinned.up().exits(0);
    assert_ne!(pinned.volume(), first);
    assert_eq!(pinned.containers(), [(pinned.container(), "running".to_owned())]);
    let mut both = [first.clone(), pinned.volume()];
    both.sort();
    assert_eq!(pinned.volumes(), both);
    assert_eq!(pinned.answer(), engines.before);
    assert!(!pinned.builds_from_cache(), "the release before shares a cache");

    // And back again.
    pinned.pin(&engines.version);
    pinned.up().exits(0);
    assert!(pinned.builds_from_cache());
    pinned.down().exits(0);
    pinned.assert_only(&[&both[0], &both[1]]);
}

/// Makes a container that is not ours, and starts it if it is to run.
fn foreign(api: &Api, image: &str, name: &str, labels: &Value, volume: &str, runs: bool) -> String {
    let create = json!({
        "Image": image,
        "Labels": labels,
        "HostConfig": { "NetworkMode": "none", "Binds": [format!("{volume}:/var/lib/buildkit")] },
    });
    let made = api.post(&format!("/containers/create?name={name}"), Some(&create));
    if runs {
        api.post(&format!("/containers/{name}/start"), None);
    }
    made["Id"].as_str().expect("it has an id").to_owned()
}

fn remove(api: &Api, containers: &[&str], volumes: &[&str]) {
    for name in containers {
        assert_eq!(api.ask("DELETE", &format!("/containers/{name}?force=1"), None).0, 204, "{name}");
    }
    for name in volumes {
        assert_eq!(api.ask("DELETE", &format!("/volumes/{name}"), None).0, 204, "{name}");
    }
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let Some((daemon, engines)) = Daemon::shared("foreign", Store::Containerd) else { return };
    engines.load_others(daemon);
    let image = engines.faulty(Fault::Sleeps);
    let other =
        json!({ "pin.project": "foreign-other", "pin.toolchain": "buildkit", "pin.version": "0.1.0" });
    let dagger = json!({ "pin.project": "foreign", "pin.toolchain": "dagger", "pin.version": "0.21.8" });
    let none = json!({});
    let mut theirs = Vec::new();
    for (name, labels, runs) in [
        ("dagger-engine-x", &none, true),
        ("dagger-engine-v0.21.8", &none, false),
        ("pin-buildkit-foreign-other-0.1.0", &other, true),
        ("pin-dagger-foreign-0.21.8", &dagger, true),
        ("pin-buildkit-foreign-0.1.0", &none, false),
    ] {
        theirs.push((name, foreign(daemon, &image, name, labels, "foreign-volume", runs)));
    }
    let states = || -> Vec<(Value, Value, Value)> {
        let state = |(_, id): &(&str, String)| {
            let found = daemon.get(&format!("/containers/{id}/json"));
            (found["Name"].clone(), found["State"]["Status"].clone(), found["State"]["StartedAt"].clone())
        };
        theirs.iter().map(state).collect()
    };
    let before = states();
    let mut pinned = Pinned::new("foreign", &engines.version, daemon);
    pinned.up().exits(0);
    pinned.pin(&engines.next);
    pinned.up().exits(0);
    pinned.down().exits(0);
    assert_eq!(states(), before);
    assert!(daemon.volumes().contains(&"foreign-volume".to_owned()));
    let names: Vec<&str> = theirs.iter().map(|(name, _)| *name).collect();
    remove(daemon, &names, &["foreign-volume"]);
}

#[test]
fn a_name_that_somebody_else_has_is_not_taken_away() {
    let Some((daemon, engines)) = Daemon::shared("taken", Store::Containerd) else { return };
    let pinned = Pinned::new("taken", &engines.version, daemon);
    let name = pinned.container();
    let id = foreign(daemon, &engines.faulty(Fault::Sleeps), &name, &json!({}), "taken-other", false);
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains(&name), "{}", run.stderr);
    assert_eq!(daemon.get(&format!("/containers/{id}/json"))["State"]["Status"], "created");
    pinned.down().exits(0);
    assert_eq!(daemon.get(&format!("/containers/{id}/json"))["State"]["Status"], "created");
    pinned.assert_only(&[]);
    remove(daemon, &[&name], &["taken-other"]);
}

#[test]
fn a_volume_that_is_in_use_is_refused_before_the_engine_does() {
    let Some((daemon, engines)) = Daemon::shared("busy", Store::Containerd) else { return };
    let pinned = Pinned::new("busy", &engines.version, daemon);
    pinned.up().exits(0);
    pinned.down().exits(0);
    let id =
        foreign(daemon, &engines.faulty(Fault::Sleeps), "busy-other", &json!({}), &pinned.volume(), true);
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains(&pinned.volume()) && run.stderr.contains("busy-other"), "{}", run.stderr);
    pinned.assert_only(&[&pinned.volume()]);
    assert_eq!(daemon.get(&format!("/containers/{id}/json"))["State"]["Running"], true);
    // Who has it without running does not use it.
    daemon.post("/containers/busy-other/stop?t=5", None);
    pinned.up().exits(0);
    pinned.down().exits(0);
    remove(daemon, &["busy-other"], &[&pinned.volume()]);
}

/// Gives a repository to a user, and returns `pin` as it runs for him in one group.
fn as_user(test: &str, pinned: &Pinned, arguments: &[&str], group: u32) -> Option<Command> {
    as_user_in(test, pinned, arguments, group, "--clear-groups")
}

/// The same, with words of setpriv about the other groups.
fn as_user_in(test: &str, pinned: &Pinned, arguments: &[&str], group: u32, others: &str) -> Option<Command> {
    let setpriv = tool::need(test, "setpriv", &["--version"])?;
    // The one that cargo built may be where nobody else may look.
    let program = pinned.home().join("pin");
    if !program.exists() {
        copy_binary(&program);
        give(pinned.home().parent().expect("both stand in one directory"));
    }
    let words = [format!("--reuid={NOBODY}"), format!("--regid={group}"), others.to_owned()];
    let mut command = pinned.under(&setpriv);
    command.args(words).arg(program).args(arguments);
    Some(command)
}

fn give(directory: &Path) {
    chown(directory, Some(NOBODY), Some(NOBODY)).expect("root may give");
    for entry in fs::read_dir(directory).expect("a directory").map_while(Result::ok) {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            give(&entry.path());
        } else {
            chown(entry.path(), Some(NOBODY), Some(NOBODY)).expect("root may give");
        }
    }
}

#[test]
fn a_user_in_the_sockets_group_has_an_engine_and_others_are_told() {
    let setup = Setup { group: Some(NOBODY), ..Setup::default() };
    let Some((daemon, engines)) = Daemon::with_engines("a user", &setup) else { return };
    let pinned = Pinned::new("user", &engines.version, &daemon);
    let run = |arguments: &[&str], group: u32| {
        let mut command = as_user("a user", &pinned, arguments, group)?;
        Some(pinned.project.run(&mut command))
    };
    let Some(refused) = run(&["engine", "up"], NOBODY + 1) else { return };
    refused.exits(4);
    assert!(refused.stderr.contains("ermission"), "{}", refused.stderr);
    pinned.assert_only(&[]);
    for _ in 0..2 {
        run(&["engine", "up"], NOBODY).expect("it ran").exits(0);
        pinned.assert_up();
        let socket = pinned.socket().expect("it is there");
        let file = fs::metadata(&socket).expect("it is there");
        assert_eq!((file.gid(), file.mode() & 0o777), (NOBODY, 0o660), "{}", socket.display());
        // Nobody else comes near it.
        let place = fs::metadata(socket.parent().expect("it stands somewhere")).expect("it is there");
        assert_eq!((place.uid(), place.mode() & 0o777), (NOBODY, 0o700));
        // A second one finds it.
        run(&["--offline", "engine", "up"], NOBODY).expect("it ran").exits(0);
        run(&["engine", "down"], NOBODY).expect("it ran").exits(0);
        pinned.assert_only(&[&pinned.volume()]);
    }
}

/// `newgrp`, and a login before a group was joined, make shells of one user differ in groups: they share the engine.
#[test]
fn shells_of_one_user_in_other_groups_share_the_engine() {
    let setup = Setup { group: Some(NOBODY), ..Setup::default() };
    let Some((daemon, engines)) = Daemon::with_engines("shells in other groups", &setup) else { return };
    let pinned = Pinned::new("groups", &engines.version, &daemon);
    let run = |verb: &str, group: u32, others: &str| {
        let mut command = as_user_in("shells in other groups", &pinned, &["engine", verb], group, others)?;
        let run = pinned.project.run(&mut command);
        run.exits(0);
        Some(run)
    };
    let up = |group: u32, others: &str| {
        let run = run("up", group, others)?;
        Some((pinned.inspect()["Id"].clone(), run.stdout))
    };
    let both = format!("--groups={NOBODY},{}", NOBODY + 1);
    let Some((first, said)) = up(NOBODY, "--clear-groups") else { return };
    assert!(said.contains("unix://"), "{said}");
    let (again, said) = up(NOBODY + 1, &both).expect("it ran");
    assert!(again == first && said.contains("was up") && said.contains("unix://"), "{said}");
    let (again, _) = up(NOBODY, "--clear-groups").expect("it ran");
    assert_eq!(again, first);
    // Whoever may not use its socket reaches it through the daemon.
    run("down", NOBODY, "--clear-groups");
    let (first, said) = up(NOBODY + 1, &both).expect("it ran");
    assert!(said.contains("unix://"), "{said}");
    let (again, said) = up(NOBODY, "--clear-groups").expect("it ran");
    assert!(again == first && said.contains(&format!("docker-container://{}", pinned.container())), "{said}");
}

#[test]
fn a_daemon_with_other_files_is_reached_through_itself() {
    let setup = Setup::default().in_own_mount_namespace();
    let Some((daemon, engines)) = Daemon::with_engines("other files", &setup) else { return };
    let pinned = Pinned::new("other-files", &engines.version, &daemon);
    for _ in 0..2 {
        let run = pinned.up();
        run.exits(0);
        assert!(run.stdout.contains(&pinned.container()), "{}", run.stdout);
        // Nobody but pin goes through the daemon without its client.
        assert!(run.stderr.contains("there is no `docker` on PATH"), "{}", run.stderr);
        pinned.run(&["exec", "--", "/bin/true"]).exits(4);
        assert_eq!(pinned.containers(), [(pinned.container(), "running".to_owned())]);
        assert_eq!(pinned.socket(), None::<PathBuf>);
        let mounts = pinned.inspect()["Mounts"].clone();
        assert_eq!(mounts.as_array().map(Vec::len), Some(1), "{mounts}");
        let before = pinned.inspect()["Id"].clone();
        pinned.run(&["--offline", "engine", "up"]).exits(0);
        assert_eq!(pinned.inspect()["Id"], before);
        pinned.down().exits(0);
        pinned.assert_only(&[&pinned.volume()]);
    }
}

#[test]
fn podman_has_an_engine_too() {
    let Some((podman, engines)) = Podman::with_engines("an engine on Podman") else { return };
    let pinned = Pinned::new("podman", &engines.version, &podman);
    pinned.up().exits(0);
    pinned.assert_up();
    assert!(!pinned.builds_from_cache());
    pinned.run(&["--offline", "engine", "up"]).exits(0);
    pinned.down().exits(0);
    pinned.assert_only(&[&pinned.volume()]);
    pinned.up().exits(0);
    assert!(pinned.builds_from_cache());
    podman.post(&format!("/containers/{}/kill", pinned.container()), None);
    pinned.up().exits(0);
    pinned.assert_up();
    assert!(pinned.builds_from_cache());
    pinned.down().exits(0);
    let id = foreign(&podman, &engines.faulty(Fault::Sleeps), "busy", &json!({}), &pinned.volume(), true);
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains("busy"), "{}", run.stderr);
    assert_eq!(podman.get(&format!("/containers/{id}/json"))["State"]["Running"], true);
}
