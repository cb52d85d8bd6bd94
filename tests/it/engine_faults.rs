//! What goes wrong on real daemons with real engines: each has its exit code and its words, and leaves nothing behind.

use crate::support::daemon::{Daemon, Setup, Store};
use crate::support::engine_image::Fault;
use crate::support::pinned::Pinned;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// How often an engine is brought up and ended to fill what a daemon keeps, and then to see that it keeps no more.
const WARM: usize = 5;
const CYCLES: usize = 200;

/// Brings a faulty engine up, which must fail in this way and leave nothing; returns what was said.
fn fails(name: &str, fault: Fault, engine: &str, exit: i32) -> Option<String> {
    let (daemon, engines) = Daemon::shared(name, Store::Containerd)?;
    let engine = format!("image = '{}'\n{engine}", fault.repository());
    let pinned = Pinned::with(name, &engines.version, daemon, &engine);
    let run = pinned.up();
    run.exits(exit);
    assert!(run.stderr.contains(&pinned.container()), "{}", run.stderr);
    pinned.assert_only(&[]);
    Some(run.stderr)
}

#[test]
fn an_engine_that_ends_says_why_at_once() {
    // The test would not end if this was waited for.
    let Some(said) = fails("exits", Fault::Exits, "start_timeout = '24h'", 4) else { return };
    assert!(said.contains("code 1"), "{said}");
    let log: Vec<&str> = said.lines().filter_map(|line| line.split_once("| line ")).map(|(_, n)| n).collect();
    assert_eq!(log, (11..=30).map(|number| number.to_string()).collect::<Vec<_>>(), "{said}");
}

#[test]
fn an_engine_that_never_listens_has_its_time() {
    let Some(said) = fails("sleeps", Fault::Sleeps, "start_timeout = '2s'", 5) else { return };
    assert!(said.contains("2 s"), "{said}");
}

#[test]
fn an_engine_that_never_answers_has_its_time() {
    let Some(said) = fails("mute", Fault::Mute, "start_timeout = '2s'", 5) else { return };
    assert!(said.contains("2 s"), "{said}");
}

#[test]
fn an_engine_of_another_version_is_another_one() {
    let Some(said) = fails("other", Fault::Other, "", 6) else { return };
    let (_, engines) = Daemon::shared("other", Store::Containerd).expect("it was there before");
    assert!(said.contains(&engines.before) && said.contains(&engines.version), "{said}");
}

#[test]
fn an_engine_that_ignores_its_end_is_killed() {
    let Some((daemon, engines)) = Daemon::shared("stubborn", Store::Containerd) else { return };
    let engine = format!("image = '{}'\nstop_timeout = '1s'", Fault::Stubborn.repository());
    let pinned = Pinned::with("stubborn", &engines.version, daemon, &engine);
    pinned.up().exits(0);
    assert_eq!(pinned.inspect()["Config"]["StopTimeout"], 1);
    let run = pinned.down();
    run.exits(0);
    assert!(run.stderr.contains("killed"), "{}", run.stderr);
    pinned.assert_only(&[&pinned.volume()]);
}

#[test]
fn an_engine_that_is_paused_is_not_ready() {
    let Some((daemon, engines)) = Daemon::shared("paused", Store::Containerd) else { return };
    let pinned = Pinned::new("paused", &engines.version, daemon);
    pinned.up().exits(0);
    daemon.post(&format!("/containers/{}/pause", pinned.container()), None);
    let run = pinned.up();
    run.exits(5);
    assert!(
        run.stderr.contains("is paused\nhint: run `pin engine down`, then `pin engine up`"),
        "{}",
        run.stderr
    );
    // It is somebody's, and stays.
    assert_eq!(pinned.containers(), [(pinned.container(), "paused".to_owned())]);
    daemon.post(&format!("/containers/{}/unpause", pinned.container()), None);
    pinned.up().exits(0);
    pinned.assert_up();
    // The way out works from there, too.
    daemon.post(&format!("/containers/{}/pause", pinned.container()), None);
    pinned.down().exits(0);
    pinned.assert_only(&[&pinned.volume()]);
}

/// Whoever cleans up a home takes the directory that the engine's socket is in.
#[test]
fn a_socket_whose_directory_is_lost_is_had_again() {
    let Some((daemon, engines)) = Daemon::shared("lost", Store::Containerd) else { return };
    let pinned = Pinned::new("lost", &engines.version, daemon);
    pinned.up().exits(0);
    assert!(!pinned.builds_from_cache());
    for is_ended in [false, true] {
        if is_ended {
            daemon.post(&format!("/containers/{}/stop?t=20", pinned.container()), None);
        }
        fs::remove_dir_all(pinned.home().join(".local")).expect("it is there");
        pinned.up().exits(0);
        pinned.assert_up();
        assert!(pinned.builds_from_cache(), "the cache is lost");
    }
}

