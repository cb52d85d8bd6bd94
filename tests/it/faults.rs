//! `sync` broken from outside at every call with which it changes a file: killed, out of space, a failing disk.
//!
//! What a crash of the machine would leave is not seen here, because the kernel goes on; the order of writes and syncs
//! that such a crash would meet is looked at instead.

use crate::support::trace::{Point, Strace};
use crate::support::tree::{Entry, Tree};
use crate::support::{Project, diff, tool};
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Stdio;

const OLD: &str = "0.20.8";
const NEW: &str = "0.21.7";
const SYNC: [&str; 3] = ["sync", "--to", NEW];

const FILES: [(&str, u32, &str); 3] = [
    (".github/workflows/ci.yml", 0o644, WORKFLOW),
    ("ci/dagger.json", 0o644, "{\r\n  \"name\": \"ci\",\r\n  \"engineVersion\": \"v0.20.8\"\r\n}\r\n"),
    ("deploy/engine.yaml", 0o640, MANIFEST),
];

const WORKFLOW: &str = "on: push
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: dagger/dagger-for-github@v8
        with:
          version: 0.20.8
          call: test
";

const MANIFEST: &str = "apiVersion: v1
kind: Pod
metadata:
  name: engine
spec:
  containers:
    - name: engine
      image: registry.dagger.io/engine:v0.20.8";

/// Three files before and after a `sync`, everything beside them included.
struct Trees {
    old: Tree,
    new: Tree,
}

impl Trees {
    /// Where the journal lies depends on whether there is a git directory.
    fn without_git() -> Self {
        Self::of(Project::of(&files()))
    }

    fn with_git() -> Self {
        Self::of(Project::of(&files()).with_git())
    }

    fn of(project: Project) -> Self {
        let old = Tree::read(project.root());
        drop(project);
        let mut new = old.clone();
        for (path, _, text) in FILES {
            let Some(Entry::File { bytes, .. }) = new.0.get_mut(path) else { panic!("{path} is a file") };
            *bytes = text.replace(OLD, NEW).into_bytes();
        }
        Self { old, new }
    }

    /// For each of the three files whether it is the new one; an error if one is neither.
    fn states(&self, project: &Project) -> Result<[bool; 3], String> {
        let found = Tree::read(project.root());
        let mut states = [false; 3];
        for (state, (path, _, _)) in states.iter_mut().zip(FILES) {
            let entry = found.0.get(path);
            *state = entry == self.new.0.get(path);
            if !*state && entry != self.old.0.get(path) {
                return Err(format!("{path} is neither old nor new: {entry:?}"));
            }
        }
        Ok(states)
    }

    /// The end that every story must have: one more `sync`, all files new, nothing left over.
    fn heals(&self, project: &Project) -> Result<(), String> {
        let run = project.pin(&SYNC);
        if run.exit != "0" {
            return Err(format!("the next sync ended with {}: {}{}", run.exit, run.stdout, run.stderr));
        }
        let change = self.new.diff(&Tree::read(project.root()));
        change.map_or(Ok(()), |change| Err(format!("after the next sync:\n{change}")))
    }
}

fn files() -> Tree {
    let file = |mode, text: &str| Entry::File { mode, bytes: text.as_bytes().to_vec() };
    Tree(FILES.iter().map(|(path, mode, text)| ((*path).to_owned(), file(*mode, text))).collect())
}

/// What one broken run is followed by. Returns whether it was broken while the files changed places.
fn story(strace: &Strace, trees: &Trees, point: &Point, fault: &str) -> Result<bool, String> {
    let project = Project::of(&trees.old);
    let broken = strace.inject(&project, point, fault, &SYNC);
    if !broken.met {
        return Err("the fault was not met".to_owned());
    }
    let states = trees.states(&project)?;
    if broken.run.exit == "0" && states != [true; 3] {
        return Err(format!("exit 0, but the files are {states:?}"));
    }
    if broken.run.exit == "101" || broken.run.exit == "signal 6" {
        return Err(format!("a panic: {}", broken.run.stderr));
    }
    let mixed = states != [false; 3] && states != [true; 3];
    let seen = project.pin(&["check"]);
    if mixed && seen.exit != "3" {
        return Err(format!("half of the files are written, and check ended with {}", seen.exit));
    }
    if seen.exit == "3" && !(seen.stdout.clone() + &seen.stderr).contains("pin sync") {
        return Err(format!("check does not name the command to run: {}{}", seen.stdout, seen.stderr));
    }
    trees.heals(&project)?;
    Ok(mixed)
}

