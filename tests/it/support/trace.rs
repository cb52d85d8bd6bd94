//! System calls of `pin`, seen and broken from outside with `strace`.

use super::{Project, Run, tool};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Every call that changes what a file system holds, and the syncs in between.
const CHANGES: &str = "write,pwrite64,writev,pwritev,pwritev2,copy_file_range,sendfile,ftruncate,truncate,fallocate,\
                       fsync,fdatasync,syncfs,sync_file_range,rename,renameat,renameat2,link,linkat,symlink,symlinkat,\
                       unlink,unlinkat,mkdir,mkdirat,rmdir,chmod,fchmod,fchmodat,chown,fchown,fchownat,lchown,\
                       utimensat,openat,creat";

#[derive(Debug)]
pub(crate) struct Strace {
    program: PathBuf,
}

/// One call of the traced program, as `strace -y` shows it: descriptors carry their paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    pub(crate) thread: String,
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The `when`th call of `name` in the one thread that makes so many of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    pub(crate) name: String,
    pub(crate) when: usize,
}

/// A run with a fault in it.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) run: Run,
    /// Whether the fault was met; the program may have gone another way.
    pub(crate) met: bool,
}

impl Strace {
    /// `strace`, if it may trace here. A machine without it has been reported.
    pub(crate) fn find(test: &str) -> Option<Self> {
        tool::need(test, "strace", &["-f", "-o", "/dev/null", "true"]).map(|program| Self { program })
    }

    /// The words that go before a command to trace these calls into a file.
    pub(crate) fn words(&self, calls: &str, log: &Path) -> Vec<String> {
        let program = self.program.to_str().expect("strace has a plain path");
        let log = log.to_str().expect("a temporary directory has a plain path");
        [program, "-f", "-y", "-qq", "-o", log, "-e", &format!("trace={calls}"), "-e", "signal=none"]
            .map(str::to_owned)
            .to_vec()
    }

    /// Runs `pin` and says which calls of these names it made, in their order.
    pub(crate) fn record(&self, project: &Project, calls: &str, arguments: &[&str]) -> (Run, Vec<Call>) {
        let log = project.home().join("strace");
        let run = project.run(&mut project.pin_under(&self.words(calls, &log), arguments));
        (run, Self::read(&log))
    }

    /// The calls in a log.
    pub(crate) fn read(log: &Path) -> Vec<Call> {
        let text = fs::read_to_string(log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        text.lines().filter_map(parse).collect()
    }

    /// Runs `pin` and says how it changed files: opens only where they create or cut a file.
    pub(crate) fn changes(&self, project: &Project, arguments: &[&str]) -> (Run, Vec<Call>) {
        let (run, calls) = self.record(project, CHANGES, arguments);
        (run, calls.into_iter().filter(Call::changes_files).collect())
    }

    /// Every place where a run of `pin` in this project could break while it changes files.
    pub(crate) fn points(&self, project: &Project, arguments: &[&str]) -> Vec<Point> {
        let (run, calls) = self.record(project, CHANGES, arguments);
        run.exits(0);
        let mut counts = BTreeMap::<(&str, &str), usize>::new();
        let mut points = Vec::new();
        for call in &calls {
            let when = counts.entry((&call.name, &call.thread)).or_default();
            *when += 1;
            if call.changes_files() {
                points.push(Point { name: call.name.clone(), when: *when });
            }
        }
        // strace counts in each thread by itself: a number that two threads reach names no single place.
        let single = |point: &Point| {
            counts.iter().filter(|((name, _), count)| *name == point.name && **count >= point.when).count()
                == 1
        };
        let ambiguous: Vec<&Point> = points.iter().filter(|point| !single(point)).collect();
        assert!(ambiguous.is_empty(), "two threads change files, so these name no place: {ambiguous:?}");
        points
    }

    /// Runs `pin` with a fault (`signal=SIGKILL`, `error=EIO`) at one call.
    pub(crate) fn inject(&self, project: &Project, point: &Point, fault: &str, arguments: &[&str]) -> Broken {
        let log = project.home().join("strace");
        let mut words = self.words(&point.name, &log);
        words.extend(["-e".to_owned(), format!("inject={}:{fault}:when={}", point.name, point.when)]);
        let run = project.run(&mut project.pin_under(&words, arguments));
        let text = fs::read_to_string(&log).unwrap_or_else(|error| panic!("{}: {error}", log.display()));
        let met = text.contains("(INJECTED)") || run.exit.starts_with("signal ");
        Broken { run, met }
    }
}

impl Call {
    /// The path behind the descriptor that stands first: `fsync(3</tmp/a>)`.
    pub(crate) fn descriptor(&self) -> Option<&str> {
        let (_, arguments) = self.text.split_once('(')?;
        let (first, _) = arguments.split_once([',', ')'])?;
        Some(first.split_once('<')?.1.trim_end_matches('>'))
    }

    /// The paths that stand in quotes: two for a rename.
    pub(crate) fn paths(&self) -> Vec<&str> {
        self.text.split('"').skip(1).step_by(2).collect()
    }

    fn changes_files(&self) -> bool {
        self.name != "openat" || self.text.contains("O_CREAT") || self.text.contains("O_TRUNC")
    }
}

fn parse(line: &str) -> Option<Call> {
    let (thread, text) = line.split_once(' ')?;
    let text = text.trim_start();
    let (name, _) = text.split_once('(')?;
    let is_call = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    is_call.then(|| Call { thread: thread.to_owned(), name: name.to_owned(), text: text.to_owned() })
}

#[test]
fn a_line_of_strace_is_read() {
    let call = parse("17 renameat2(AT_FDCWD</r>, \"a.tmp\", AT_FDCWD</r>, \"a\", 0) = 0").expect("a call");
    assert_eq!((call.thread.as_str(), call.name.as_str()), ("17", "renameat2"));
    assert_eq!(call.paths(), ["a.tmp", "a"]);
    assert_eq!(parse("17 fsync(3</r/a b>) = 0").expect("a call").descriptor(), Some("/r/a b"));
    assert_eq!(parse("17 fsync(3</r/a> <unfinished ...>").expect("a call").name, "fsync");
    assert_eq!(parse("17 <... fsync resumed>) = 0"), None);
    assert_eq!(parse("17 +++ killed by SIGKILL +++"), None);
}
