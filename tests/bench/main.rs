//! What a person waits for: whole runs of `pin` beside `git status` in the same repository, taken in turn.
//!
//! `cargo bench --bench whole` prints a table. Nothing is asserted about time: a number from another machine, or from
//! a busy one, proves nothing. That `pin` did the work is asserted.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark writes files, starts processes and reads the clock"
)]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

mod repository;

use repository::Mentions;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 101;

/// One row of the table.
struct Row {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    times: Vec<Duration>,
}

fn main() {
    let git = find("git").expect("the benchmark needs git on the path");
    for (mentions, title) in [
        (Mentions::Some, "one file in nine names the toolchain"),
        (Mentions::All, "every file names the toolchain (the worst case)"),
    ] {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let root = directory.path().join("repo");
        let size = repository::generate(&root, mentions);
        for arguments in [
            &["init", "--quiet", "--initial-branch=main"][..],
            &["add", "--all"],
            &[
                "-c",
                "user.name=bench",
                "-c",
                "user.email=b@example.com",
                "commit",
                "--quiet",
                "--message=all",
            ],
            &["status", "--porcelain"],
        ] {
            let status = command(&git, arguments, &root).status().expect("git starts");
            assert!(status.success(), "git {}", arguments.join(" "));
        }
        let mut rows = rows(&git);
        for row in &rows {
            check(row, &root);
        }
        measure(&mut rows, &root);
        println!(
            "{} files, {} kB, {} places with a version; {title}; {RUNS} whole runs of each, in turn",
            repository::FILES,
            size / 1000,
            repository::SITES
        );
        print(&mut rows, &root);
    }
}

fn rows(git: &Path) -> Vec<Row> {
    let pin = Path::new(env!("CARGO_BIN_EXE_pin"));
    let row = |name, program: &Path, arguments| Row {
        name,
        program: program.to_owned(),
        arguments,
        times: Vec::new(),
    };
    let mut rows = vec![
        row("pin check", pin, &["check"][..]),
        row("pin list", pin, &["list"]),
        row("git status", git, &["status", "--porcelain"]),
    ];
    if let Some(nothing) = find("true") {
        rows.push(row("true (a process)", &nothing, &[]));
    }
    rows
}

/// That the program does the work which is measured.
fn check(row: &Row, root: &Path) {
    let output = command(&row.program, row.arguments, root).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} ended with {}: {said}", row.name, output.status);
    if row.name == "pin list" {
        let lines = String::from_utf8_lossy(&output.stdout).lines().count();
        assert!(lines >= repository::SITES, "pin list has {lines} lines for {} sites", repository::SITES);
    }
}

fn measure(rows: &mut [Row], root: &Path) {
    for _ in 0..RUNS {
        for row in &mut *rows {
            let mut command = command(&row.program, row.arguments, root);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().expect("it has started before");
            row.times.push(start.elapsed());
            assert!(status.success(), "{} ended with {status}", row.name);
        }
    }
}

fn print(rows: &mut [Row], root: &Path) {
    println!("{:<18} {:>10} {:>10} {:>10} {:>12}", "command", "median", "fastest", "slowest", "peak memory");
    for row in rows {
        row.times.sort();
        let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        println!(
            "{:<18} {:>10} {:>10} {:>10} {:>12}",
            row.name,
            milliseconds(row.times[RUNS / 2]),
            milliseconds(row.times[0]),
            milliseconds(row.times[RUNS - 1]),
            peak_memory(row, root).unwrap_or_else(|| "-".to_owned())
        );
    }
    println!();
}

/// The program in the repository, with nothing of this machine's configuration.
fn command(program: &Path, arguments: &[impl AsRef<OsStr>], root: &Path) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root).env_clear().env("HOME", root.with_file_name("home"));
    command.envs([("NO_COLOR", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_SYSTEM", "/dev/null")]);
    command.stdin(Stdio::null());
    command
}

/// The largest resident size, as GNU time reports it in kilobytes.
fn peak_memory(row: &Row, root: &Path) -> Option<String> {
    let time = find("time")?;
    let mut arguments: Vec<&OsStr> = ["-f", "%M"].map(OsStr::new).to_vec();
    arguments.push(row.program.as_os_str());
    arguments.extend(row.arguments.iter().map(OsStr::new));
    let output = command(&time, &arguments, root).output().ok()?;
    let said = String::from_utf8(output.stderr).ok()?;
    let kilobytes: f64 = said.lines().last()?.trim().parse().ok()?;
    Some(format!("{:.1} MB", kilobytes / 1000.0))
}

fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}