/// Tells every story, several at a time, and says which went wrong.
fn tell(
    stories: &[(Point, &'static str)],
    run: impl Fn(&Point, &str) -> Result<bool, String> + Sync,
) -> Vec<Point> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut mixed = Vec::new();
    let mut wrong = Vec::new();
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads)
            .map(|part| {
                let run = &run;
                scope.spawn(move || {
                    let mine = stories.iter().skip(part).step_by(threads);
                    mine.map(|(point, fault)| (point, *fault, run(point, fault))).collect::<Vec<_>>()
                })
            })
            .collect();
        for part in parts {
            for (point, fault, result) in part.join().expect("a story does not panic") {
                match result {
                    Ok(true) => mixed.push(point.clone()),
                    Ok(false) => {}
                    Err(why) => wrong.push(format!("{fault} at {} number {}: {why}", point.name, point.when)),
                }
            }
        }
    });
    assert!(
        wrong.is_empty(),
        "\n{} of {} stories went wrong:\n{}",
        wrong.len(),
        stories.len(),
        wrong.join("\n")
    );
    mixed
}

fn with_faults(points: &[Point], faults: &[&'static str]) -> Vec<(Point, &'static str)> {
    points.iter().flat_map(|point| faults.iter().map(move |fault| (point.clone(), *fault))).collect()
}

#[test]
fn a_sync_that_breaks_anywhere_leaves_whole_files_and_the_next_one_heals() {
    let Some(strace) = Strace::find("faults: every call") else { return };
    for (place, trees) in [("without git", Trees::without_git()), ("with git", Trees::with_git())] {
        let project = Project::of(&trees.old);
        let points = strace.points(&project, &SYNC);
        assert_eq!(trees.new.diff(&Tree::read(project.root())), None, "the plain run");

        let mut counts = BTreeMap::<&str, usize>::new();
        for point in &points {
            *counts.entry(&point.name).or_default() += 1;
        }
        for family in ["write", "sync", "rename", "unlink"] {
            let count: usize =
                counts.iter().filter(|(name, _)| name.contains(family)).map(|(_, count)| count).sum();
            assert!(count > 0, "{place}: no {family} at all among {counts:?}");
        }

        let stories = with_faults(&points, &["signal=SIGKILL", "error=ENOSPC", "error=EIO"]);
        let mixed = tell(&stories, |point, fault| story(&strace, &trees, point, fault));
        tool::say(&format!("faults: {place}: {} at {} calls {counts:?}", stories.len(), points.len()));
        assert!(
            !mixed.is_empty(),
            "{place}: no fault met the files half written: is nothing renamed one by one?"
        );
    }
}

/// The run that heals can be killed as well.
#[test]
fn healing_can_break_anywhere_too() {
    let Some(strace) = Strace::find("faults: healing") else { return };
    for trees in [Trees::without_git(), Trees::with_git()] {
        // The first place at which a kill leaves the files half written.
        let torn = |point: &Point| {
            let project = Project::of(&trees.old);
            let broken = strace.inject(&project, point, "signal=SIGKILL", &SYNC);
            assert!(broken.met, "{point:?}");
            project
        };
        let points = strace.points(&Project::of(&trees.old), &SYNC);
        let first = points.iter().find(|point| {
            let states = trees.states(&torn(point)).expect("the other test has looked at this");
            states != [false; 3] && states != [true; 3]
        });
        let first = first.expect("the other test has found one");

        let healing = strace.points(&torn(first), &SYNC);
        let stories = with_faults(&healing, &["signal=SIGKILL", "error=EIO"]);
        tell(&stories, |point, fault| {
            let project = torn(first);
            strace.inject(&project, point, fault, &SYNC);
            trees.states(&project)?;
            trees.heals(&project)?;
            Ok(false)
        });
        tool::say(&format!("faults: {} at {} calls of the run that heals", stories.len(), healing.len()));
    }
}

/// What the kernel has not written out a crash of the machine can lose: so a file is synced before it takes its name,
/// and the directory after that.
#[test]
fn bytes_reach_the_disk_before_the_name_does() {
    let Some(strace) = Strace::find("faults: order of syncs") else { return };
    let project = Project::of(&Trees::with_git().old);
    let (run, calls) = strace.changes(&project, &SYNC);
    run.exits(0);
    let absolute =
        |path: &str| project.root().join(path.trim_start_matches("./")).to_string_lossy().into_owned();
    let log: Vec<&str> = calls.iter().map(|call| call.text.as_str()).collect();
    for (target, _, _) in FILES {
        let renamed = calls.iter().position(|call| {
            call.name.starts_with("rename")
                && call.paths().last().map(|path| absolute(path)) == Some(absolute(target))
        });
        let renamed =
            renamed.unwrap_or_else(|| panic!("{target} is never renamed into place:\n{}", log.join("\n")));
        let source = absolute(calls[renamed].paths()[0]);
        let last = |before: usize, name: &str, path: &str| {
            calls[..before]
                .iter()
                .rposition(|call| call.name.contains(name) && call.descriptor().is_some_and(|it| it == path))
        };
        let (written, synced) = (last(renamed, "write", &source), last(renamed, "sync", &source));
        assert!(
            written.is_some() && written < synced,
            "{target}: {source} is not synced:\n{}",
            log.join("\n")
        );
        let directory = std::path::Path::new(&absolute(target)).parent().expect("a directory").to_owned();
        let synced = last(calls.len(), "sync", &directory.to_string_lossy());
        assert!(synced > Some(renamed), "{target}: its directory is not synced:\n{}", log.join("\n"));
    }
}

/// Stops `sync` in the middle of its first sync to disk, when everything has been read and nothing has its name yet,
/// and lets somebody else write one of the files.
#[test]
fn a_file_that_changes_under_a_sync_stops_all_of_it() {
    let Some(strace) = Strace::find("faults: change under sync") else { return };
    let trees = Trees::with_git();
    for (changed, _, text) in FILES {
        let project = Project::of(&trees.old);
        let (_, calls) = strace.changes(&Project::of(&trees.old), &SYNC);
        let first = calls.iter().find(|call| call.name.contains("sync")).expect("sync syncs");
        let mut words = strace.words(&first.name, std::path::Path::new("/dev/stderr"));
        words.retain(|word| word != "signal=none" && word != "-o" && word != "/dev/stderr");
        words.pop();
        words.extend(["-e".to_owned(), format!("inject={}:signal=SIGSTOP:when=1", first.name)]);
        let mut child = project
            .pin_under(&words, &SYNC)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("strace starts");
        let tracer = child.id();

        let mut stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let mut said = String::new();
        while !said.contains("stopped by SIGSTOP") {
            assert_ne!(
                stderr.read_line(&mut said).expect("strace speaks UTF-8"),
                0,
                "it never stopped:\n{said}"
            );
        }
        let theirs = text.to_owned() + "\n# somebody else was here\n";
        project.write(changed, &theirs);
        let children = format!("/proc/{tracer}/task/{tracer}/children");
        let pid = std::fs::read_to_string(&children).unwrap_or_else(|error| panic!("{children}: {error}"));
        let go_on = format!("kill -CONT {}", pid.trim());
        let woken = project.run(&mut project.command("/bin/sh", &["-c", &go_on]));
        assert_eq!(woken.exit, "0", "{}", woken.stderr);
        stderr.read_to_string(&mut said).expect("strace speaks UTF-8");
        let status = child.wait().expect("it was started");

        assert_eq!(status.code(), Some(3), "{changed} changed under sync:\n{said}");
        assert!(said.contains(changed), "the message does not name {changed}:\n{said}");
        let mut wanted = trees.old.clone();
        let Some(Entry::File { bytes, .. }) = wanted.0.get_mut(changed) else {
            panic!("{changed} is a file")
        };
        *bytes = theirs.into_bytes();
        let change = wanted.diff(&Tree::read(project.root()));
        assert!(change.is_none(), "{changed} changed under sync:\n{}", change.unwrap_or_default());
    }
}

/// Between a crash and the run that heals a person may have repaired things by hand.
#[test]
fn what_a_person_wrote_after_a_crash_is_not_overwritten() {
    let Some(strace) = Strace::find("faults: edits after a crash") else { return };
    let trees = Trees::with_git();
    let points = strace.points(&Project::of(&trees.old), &SYNC);
    let mut edits = 0;
    for point in points.iter().filter(|point| point.name.starts_with("rename")) {
        for (edited, _, text) in FILES {
            let project = Project::of(&trees.old);
            strace.inject(&project, point, "signal=SIGKILL", &SYNC);
            let theirs = format!("{text}\n# mine\n").replace(OLD, "0.21.4");
            project.write(edited, &theirs);
            project.pin(&SYNC);
            // `sync` may stop, or write the version into the person's text: the text itself stays.
            let found = project.read(edited);
            let kept =
                [theirs.clone(), theirs.replace("0.21.4", NEW)].iter().any(|text| text.as_bytes() == found);
            let change = diff::of(edited, theirs.as_bytes(), &found).unwrap_or_default();
            assert!(kept, "killed at {point:?}, then edited by hand:\n{change}");
            edits += 1;
        }
    }
    assert!(edits > 0, "nothing is renamed");
}
