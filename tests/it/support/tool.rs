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
/// up.
pub(crate) fn without_network(test: &str) -> Option<Vec<OsString>> {
    in_namespace(test, "--net", &[])
}

/// The words that go before a command to run it where no daemon of this machine has its socket: nothing is in `/run`.
pub(crate) fn without_daemons(test: &str) -> Option<Vec<OsString>> {
    // One is a link to the other where both are there.
    let script = "for at in /run /var/run; do [ ! -d $at ] || [ -L $at ] || \"$0\" -t tmpfs none $at || exit; done; \
                  exec \"$@\"";
    let [shell, mount] =
        ["sh", "mount"].map(|name| find(name).unwrap_or_else(|| name.into()).into_os_string());
    in_namespace(test, "--mount", &[shell, "-c".into(), script.into(), mount])
}

/// The words that go before a command to run it in a namespace of its own, with more words that prepare it there. Root
/// may make one; anybody else needs a user namespace with it.
fn in_namespace(test: &str, namespace: &str, prepare: &[OsString]) -> Option<Vec<OsString>> {
    let unshare = find("unshare");
    for options in [&[namespace][..], &["--map-root-user", namespace]] {
        let Some(unshare) = &unshare else { break };
        let mut words = vec![unshare.clone().into_os_string()];
        words.extend(options.iter().map(OsString::from).chain(prepare.iter().cloned()));
        let probe = Command::new(&words[0]).args(&words[1..]).arg("true").output();
        if probe.is_ok_and(|output| output.status.success()) {
            return Some(words);
        }
    }
    not_run(test, "unshare", &format!("no namespace can be made (`unshare {namespace} true`)"))
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
