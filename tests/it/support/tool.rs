//! Programs that some tests need and a machine may lack.
//!
//! A test that cannot run is never silent: it says one line, which `tests/run` repeats at its end. What `tests/run` has
//! promised to install it lists in `PIN_TEST_REQUIRE` (names, or `all`): such a program that is missing or does not work
//! is a failure.

use std::ffi::OsString;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A program on the `PATH` of the test run.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
}

/// A program that does its job here: `probe` is a harmless run of it that must succeed. `None` has been reported.
pub(crate) fn need(test: &str, name: &str, probe: &[&str]) -> Option<PathBuf> {
    let Some(program) = find(name) else {
        return not_run(test, name, &format!("no `{name}` on the path"));
    };
    match Command::new(&program).args(probe).stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Some(program),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            not_run(test, name, &format!("`{name} {}` failed: {}", probe.join(" "), said.trim()))
        }
        Err(error) => not_run(test, name, &format!("`{name}` does not start: {error}")),
    }
}

/// The words that go before a command to run it in a network namespace in which nothing is, not even a loopback that is
/// up. Root may make one; anybody else needs a user namespace with it.
pub(crate) fn without_network(test: &str) -> Option<Vec<OsString>> {
    let unshare = find("unshare");
    for options in [&["--net"][..], &["--map-root-user", "--net"]] {
        let works = unshare.as_ref().is_some_and(|unshare| {
            Command::new(unshare)
                .args(options)
                .arg("true")
                .output()
                .is_ok_and(|output| output.status.success())
        });
        if let (true, Some(unshare)) = (works, &unshare) {
            return Some(std::iter::once(unshare.into()).chain(options.iter().map(OsString::from)).collect());
        }
    }
    not_run(test, "unshare", "no network namespace can be made (`unshare --net true`)")
}

/// Reports that a test did not run, and fails where it had to.
pub(crate) fn not_run<T>(test: &str, name: &str, why: &str) -> Option<T> {
    let required = std::env::var("PIN_TEST_REQUIRE").unwrap_or_default();
    assert!(
        !required.split(' ').any(|word| word == name || word == "all"),
        "{test} must run here, but {why}"
    );
    say(&format!("not run: {test}: {why}"));
    None
}

/// A line for the person who runs the tests, and for the end of `tests/run`. The test runner captures what `println!`
/// prints, but not this.
pub(crate) fn say(line: &str) {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("said");
    let mut file = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // One write each, so that tests side by side keep their lines whole.
    let line = format!("{line}\n");
    file.write_all(line.as_bytes()).expect("a line can be appended");
    std::io::stderr().write_all(line.as_bytes()).expect("stderr is open");
}
