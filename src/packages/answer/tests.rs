use super::*;
use proptest::prelude::{any, proptest};

fn ended(code: i32, stdout: &str, stderr: &str) -> Ended {
    Ended { code: Some(code), stdout: stdout.to_owned(), stderr: stderr.to_owned() }
}

fn check(manager: Manager, package: &str, code: i32, output: (&str, &str), expect: &str) {
    let answer = listed(manager, package, &ended(code, output.0, output.1));
    let shown = match &answer {
        Answer::Versions(versions) => versions.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
        Answer::Absent => "absent".to_owned(),
        Answer::Unclear => "unclear".to_owned(),
    };
    assert_eq!(shown, expect, "{manager:?} {output:?}");
}

/// What the clients said when they were asked, shortened.
#[test]
fn what_clients_of_npm_s_registry_say() {
    use Manager::{Bun, Npm, Pnpm};
    let npm = |manager, code, stdout: &str, stderr: &str, expect| {
        check(manager, "@dagger.io/dagger", code, (stdout, stderr), expect);
    };
    for manager in [Npm, Pnpm, Bun] {
        npm(
            manager,
            0,
            "[\n  \"0.18.2\",\n  \"1.0.0-beta.14\"\n]\n",
            "npm warn Unknown env config\n",
            "0.18.2 1.0.0-beta.14",
        );
        npm(manager, 0, "\"0.18.2\"\n", "", "0.18.2");
        npm(manager, 0, " WARN  Unsupported engine\n[\"0.18.2\"]\n", "", "0.18.2");
        npm(manager, 0, "[\"0.18.2\", \"not one\", \"0.18\"]", "", "0.18.2");
        for garbage in ["", "\n", "[", "[1]", "{}", "null", "<html>", "[\"0.18.2\""] {
            npm(manager, 0, garbage, "", "unclear");
        }
        npm(manager, 1, "[\"0.18.2\"]", "", "unclear");
        npm(manager, 1, "{\"error\": {\"code\": \"E401\", \"summary\": \"404\"}}", "", "unclear");
        npm(
            manager,
            1,
            "{\n  \"error\": {\n    \"code\": \"ECONNREFUSED\",\n    \"summary\": \"FetchError\"\n  }\n}\n",
            "npm error code ECONNREFUSED\n",
            "unclear",
        );
        npm(manager, 1, "", "npm error code E404\n", "unclear");
    }
    npm(
        Npm,
        1,
        "{\n  \"error\": {\n    \"code\": \"E404\",\n    \"summary\": \"Not Found\"\n  }\n}\n",
        "npm error code E404\n",
        "absent",
    );
    npm(
        Pnpm,
        1,
        "{\n  \"error\": {\n    \"code\": \"ERR_PNPM_FETCH_404\",\n    \"message\": \"x\"\n  }\n}\n",
        "",
        "absent",
    );
    npm(
        Bun,
        1,
        "",
        "\n404 Not Found: http://127.0.0.1/@dagger.io%2fdagger\n\n - '@dagger.io/dagger@latest' does not exist in this registry\n",
        "absent",
    );
    npm(Bun, 1, "", "ConnectionRefused: view request failed to send\n", "unclear");
}

#[test]
fn what_yarn_says() {
    let one = |code, stdout: &str, stderr: &str, expect| {
        check(Manager::YarnClassic, "@dagger.io/dagger", code, (stdout, stderr), expect);
    };
    one(
        0,
        "{\"type\":\"inspect\",\"data\":[\"0.18.2\",\"0.21.8\"]}\n",
        "{\"type\":\"warning\",\"data\":\"No license field\"}\n",
        "0.18.2 0.21.8",
    );
    one(0, "", "{\"type\":\"error\",\"data\":\"Received invalid response from npm.\"}\n", "unclear");
    one(1, "{\"type\":\"inspect\",\"data\":[\"0.18.2\"]}\n", "", "unclear");

    let two = |code, stdout: &str, expect| {
        check(Manager::YarnBerry, "@dagger.io/dagger", code, (stdout, ""), expect);
    };
    two(0, "{\"name\":\"@dagger.io/dagger\",\"versions\":[\"0.18.2\"]}\n", "0.18.2");
    two(0, "{\"name\":\"other\",\"versions\":[\"0.18.2\"]}\n", "unclear");
    let error = |data: &str| {
        format!("{{\"type\":\"error\",\"name\":35,\"displayName\":\"YN0035\",\"data\":\"{data}\"}}\n")
    };
    two(1, &[error("Package not found"), error("  Response Code: 404 (Not Found)")].concat(), "absent");
    two(1, &error("Package not found"), "unclear");
    two(1, &error("RequestError: connect ECONNREFUSED 127.0.0.1:1"), "unclear");
    two(1, "Usage Error: Couldn't find the node_modules state file", "unclear");
}

