//! A repository of ninety-four thousand files, beside the floor and the programs that people search repositories with.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use pin::site::Format;
use pin::world::{self, Want};

use crate::monorepo;
use crate::table::{self, Row};

/// What would have to be looked for without knowing any format.
const MARKERS: [&str; 9] = [
    "dagger.io",
    "engineVersion",
    "DAGGER_",
    "dagger-for-github",
    "github.com/dagger/dagger",
    "github:dagger/nix",
    "registry.dagger.io/engine",
    "dagger-helm",
    "DAGGER_VERSION",
];

pub(crate) fn run(runs: usize) {
    let git = table::find("git").expect("the benchmark needs git on the path");
    let root = monorepo::repository(&git);
    let read = read_by_the_floor(&root);
    let mut rows = rows(&git, &read, &root);
    for row in &rows {
        // The first run of each finds the files in memory or brings them there.
        table::output(row, &root);
    }
    table::measure(&mut rows, &root, runs);
    let lines = |arguments: &[&str]| table::output(&Row::new("git", &git, arguments), &root).lines().count();
    println!(
        "{} tracked files, {} untracked, {} that may state a version by their names; {runs} whole runs of each, in turn",
        lines(&["ls-files"]),
        lines(&["ls-files", "--others", "--exclude-standard"]),
        read.len(),
    );
    for name in ["git", "rg"] {
        match table::find(name) {
            Some(program) => {
                let said = table::output(&Row::new("version", &program, &["--version"]), &root);
                println!("{}", said.lines().next().unwrap_or_default());
            }
            None => println!("not run: {name}: no `{name}` on the path"),
        }
    }
    table::print(&mut rows, Some("floor"), &root);
    let listed = table::output(&Row::new("git", &git, &["ls-files"]), &root);
    let start = Instant::now();
    let known = listed.lines().filter_map(Format::of).count();
    let each = start.elapsed() / u32::try_from(listed.lines().count()).expect("not so many");
    println!("telling the format of a file by its path takes {each:?} on one thread ({known} have one)");
}

/// Returns the files that the floor reads; they are those that `pin` reads, or the floor would be none.
fn read_by_the_floor(root: &Path) -> BTreeSet<String> {
    let floor = std::env::current_exe().expect("a program has a path");
    let listed = table::output(&Row::new("floor", &floor, &["floor", "--list"]), root);
    let by_floor: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
    let wants = |path: &str| Format::of(path).map(|_| Want::Bytes);
    let looked = world::look(root, wants, &[], |_, _| Some(())).expect("the repository can be read");
    let by_pin: BTreeSet<String> = looked.files.into_iter().map(|(path, ())| path).collect();
    let difference: Vec<_> = by_pin.symmetric_difference(&by_floor).take(9).collect();
    assert!(difference.is_empty(), "pin and the floor do not read the same files: {difference:?}");
    by_pin
}

fn rows(git: &Path, read: &BTreeSet<String>, root: &Path) -> Vec<Row> {
    let pin = Path::new(env!("CARGO_BIN_EXE_pin"));
    let floor = std::env::current_exe().expect("a program has a path");
    let mut rows = vec![Row::new("pin check", pin, &["check"]), Row::new("floor", &floor, &["floor"])];
    if let Some(rg) = table::find("rg") {
        let types: Vec<String> = globs(read).iter().map(|glob| format!("--type-add=pin:{glob}")).collect();
        let mut words: Vec<&str> = vec!["--hidden", "--glob=!.git", "--type=pin"];
        words.extend(types.iter().map(String::as_str));
        check_files(&rg, &words, read, root);
        words.extend(["-l", "-F", "dagger"]);
        rows.push(Row::new("rg -lF dagger, same files", &rg, &words));
        let mut words = vec!["--hidden", "--glob=!.git", "-l"];
        words.extend(MARKERS.iter().flat_map(|marker| ["-e", marker]));
        rows.push(Row::new("rg -l, 9 markers, all files", &rg, &words));
    }
    rows.push(Row::new("git grep -lF dagger", git, &["grep", "-lF", "dagger"]));
    rows.push(Row::new("git status --porcelain", git, &["status", "--porcelain"]));
    rows
}

/// Returns globs that match the files and, in this repository, no others.
fn globs(read: &BTreeSet<String>) -> BTreeSet<String> {
    let glob = |path: &String| {
        let name = path.rsplit('/').next().expect("a path has a name");
        match name.rsplit_once('.') {
            Some((_, extension)) if Format::of(&format!("any.{extension}")).is_some() => {
                format!("*.{extension}")
            }
            _ => {
                let parts: Vec<&str> = name.split(|letter: char| letter.is_ascii_digit()).collect();
                let parts: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
                let end = if name.ends_with(|letter: char| letter.is_ascii_digit()) { "*" } else { "" };
                format!("{}{end}", parts.join("*"))
            }
        }
    };
    read.iter().map(glob).collect()
}

/// That the other program reads the same files, but for the few that git tracks although it ignores them.
fn check_files(rg: &Path, words: &[&str], read: &BTreeSet<String>, root: &Path) {
    let mut words = words.to_vec();
    words.push("--files");
    let listed = table::output(&Row::new("rg --files", rg, &words), root);
    let files: BTreeSet<String> = listed.lines().map(str::to_owned).collect();
    let difference: Vec<&String> = read.symmetric_difference(&files).collect();
    assert!(difference.len() <= 300, "rg reads other files: {:?}", &difference[..9]);
    println!("rg with the same globs reads {} of the {} files", files.intersection(read).count(), read.len());
}
