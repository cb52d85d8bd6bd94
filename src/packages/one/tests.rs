use super::*;
use proptest::prelude::{any, proptest};

/// Expects what the client says of version 1.0.0-beta.10.
fn check(manager: Manager, package: &str, code: i32, output: (&str, &str), expect: Option<bool>) {
    let ended = Ended { code: Some(code), stdout: output.0.to_owned(), stderr: output.1.to_owned() };
    let version = Version::parse("1.0.0-beta.10").unwrap();
    assert_eq!(told(manager, package, &version, &ended), expect, "{manager:?} {output:?}");
}

/// What the clients said when they were asked, shortened.
#[test]
fn what_uv_says() {
    let uv = |code, stdout: &str, stderr: &str, expect| {
        check(Manager::Uv, "dagger-io", code, (stdout, stderr), expect);
    };
    uv(0, "dagger-io==1.0.0b10\n", "warning: x\n", Some(true));
    uv(0, "dagger-io==1.0.0b1\n", "", None);
    uv(0, "", "", None);
    uv(1, "dagger-io==1.0.0b10\n", "", None);
    uv(
        1,
        "",
        "error: No solution found when resolving dependencies\n  cause: Because there is no version of dagger-io==1.0.0b10 and you require dagger-io==1.0.0b10, we can conclude …\n",
        Some(false),
    );
    uv(
        1,
        "",
        "  × No solution found when resolving dependencies:\n  ╰─▶ Because there is no version of\n      dagger-io==1.0.0b10 and you require\n",
        Some(false),
    );
    uv(
        1,
        "",
        "cause: Because dagger-io was not found in the package registry and you require\n",
        Some(false),
    );
    uv(1, "", "Because there is no version of dagger-io==1.0.0b1 and you require\n", None);
    for hint in [
        "hint: An index URL (http://x) could not be queried due to a lack of valid authentication credentials (401 Unauthorized)\n",
        "hint: An index (http://x) returned a 403 Forbidden error. Check that the index URL is correct and the credentials are valid.\n",
    ] {
        let absent = "cause: Because dagger-io was not found in the package registry and you require\n\n";
        uv(1, "", &format!("{absent}{hint}"), None);
    }
    uv(1, "", "Because dagger-io was not found in the cache and you require\n", None);
    uv(2, "", "error: Failed to fetch: http://127.0.0.1:1/simple/dagger-io/\n", None);
    uv(2, "", "error: unexpected argument '--no-build' found\n", None);
}

#[test]
fn what_poetry_says() {
    let poetry = |code, stdout: &str, stderr: &str, expect| {
        check(Manager::Poetry, "dagger-io", code, (stdout, stderr), expect);
    };
    poetry(
        0,
        "Resolving dependencies...\n\nResolution results:\n\ndagger-io 1.0.0b10\nanyio 4.0.0\n",
        "",
        Some(true),
    );
    poetry(0, "Resolution results:\n\ndagger-io 1.0.0b1\n", "", None);
    poetry(1, "", "\nCould not find a matching version of package dagger-io\n", Some(false));
    let passed_over = "Source (corp): Authorization error accessing http://x/simple/dagger-io/\n";
    poetry(1, "", &format!("{passed_over}\nCould not find a matching version of package dagger-io\n"), None);
    poetry(1, "", "\nCould not find a matching version of package dagger-io-x\n", None);
    poetry(
        1,
        "",
        "Because x depends on dagger-io (1.0.0b10) which doesn't match any versions, version solving failed.\n",
        Some(false),
    );
    poetry(1, "", "\nAll attempts to connect to 127.0.0.1:1 failed.\n", None);
    poetry(1, "", "\nExpecting value: line 1 column 1 (char 0)\n", None);
    poetry(1, "", "Poetry could not find a pyproject.toml file in /x or its parents\n", None);
}

#[test]
fn what_cargo_says() {
    let cargo = |code, stderr: &str, expect| check(Manager::Cargo, "dagger-sdk", code, ("", stderr), expect);
    let absent = "error: the crate `dagger-sdk@=1.0.0-beta.10` could not be found in registry index.\n";
    cargo(
        0,
        "    Updating crates.io index\n      Adding dagger-sdk =1.0.0-beta.10 to dependencies\n             Features:\n             + gen\nwarning: aborting add due to dry run\n",
        Some(true),
    );
    cargo(0, "      Adding dagger-sdk =1.0.0-beta.10 to dependencies.\n", Some(true));
    cargo(0, "      Adding dagger-sdk =1.0.0-beta.1 to dependencies\n", None);
    cargo(101, &format!("    Updating `corp` index\n{absent}"), Some(false));
    // Offline.
    cargo(101, absent, None);
    cargo(101, "    Updating `x` index\nerror: failed to query replaced source registry `crates-io`\n", None);
}

#[test]
fn what_go_says() {
    let go = |code, stdout: &str, stderr: &str, expect| {
        check(Manager::Go, "dagger.io/dagger", code, (stdout, stderr), expect);
    };
    let url =
        "go: dagger.io/dagger@v1.0.0-beta.10: reading http://x/dagger.io/dagger/@v/v1.0.0-beta.10.info:";
    go(0, "{\n\t\"Path\": \"dagger.io/dagger\",\n\t\"Version\": \"v1.0.0-beta.10\"\n}\n", "", Some(true));
    go(0, "{\"Path\": \"dagger.io/dagger\", \"Version\": \"v1.0.0-beta.1\"}", "", None);
    go(1, "", &format!("{url} 404 Not Found\n"), Some(false));
    go(1, "", &format!("{url} 410 Gone\n"), Some(false));
    go(1, "", &format!("{url} 500 404\n"), None);
    go(
        1,
        "",
        &format!("{url} 403 Forbidden\n\tserver response: This module version is not available.\n"),
        None,
    );
    go(1, "", "go: dagger.io/dagger@v1.0.0-beta.10: unknown revision v1.0.0-beta.10\n", Some(false));
    go(
        1,
        "",
        "go: dagger.io/dagger@v1.0.0-beta.10: Get \"http://127.0.0.1:1\": dial tcp: connection refused\n",
        None,
    );
    go(1, "", "go: module lookup disabled by GOPROXY=off\n", None);
}

#[test]
fn what_mix_says() {
    let mix = |code, stdout: &str, stderr: &str, expect| {
        check(Manager::Mix, "dagger", code, (stdout, stderr), expect);
    };
    mix(0, "Config: {:dagger, \"~> 1.0.0-beta.10\"}\nReleased: 2026-01-01\n", "", Some(true));
    mix(1, "", "No release with name dagger 1.0.0-beta.10\n", Some(false));
    mix(1, "", "No release with name dagger 1.0.0-beta.1\n", None);
    mix(1, "", "Failed to retrieve release information\n:timeout\n", None);
    mix(1, "", "** (Mix) The task \"hex.info\" could not be found\n", None);
}

#[test]
fn a_listing_client_is_not_asked_so() {
    check(Manager::Npm, "dagger-io", 0, ("dagger-io==1.0.0b10", ""), None);
}

proptest! {
    #[test]
    fn no_text_panics(stdout in any::<String>(), stderr in any::<String>(), code in any::<Option<i32>>()) {
        let ended = Ended { code, stdout, stderr };
        for manager in Manager::ALL {
            let _answer = told(manager, "dagger-io", &Version::new(0, 21, 8), &ended);
        }
    }
}