#[test]
fn what_deno_says() {
    let deno = |code, modules: &str, expect| {
        let stdout = format!(
            "{{\"version\":1,\"roots\":[],\"modules\":[{{\"kind\":\"esm\",\"specifier\":\"data:x\"}},{modules}]}}"
        );
        check(Manager::Deno, "npm:@dagger.io/dagger", code, (&stdout, ""), expect);
    };
    let there = "{\"kind\":\"npm\",\"specifier\":\"npm:/@dagger.io/dagger@0.18.4\"}";
    let also = "{\"kind\":\"npm\",\"specifier\":\"npm:@dagger.io/dagger@0.18.5\"}";
    let absent = "{\"specifier\":\"npm:@dagger.io/dagger@0.99.0\",\"error\":\"Could not find npm package '@dagger.io/dagger' matching '0.99.0'.\"}";
    let failed =
        "{\"specifier\":\"npm:@dagger.io/dagger@0.99.1\",\"error\":\"Failed loading http://127.0.0.1:1/x\"}";
    deno(0, &format!("{there},{also},{absent}"), "0.18.4 0.18.5");
    deno(0, absent, "");
    deno(0, &format!("{there},{failed}"), "unclear");
    deno(1, there, "unclear");
    deno(0, "{\"kind\":\"npm\",\"specifier\":\"npm:other@0.18.4\"}", "unclear");
    let package = "{\"specifier\":\"npm:@dagger.io/dagger@0.99.0\",\"error\":\"npm package '@dagger.io/dagger' does not exist.\"}";
    deno(0, package, "");
}

#[test]
fn what_pip_says() {
    for manager in [Manager::Pip, Manager::Pdm, Manager::Pipenv] {
        let pip =
            |stdout: &str, stderr: &str, expect| check(manager, "dagger-io", 1, (stdout, stderr), expect);
        let listed = |versions: &str| {
            format!(
                "ERROR: Could not find a version that satisfies the requirement dagger-io==0+pin (from versions: {versions})\nERROR: No matching distribution found for dagger-io==0+pin\n"
            )
        };
        pip("", &listed("0.1.0a1, 0.21.8, 1.0.0b11, 1.0.0.post1"), "0.1.0-alpha.1 0.21.8 1.0.0-beta.11");
        pip("Fetched page http://x/dagger-io/ as text/html\n", &listed("none"), "unclear");
        let not_found = "Could not fetch URL http://x/dagger-io/: 404 Client Error: Not Found for url: http://x/dagger-io/ - skipping\n";
        pip(not_found, &listed("none"), "absent");
        pip(not_found, &listed("0.21.8"), "0.21.8");
        pip("", &listed("none"), "unclear");
        for reason in [
            "connection error: [Errno 111] Connection refused",
            "401 Client Error: Unauthorized for url: http://x/dagger-io/",
            "There was a problem confirming the ssl certificate: x",
        ] {
            let skipped = format!("Could not fetch URL http://x/dagger-io/: {reason} - skipping\n");
            pip(&skipped, &listed("none"), "unclear");
            // Another index may have what is missing.
            pip(&skipped, &listed("0.21.8"), "unclear");
        }
        check(manager, "dagger-io", 0, ("", &listed("0.21.8")), "unclear");
        check(manager, "dagger-io", 2, ("", "no such option: --requirement\n"), "unclear");
        check(manager, "dagger", 1, ("", &listed("0.21.8")), "unclear");
    }
}

#[test]
fn what_go_and_composer_say() {
    let go = |code, stdout: &str, expect| check(Manager::Go, "dagger.io/dagger", code, (stdout, ""), expect);
    go(0, "dagger.io/dagger v0.18.2 v1.0.0-beta.1\n", "0.18.2 1.0.0-beta.1");
    go(0, "dagger.io/dagger\n", "");
    go(0, "other v0.18.2\n", "unclear");
    go(0, "", "unclear");
    go(1, "dagger.io/dagger v0.18.2\n", "unclear");

    let composer = |code, stdout: &str, stderr: &str, expect| {
        check(Manager::Composer, "dagger/dagger", code, (stdout, stderr), expect);
    };
    composer(
        0,
        "{\n    \"name\": \"dagger/dagger\",\n    \"versions\": [\n        \"v1.0.0-beta.10\",\n        \"v0.21.8\",\n        \"dev-main\"\n    ]\n}\n",
        "Warning: Accessing 127.0.0.1 over http which is an insecure protocol.\n",
        "0.21.8 1.0.0-beta.10",
    );
    composer(0, "{\"name\": \"x/y\", \"versions\": [\"v0.21.8\"]}", "", "unclear");
    composer(
        1,
        "",
        "\nIn ShowCommand.php line 300:\n\n  Package \"dagger/dagger\" not found, try using --available (-a) to show all\n",
        "absent",
    );
    composer(1, "", "  The \"http://127.0.0.1:1/packages.json\" file could not be downloaded\n", "unclear");
}

#[test]
fn a_signal_is_no_answer() {
    for manager in Manager::ALL {
        let ended = Ended { code: None, stdout: "[\"0.18.2\"]".to_owned(), stderr: String::new() };
        assert_eq!(listed(manager, "x", &ended), Answer::Unclear);
    }
}

proptest! {
    #[test]
    fn no_text_panics(stdout in any::<String>(), stderr in any::<String>(), code in any::<Option<i32>>()) {
        let ended = Ended { code, stdout, stderr };
        for manager in Manager::ALL {
            let _answer = listed(manager, "dagger-io", &ended);
        }
    }
}
