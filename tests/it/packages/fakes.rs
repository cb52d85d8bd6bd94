//! Clients that are small scripts, for every way in which one goes wrong.

use super::{ask, program};
use crate::support::Project;

/// A manager, a project that uses it, and how its client speaks.
struct Client {
    name: &'static str,
    program: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// A script of a registry that has 0.18.2 and 1.0.0-beta.10.
    answer: &'static str,
    /// A script of a registry that has none.
    absent: &'static str,
}

const NPM: (&str, &str) = ("package.json", r#"{"dependencies":{"@dagger.io/dagger":"^0.18.2"}}"#);
const PYTHON: (&str, &str) = ("pyproject.toml", "[project]\ndependencies = [\"dagger-io>=0.18.2\"]\n");
const VIEW: &str = r#"echo '["0.18.2","1.0.0-beta.10","1.2.3"]'"#;
const E404: &str = r#"echo '{"error":{"code":"E404","summary":"Not Found"}}'; exit 1"#;
const FROM: &str = "echo 'ERROR: Could not find a version that satisfies the requirement dagger-io==0+pin (from versions: 0.18.2, 1.0.0b10, 2.0)' >&2; exit 1";
const FROM_NONE: &str = "echo 'Could not fetch URL http://x/dagger-io/: 404 Client Error: Not Found - skipping'; echo 'ERROR: Could not find a version that satisfies the requirement dagger-io==0+pin (from versions: none)' >&2; exit 1";

const CLIENTS: &[Client] = &[
    Client { name: "npm", program: "npm", files: &[NPM], answer: VIEW, absent: E404 },
    Client {
        name: "pnpm",
        program: "pnpm",
        files: &[NPM, ("pnpm-lock.yaml", "")],
        answer: VIEW,
        absent: E404,
    },
    Client {
        name: "Yarn 1",
        program: "yarn",
        files: &[NPM, ("yarn.lock", "# yarn lockfile v1\n")],
        answer: r#"echo '{"type":"inspect","data":["0.18.2","1.0.0-beta.10"]}'"#,
        // It has no words of its own for it.
        absent: "",
    },
    Client {
        name: "Yarn 4",
        program: "yarn",
        files: &[NPM, (".yarnrc.yml", "nodeLinker: node-modules\n")],
        answer: r#"echo '{"name":"@dagger.io/dagger","versions":["0.18.2","1.0.0-beta.10"]}'"#,
        absent: r#"echo '{"type":"error","data":"Package not found"}'; echo '{"type":"error","data":"  Response Code: 404 (Not Found)"}'; exit 1"#,
    },
    Client {
        name: "Bun",
        program: "bun",
        files: &[NPM, ("bun.lock", "{}")],
        answer: VIEW,
        absent: "echo '404 Not Found: http://x' >&2; echo ' - it does not exist in this registry' >&2; exit 1",
    },
    Client {
        name: "Deno",
        program: "deno",
        files: &[("deno.json", r#"{"imports":{"x":"npm:@dagger.io/dagger@^0.18.2"}}"#)],
        answer: r#"echo '{"modules":[{"specifier":"npm:/@dagger.io/dagger@0.18.2"},{"specifier":"npm:/@dagger.io/dagger@1.0.0-beta.10"}]}'"#,
        absent: r#"echo "{\"modules\":[{\"specifier\":\"npm:@dagger.io/dagger@0.99.0\",\"error\":\"npm package '@dagger.io/dagger' does not exist.\"}]}""#,
    },
    Client { name: "pip", program: "pip", files: &[PYTHON], answer: FROM, absent: FROM_NONE },
    Client { name: "pip3", program: "pip3", files: &[PYTHON], answer: FROM, absent: FROM_NONE },
    Client {
        name: "PDM",
        program: "pip",
        files: &[PYTHON, ("pdm.lock", "")],
        answer: FROM,
        absent: FROM_NONE,
    },
    Client {
        name: "Pipenv",
        program: "pip",
        files: &[("Pipfile", "[packages]\ndagger-io = \"==0.18.2\"\n")],
        answer: FROM,
        absent: FROM_NONE,
    },
    Client {
        name: "uv",
        program: "uv",
        files: &[PYTHON, ("uv.lock", "")],
        answer: "read -r wanted; case $wanted in *==0.18.2|*==1.0.0b10) echo \"$wanted\";; *) echo \"Because there is no version of $wanted and you require $wanted\" >&2; exit 1;; esac",
        absent: "echo 'Because dagger-io was not found in the package registry' >&2; exit 1",
    },
    Client {
        name: "Poetry",
        program: "poetry",
        files: &[PYTHON, ("poetry.lock", "")],
        answer: "case $* in *==0.18.2) echo 'dagger-io 0.18.2';; *==1.0.0b10) echo 'dagger-io 1.0.0b10';; *) echo 'Could not find a matching version of package dagger-io' >&2; exit 1;; esac",
        absent: "echo 'Could not find a matching version of package dagger-io' >&2; exit 1",
    },
    Client {
        name: "Cargo",
        program: "cargo",
        files: &[("Cargo.toml", "[dependencies]\ndagger-sdk = \"0.18.2\"\n")],
        answer: "echo '    Updating crates.io index' >&2; for last in \"$@\"; do :; done; version=${last#*=}; case $version in 0.18.2|1.0.0-beta.10) echo \"      Adding dagger-sdk =$version to dependencies\" >&2;; *) echo \"error: the crate \\`$last\\` could not be found in registry index.\" >&2; exit 101;; esac",
        absent: "echo '    Updating crates.io index' >&2; for last in \"$@\"; do :; done; echo \"error: the crate \\`$last\\` could not be found in registry index.\" >&2; exit 101",
    },
    Client {
        name: "Go",
        program: "go",
        files: &[("go.mod", "module m\nrequire dagger.io/dagger v0.18.2\n")],
        answer: "echo dagger.io/dagger v0.18.2 v1.0.0-beta.10",
        absent: "for last in \"$@\"; do :; done; echo \"go: $last: reading http://x/$last.info: 404 Not Found\" >&2; exit 1",
    },
    Client {
        name: "Mix",
        program: "mix",
        files: &[("mix.exs", "[{:dagger, \"~> 0.18.2\"}]\n")],
        answer: "case $3 in 0.18.2|1.0.0-beta.10) echo \"Config: {:dagger, \\\"~> $3\\\"}\";; *) echo \"No release with name dagger $3\" >&2; exit 1;; esac",
        absent: "echo \"No release with name dagger $3\" >&2; exit 1",
    },
    Client {
        name: "Composer",
        program: "composer",
        files: &[("composer.json", r#"{"require":{"dagger/dagger":"^0.18.2"}}"#)],
        answer: r#"echo '{"name":"dagger/dagger","versions":["v0.18.2","v1.0.0-beta.10","dev-main"]}'"#,
        absent: r#"echo '  Package "dagger/dagger" not found, try using --available' >&2; exit 1"#,
    },
];

/// Returns what is answered when the client is this script.
fn with(client: &Client, script: Option<&str>, timeout: &str) -> String {
    let project = Project::new(client.files);
    let directory = project.home().join("bin");
    if let Some(script) = script {
        program(&directory, client.program, &format!("#!/bin/sh\n{script}\n"));
    }
    ask(&project, &[("PATH", &directory.to_string_lossy())], timeout)
}

#[test]
fn what_a_client_has_is_there_and_nothing_else() {
    for client in CLIENTS {
        assert_eq!(with(client, Some(client.answer), "20000"), "0.18.2 1.0.0-beta.10", "{}", client.name);
        if !client.absent.is_empty() {
            assert_eq!(with(client, Some(client.absent), "20000"), "", "{}", client.name);
        }
    }
}

#[test]
fn whatever_else_a_client_says_is_no_answer() {
    let faults = [
        ("empty", "exit 0", "20000", "gave no answer that is understood"),
        ("garbage", "echo '<html>0.18.2</html>'; echo x >&2", "20000", "gave no answer that is understood"),
        ("hang", "exec /bin/sleep 60", "300", "did not end within 0.3 s"),
        ("endless", "exec /usr/bin/yes 0123456789", "20000", "printed more than"),
        (
            "refused",
            "echo 'error: GET https://user:hunter2@example.com/x?token=hunter2 //example.com/:_authToken=hunter2 was refused' >&2; exit 1",
            "20000",
            "ended with 1: error: GET https://***@example.com/x",
        ),
        (
            "unknown option",
            "echo 'unknown option: x' >&2; exit 2",
            "20000",
            "ended with 2: unknown option: x",
        ),
        ("killed", "kill -9 $$", "20000", "was ended by a signal"),
    ];
    for client in CLIENTS {
        for (fault, script, timeout, expect) in faults {
            let answer = with(client, Some(script), timeout);
            let place = format!("{} {fault}: {answer}", client.name);
            assert!(answer.starts_with("error: ") && answer.contains(expect), "{place}");
            assert!(answer.contains(client.program.trim_end_matches('3')), "{place}");
            assert!(!answer.contains("hunter2"), "{place}");
        }
        let answer = with(client, None, "20000");
        assert!(answer.contains("is not installed; install `"), "{}: {answer}", client.name);
    }
}

#[test]
fn a_client_that_asks_back_gets_no_answer() {
    for client in CLIENTS {
        // What uv is asked stands on its input already, and what pip is.
        let script = "while read -r line; do :; done; echo 'Password:' >&2; exit 1";
        let answer = with(client, Some(script), "20000");
        assert!(answer.contains("ended with 1"), "{}: {answer}", client.name);
    }
}

#[test]
fn who_is_asked_is_told_by_files_that_state_no_version() {
    let member = ("web/package.json", NPM.1);
    let project = Project::new(&[member, ("package.json", r#"{"packageManager":"pnpm@9.1.0"}"#)]);
    let directory = project.home().join("bin");
    program(&directory, "pnpm", &format!("#!/bin/sh\n{VIEW}\n"));
    assert_eq!(ask(&project, &[("PATH", &directory.to_string_lossy())], "20000"), "0.18.2 1.0.0-beta.10");
}

#[test]
fn a_registry_of_its_own_is_not_taken_for_another() {
    let poetry = "[tool.poetry.dependencies]\ndagger-io = { version = \"0.18.2\", source = \"corp\" }\n";
    let project = Project::new(&[("pyproject.toml", poetry)]);
    let answer = ask(&project, &[("PATH", "")], "20000");
    assert!(answer.contains("takes `dagger-io` from `corp`"), "{answer}");
    let cargo = "[dependencies]\ndagger-sdk = { version = \"0.18.2\", registry = \"--x\" }\n";
    let project = Project::new(&[("Cargo.toml", cargo)]);
    let answer = ask(&project, &[("PATH", "")], "20000");
    assert!(answer.contains("takes `dagger-sdk` from `--x`"), "{answer}");
}