#[test]
fn an_image_that_nobody_has_is_no_engine() {
    let Some((daemon, engines)) = Daemon::shared("no-image", Store::Containerd) else { return };
    let pinned = Pinned::with("no-image", &engines.version, daemon, "image = 'localhost:1/nobody/engine'");
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains("localhost:1/nobody/engine"), "{}", run.stderr);
    pinned.assert_only(&[]);
}

#[test]
fn a_daemon_that_is_down_or_hung_is_said() {
    let Some((daemon, engines)) = Daemon::with_engines("a hung daemon", &Setup::default()) else { return };
    let pinned = Pinned::new("hung", &engines.version, &daemon);
    let quick = ["--timeout", "1s", "engine", "up"];
    pinned.up().exits(0);
    for has_engine in [true, false] {
        daemon.freeze();
        pinned.run(&quick).exits(5);
        pinned.run(&["--timeout", "1s", "engine", "down"]).exits(5);
        daemon.thaw();
        if has_engine {
            pinned.assert_up();
            pinned.down().exits(0);
        }
        pinned.assert_only(&[&pinned.volume()]);
    }
    daemon.stop();
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains(daemon.address()), "{}", run.stderr);
    pinned.down().exits(4);
    daemon.start_again();
    pinned.up().exits(0);
    pinned.assert_up();
}

/// Where the data of a daemon is, as seen from here: on a file system that only it has.
fn data(daemon: &Daemon) -> PathBuf {
    let process = processes(daemon.directory(), "dockerd").pop().expect("it runs");
    let inside = daemon.directory().strip_prefix("/").expect("it is absolute");
    Path::new("/proc").join(process).join("root").join(inside).join("data")
}

/// The processes of this program that were told about a directory.
fn processes(directory: &Path, program: &str) -> Vec<String> {
    let name = directory.to_str().expect("a plain path");
    let is_it = |process: &String| {
        let words = fs::read(Path::new("/proc").join(process).join("cmdline")).unwrap_or_default();
        let words = String::from_utf8_lossy(&words).into_owned();
        let first = words.split('\0').next().unwrap_or_default();
        first.rsplit('/').next() == Some(program) && words.contains(name)
    };
    let entries = fs::read_dir("/proc").expect("there is /proc").map_while(Result::ok);
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).filter(is_it).collect()
}

#[test]
fn a_full_disk_leaves_nothing_half_made() {
    let setup = Setup::default().on_a_disk_of("900m");
    let Some((daemon, engines)) = Daemon::with_engines("a full disk", &setup) else { return };
    let pinned = Pinned::new("full", &engines.version, &daemon);
    let filler = data(&daemon).join("filler");
    let mut file = File::create(&filler).expect("there is room at first");
    let full = loop {
        if let Err(error) = file.write_all(&[1; 0x2000]) {
            break error;
        }
    };
    assert_eq!(full.kind(), io::ErrorKind::StorageFull);
    // What is removed while it is open takes room.
    drop(file);
    let run = pinned.up();
    run.exits(4);
    assert!(run.stderr.contains("no space left on device"), "{}", run.stderr);
    pinned.assert_only(&[]);
    fs::remove_file(&filler).expect("it is ours");
    pinned.up().exits(0);
    pinned.assert_up();
}

#[test]
fn many_cycles_leave_the_daemon_as_it_was() {
    let Some((daemon, engines)) = Daemon::with_engines("many cycles", &Setup::default()) else { return };
    let pinned = Pinned::new("cycles", &engines.version, &daemon);
    let open = || -> usize {
        let both = ["dockerd", "containerd"].map(|program| processes(daemon.directory(), program));
        let count = |process: &String| {
            fs::read_dir(Path::new("/proc").join(process).join("fd")).map_or(0, Iterator::count)
        };
        both.iter().flatten().map(count).sum()
    };
    let cycle = |times: usize| {
        for _ in 0..times {
            pinned.up().exits(0);
            pinned.down().exits(0);
        }
    };
    cycle(WARM);
    let seen = || (daemon.containers(), daemon.volumes(), daemon.networks());
    let (before, files) = (seen(), open());
    assert!(files > 10, "the daemon's files are not seen");
    cycle(CYCLES);
    assert_eq!(seen(), before);
    // A connection that has ended is closed soon, and then it is closed: each look is a question to the daemon.
    let is_back = || daemon.answers() && open() <= files;
    assert!((0..2000).any(|_| is_back()), "{files} open files before, {} after", open());
    pinned.assert_only(&[&pinned.volume()]);
}
