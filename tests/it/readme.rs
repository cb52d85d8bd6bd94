//! The README says what is true: its recorded session is what `pin` prints, its table of formats is the code's.

use crate::support::{Project, diff, repository};
use pin::site::Format;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

const BEGIN: &str = "<!-- session: produced and compared by tests/it/readme.rs -->\n```console\n";
const END: &str = "```\n<!-- end of session -->";

fn readme() -> String {
    fs::read_to_string(repository().join("README.md")).expect("there is a README")
}

#[test]
fn the_session_is_what_pin_prints() {
    let project = Project::copy_of(&repository().join("tests/demo"));
    let mut session = String::new();
    for arguments in [&["check"][..], &["sync"], &["check"]] {
        let run = project.pin(arguments);
        let _ = write!(session, "$ pin {}\n{}{}", arguments.join(" "), run.stdout, run.stderr);
    }
    let readme = readme();
    let (head, rest) = readme.split_once(BEGIN).expect("the README has a session");
    let (recorded, tail) = rest.split_once(END).expect("the session has an end");
    if std::env::var("PIN_UPDATE").is_ok_and(|value| value == "1") {
        fs::write(repository().join("README.md"), format!("{head}{BEGIN}{session}{END}{tail}"))
            .expect("it can be written");
        return;
    }
    if let Some(difference) = diff::of("README.md", recorded.as_bytes(), session.as_bytes()) {
        panic!("{difference}\n(`PIN_UPDATE=1 cargo test readme` records it again)");
    }
}

#[test]
fn the_table_of_formats_is_the_code_s() {
    let rows: BTreeSet<String> = readme()
        .lines()
        .filter_map(|line| line.split_once("](tests/cases/list/"))
        .map(|(_, rest)| rest.trim_end_matches(" |").trim_end_matches(')').to_owned())
        .collect();
    let formats: BTreeSet<String> = Format::ALL.iter().map(|format| kebab(&format!("{format:?}"))).collect();
    assert_eq!(rows, formats);
    for format in formats {
        let case = repository().join("tests/cases/list").join(&format);
        assert!(case.join("in").is_dir(), "no case tests/cases/list/{format}");
    }
}

/// `DaggerJson` is `dagger-json`.
fn kebab(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !out.is_empty() {
            out.push('-');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}
