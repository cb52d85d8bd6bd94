//! Package managers: every way in which a client goes wrong, and real clients against registries that speak their
//! protocol.
//!
//! What is asked runs in a process of its own ([`asks`]), for a client's configuration is its environment.

mod fakes;
mod registries;

use crate::support::Project;
use pin::channel::package_of;
use pin::command::{Common, Network, survey};
use pin::report::Color;
use pin::upstream::Addresses;
use pin::value::Version;
use pin::world::http::HttpOptions;
use pin::world::{Voice, wait_for};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// The versions that are wanted everywhere; the registries of the tests have the first two.
const WANTED: [&str; 3] = ["0.18.2", "1.0.0-beta.10", "0.99.0"];

/// What the child's answer begins with.
const ANSWER: &str = "the answer is: ";

/// Not a test: it is what the tests run as a program of its own, in a repository.
#[test]
#[ignore = "the other tests run it"]
fn asks() {
    let Ok(timeout) = std::env::var("PIN_TEST_ASKS") else { return };
    let timeout = Duration::from_millis(timeout.parse().expect("milliseconds"));
    let wanted = std::env::var("PIN_TEST_WANTED").unwrap_or_else(|_| WANTED.join(" "));
    let wanted: BTreeSet<Version> =
        wanted.split(' ').map(|text| Version::parse(text).expect("a version")).collect();
    let common = Common {
        directory: std::env::current_dir().expect("a directory"),
        config: None,
        color: Color::Never,
        locked: true,
        voice: Voice::default(),
        network: Network {
            is_offline: false,
            http: HttpOptions { timeout, cache: None },
            addresses: Addresses::default(),
            credentials: pin::registry::Credentials::default(),
        },
        environment: pin::value::Environment::default(),
    };
    let survey = survey(&common).expect("a repository");
    let packages: BTreeSet<_> =
        survey.repository.sites.iter().filter_map(|site| package_of(&survey.repository, site)).collect();
    let package = packages.first().expect("a package");
    let asked = pin::packages::available(package, &survey.root, &wanted, timeout);
    let answer = match wait_for(asked).expect("a runtime").expect("no interruption") {
        Ok(versions) => versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Err(error) => {
            assert!(!error.hint().is_empty());
            format!("error: {error}; {}", error.hint())
        }
    };
    println!("\n{ANSWER}{answer}");
}

/// Returns what is answered in the project: the versions, or `error: `, why and a hint. The project must stay as it
/// is.
fn ask(project: &Project, variables: &[(&str, &str)], timeout: &str) -> String {
    let before = project.tree();
    let own = std::env::current_exe().expect("this program has a path");
    let mut command =
        project.command(own, &["--ignored", "--exact", "packages::asks", "--nocapture", "--quiet"]);
    command.env("PIN_TEST_ASKS", timeout).envs(variables.iter().copied());
    let run = project.run(&mut command);
    let answer = run.stdout.lines().find_map(|line| line.strip_prefix(ANSWER));
    let answer = answer.unwrap_or_else(|| panic!("no answer\n{}\n{}", run.stdout, run.stderr)).to_owned();
    assert_eq!(project.tree(), before, "the repository was changed");
    answer
}

/// Puts a program into a directory.
fn program(directory: &Path, name: &str, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::create_dir_all(directory).expect("directories can be made");
    let path = directory.join(name);
    std::fs::write(&path, text).expect("a file can be written");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("a mode can be set");
}
