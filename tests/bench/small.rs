//! A repository of three hundred files, beside `git status`.

use std::path::Path;

use crate::repository::{self, Mentions};
use crate::table::{self, Row};

const RUNS: usize = 101;

pub(crate) fn run() {
    let git = table::find("git").expect("the benchmark needs git on the path");
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
            let status = table::command(&git, arguments, &root).status().expect("git starts");
            assert!(status.success(), "git {}", arguments.join(" "));
        }
        let mut rows = rows(&git);
        for row in &rows {
            check(row, &root);
        }
        table::measure(&mut rows, &root, RUNS);
        println!(
            "{} files, {} kB, {} places with a version; {title}; {RUNS} whole runs of each, in turn",
            repository::FILES,
            size / 1000,
            repository::SITES
        );
        table::print(&mut rows, None, &root);
    }
}

fn rows(git: &Path) -> Vec<Row> {
    let pin = Path::new(env!("CARGO_BIN_EXE_pin"));
    let mut rows = vec![
        Row::new("pin check", pin, &["check"]),
        Row::new("pin list", pin, &["list"]),
        Row::new("git status", git, &["status", "--porcelain"]),
    ];
    if let Some(nothing) = table::find("true") {
        rows.push(Row::new("true (a process)", &nothing, &[]));
    }
    rows
}

/// That the program does the work which is measured.
fn check(row: &Row, root: &Path) {
    let said = table::output(row, root);
    if row.name == "pin list" {
        let lines = said.lines().count();
        assert!(lines >= repository::SITES, "pin list has {lines} lines for {} sites", repository::SITES);
    }
}
