//! Whole runs of several programs in one directory, in turn, and the table of what they took.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// One row of the table.
pub(crate) struct Row {
    pub(crate) name: &'static str,
    program: PathBuf,
    arguments: Vec<String>,
    times: Vec<Duration>,
}

impl Row {
    pub(crate) fn new(name: &'static str, program: &Path, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { name, program: program.to_owned(), arguments, times: Vec::new() }
    }
}

/// Runs the program once and returns what it said; it must end well.
pub(crate) fn output(row: &Row, root: &Path) -> String {
    let output = command(&row.program, &row.arguments, root).output().expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} ended with {}: {said}", row.name, output.status);
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub(crate) fn measure(rows: &mut [Row], root: &Path, runs: usize) {
    for _ in 0..runs {
        for row in &mut *rows {
            let mut command = command(&row.program, &row.arguments, root);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            let start = Instant::now();
            let status = command.status().expect("it has started before");
            row.times.push(start.elapsed());
            assert!(status.success(), "{} ended with {status}", row.name);
        }
    }
}

/// Prints the rows; with a base, the second column is how many times as long as that row each takes.
pub(crate) fn print(rows: &mut [Row], base: Option<&str>, root: &Path) {
    for row in &mut *rows {
        row.times.sort();
    }
    let median = |row: &Row| row.times[row.times.len() / 2].as_secs_f64();
    let unit = rows.iter().find(|row| Some(row.name) == base).map(median);
    println!(
        "{:<34} {:>10} {:>8} {:>10} {:>10} {:>12}",
        "command",
        "median",
        base.map_or(String::new(), |base| format!("/ {base}")),
        "fastest",
        "slowest",
        "peak memory"
    );
    for row in rows {
        let milliseconds = |time: Duration| format!("{:.2} ms", time.as_secs_f64() * 1000.0);
        println!(
            "{:<34} {:>10} {:>8} {:>10} {:>10} {:>12}",
            row.name,
            milliseconds(row.times[row.times.len() / 2]),
            unit.map_or(String::new(), |unit| format!("{:.2}", median(row) / unit)),
            milliseconds(row.times[0]),
            milliseconds(row.times[row.times.len() - 1]),
            peak_memory(row, root).unwrap_or_else(|| "-".to_owned())
        );
    }
    println!();
}

/// The program in the repository, with nothing of this machine's configuration.
pub(crate) fn command(program: &Path, arguments: &[impl AsRef<OsStr>], root: &Path) -> Command {
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

pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}
