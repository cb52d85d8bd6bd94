//! Every variable that is documented is one that the code knows, and every one that the code obeys is documented.

use crate::help;
use crate::support::{repository, repository_files};
use regex::Regex;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// What only examples name: a variable of their own, and one that the shell reads there.
const EXAMPLES: &[&str] = &["RUST_VERSION", "GITHUB_ENV"];

/// What is no user's business: `pin` sets it for a program that it asks itself, and what tests are told.
const INTERNAL: &[&str] = &["PIN_ASKS_CLI", "PIN_UPDATE"];

fn read(path: impl AsRef<Path>) -> String {
    let path = repository().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// What only tests are told.
const OF_TESTS: &str = "PIN_TEST_";

fn rust_files(below: &str) -> impl Iterator<Item = std::path::PathBuf> {
    repository_files().into_iter().filter(move |path| {
        path.starts_with(below) && path.extension().is_some_and(|extension| extension == "rs")
    })
}

/// The code without its tests.
fn code() -> String {
    let files = rust_files("src");
    let without_tests = |path| {
        let text = read(path);
        text.split("#[cfg(test)]\nmod tests {").next().map(str::to_owned).unwrap_or_default()
    };
    files.map(without_tests).collect()
}

fn words(pattern: &str, text: &str) -> BTreeSet<String> {
    let pattern = Regex::new(pattern).expect("a pattern");
    pattern.captures_iter(text).map(|found| found[1].to_owned()).collect()
}

#[test]
fn documented_variables_exist() {
    let documented = read("README.md") + &help::pages().into_values().collect::<String>();
    let code = code();
    let tests: String =
        rust_files("tests/it").filter(|path| !path.ends_with("variables.rs")).map(read).collect();
    let is_known = |name: &str| {
        let code = if name.starts_with(OF_TESTS) { &tests } else { &code };
        code.contains(&format!("\"{name}\""))
    };
    // In the text, `NAME`, `$NAME` and `NAME=`; not what shell lines of examples make of their own.
    let named = words(r"[`$](_?[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)\b", &documented);
    assert!(named.contains("PIN_ENGINE") && named.contains("GITHUB_TOKEN"), "{named:?}");
    let absent: Vec<&String> =
        named.iter().filter(|name| !EXAMPLES.contains(&name.as_str()) && !is_known(name)).collect();
    assert!(absent.is_empty(), "the documentation names what no code knows: {absent:?}");
}

#[test]
fn variables_that_are_obeyed_are_documented() {
    let readme = read("README.md");
    let own = words("\"(PIN_[A-Z0-9_]+)\"", &code());
    assert!(own.contains("PIN_RELEASES_URL"), "{own:?}");
    let absent: Vec<&String> = own
        .iter()
        .filter(|name| !INTERNAL.contains(&name.as_str()) && !readme.contains(name.as_str()))
        .collect();
    assert!(absent.is_empty(), "the README does not name {absent:?}");
}
