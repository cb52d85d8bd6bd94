//! The README says what is true: its recorded session is what `pin` prints, its table of formats is the code's.

use crate::support::{Project, diff, repository};
use pin::site::Format;
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
    if is_update() {
        fs::write(repository().join("README.md"), format!("{head}{BEGIN}{session}{END}{tail}"))
            .expect("it can be written");
        return;
    }
    if let Some(difference) = diff::of("README.md", recorded.as_bytes(), session.as_bytes()) {
        panic!("{difference}\n(`PIN_UPDATE=1 cargo test readme` records it again)");
    }
}

const OWN_BEGIN: &str = "<!-- own toolchains: the files are in tests/toolchains, produced and compared by tests/it/readme.rs -->\n```toml\n";
const OWN_END: &str = "```\n<!-- end of own toolchains -->";

/// The section's `pin.toml` is what the session below it is run with.
#[test]
fn own_toolchains_are_pinned_as_the_readme_says() {
    let readme = readme();
    let (head, rest) = readme.split_once(OWN_BEGIN).expect("the README pins toolchains");
    let (recorded, tail) = rest.split_once(OWN_END).expect("the section has an end");
    let (toml, _) = recorded.split_once("```\n").expect("a pin.toml stands first");
    let project = Project::copy_of(&repository().join("tests/toolchains"));
    let own = String::from_utf8(project.read("pin.toml")).expect("it is UTF-8");
    assert_eq!(toml, own, "tests/toolchains/pin.toml is the README's");
    let mut session = format!("{toml}```\n```console\n");
    for arguments in [&["list"][..], &["sync", "--diff"], &["sync"], &["check"]] {
        let run = project.pin(arguments);
        let _ = write!(session, "$ pin {}\n{}{}", arguments.join(" "), run.stdout, run.stderr);
    }
    if std::env::var("PIN_UPDATE").is_ok_and(|value| value == "1") {
        fs::write(repository().join("README.md"), format!("{head}{OWN_BEGIN}{session}{OWN_END}{tail}"))
            .expect("it can be written");
        return;
    }
    if let Some(difference) = diff::of("README.md", recorded.as_bytes(), session.as_bytes()) {
        panic!("{difference}\n(`PIN_UPDATE=1 cargo test readme` records it again)");
    }
}

#[test]
fn the_table_of_formats_is_the_code_s() {
    const BEGIN: &str = "| format | files | case |\n|---|---|---|\n";
    let mut table = String::new();
    for format in Format::ALL {
        let ((title, files), name) = (format.description(), format.name());
        let case = format!("tests/cases/list/{name}");
        assert!(repository().join(&case).join("in").is_dir(), "no case {case}");
        let _ = writeln!(table, "| {title} | {files} | [{name}]({case}) |");
    }
    let readme = readme();
    let (head, rest) = readme.split_once(BEGIN).expect("the README has a table of formats");
    let (recorded, tail) = rest.split_at(rest.find("\n\n").map_or(rest.len(), |end| end + 1));
    if is_update() {
        fs::write(repository().join("README.md"), format!("{head}{BEGIN}{table}{tail}"))
            .expect("it can be written");
        return;
    }
    assert_eq!(recorded, table, "`PIN_UPDATE=1 cargo test readme` writes it");
}

fn is_update() -> bool {
    std::env::var("PIN_UPDATE").is_ok_and(|value| value == "1")
}
