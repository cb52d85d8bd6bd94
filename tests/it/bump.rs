//! `pin bump` against somebody who publishes: which version is taken, who holds it back, and what is written when
//! a channel goes wrong.

use crate::support::flake::TIME;
use crate::support::published::{LONG_AGO, Published, TOMORROW, digest, rev};
use crate::support::server::{Asked, Reply, Server};
use crate::support::{Project, Run};
use std::os::unix::fs::PermissionsExt as _;

/// A repository in which the flake, a module, a workflow and an engine image state one version.
fn project(server: &Server) -> Project {
    let host = server.host();
    let (lock, flake) = (
        include_str!("../cases/check/learnt-revision/in/flake.lock"),
        include_str!("../cases/check/learnt-revision/in/flake.nix"),
    );
    // 0.21.4, which the embedded catalog knows.
    let lock = lock
        .replace("b35b2b5ab62ace3a3c1e779c497de1ad762a4aa1", "89dee52f7839a290326eb1f929a4ac99d4a1aae1")
        .replace(
            "sha256-E0v8IiF9sEWNw615Yae1RH8KtMuOOF+mcafu2m0kHyE=",
            "sha256-xjgaTEPXgv3sy1sz0hQoUTWUj2YBeAy/RDD9nNylXnQ=",
        )
        .replace("1785344846", "1780500205");
    Project::new(&[
        ("flake.lock", lock.as_str()),
        ("flake.nix", flake),
        ("ci/dagger.json", "{\n  \"name\": \"ci\",\n  \"engineVersion\": \"v0.21.4\"\n}\n"),
        (".github/workflows/ci.yml", "env:\n  DAGGER_VERSION: \"0.21.4\"\n"),
        ("deploy.yaml", &format!("image: {host}/dagger/engine:v0.21.4\n")),
    ])
}

/// 0.30.2 is everywhere but in the flake, 0.30.1 everywhere.
fn published() -> Published {
    Published {
        releases: vec![("0.30.2", LONG_AGO), ("0.30.1", LONG_AGO), ("0.30.0", LONG_AGO)],
        commits: vec![('b', "dagger:  -> v0.30.1", "0.30.1"), ('a', "dagger:  -> v0.30.0", "0.30.0")],
        tags: vec!["v0.30.2", "v0.30.1", "v0.30.0"],
    }
}

fn bump(project: &Project, server: &Server, arguments: &[&str]) -> Run {
    let url = |path: &str| format!("{}/{path}", server.url());
    let variables =
        [("PIN_RELEASES_URL", url("dl")), ("PIN_GITHUB_URL", url("gh")), ("PIN_GITHUB_API_URL", url("api"))];
    let variables: Vec<(&str, &str)> =
        variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    project.pin_with(&variables, &[&["bump"], arguments].concat())
}

fn text(project: &Project, path: &str) -> String {
    String::from_utf8(project.read(path)).expect("it is text")
}

#[test]
fn the_newest_version_that_everybody_has_is_written_everywhere() {
    let server = published().serve(|_| None);
    let project = project(&server);
    let run = bump(&project, &server, &["--write"]);
    run.exits(0);
    let host = server.host();
    let expect = [
        ("channel", "0.30.2 0.30.1 0.30.0 0.21.11"),
        ("release archives", "yes yes yes no"),
        ("github:dagger/nix", "no yes yes no"),
        (&format!("{host}/dagger/engine"), "yes yes yes no"),
    ];
    for ((name, answers), line) in expect.into_iter().zip(run.stdout.lines()) {
        let words: Vec<&str> = line.strip_prefix(name).expect(line).split_whitespace().take(4).collect();
        assert_eq!(words.join(" "), answers, "{line}");
    }
    assert!(run.stderr.contains("wrote dagger 0.30.1 at 4 sites in 4 files"), "{}", run.stderr);
    assert!(text(&project, "ci/dagger.json").contains("\"v0.30.1\""));
    assert!(text(&project, ".github/workflows/ci.yml").contains("\"0.30.1\""));
    assert!(text(&project, "deploy.yaml").contains(&format!("{host}/dagger/engine:v0.30.1")));
    let lock = text(&project, "flake.lock");
    assert!(lock.contains(&rev('b')) && lock.contains(&TIME.to_string()), "{lock}");
    let learnt = text(&project, "pin.lock");
    assert!(learnt.contains(&rev('b')) && !learnt.contains(&rev('a')), "{learnt}");
    // What was learnt is in the repository: nobody needs to be asked any more.
    project.pin(&["check", "--strict"]).exits(0);
    let before = project.tree();
    bump(&project, &server, &["--write"]).exits(0);
    assert_eq!(project.tree(), before, "the second time nothing is written");
}

#[test]
fn what_is_written_depends_on_what_is_asked_for() {
    let check = |arguments: &[&str], published: Published, code: i32, words: &str| {
        let server = published.serve(|_| None);
        let project = project(&server);
        let before = project.tree();
        let run = bump(&project, &server, arguments);
        run.exits(code);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
        assert_eq!(project.tree(), before, "{arguments:?}: nothing is written");
    };
    let everything = || Published { commits: vec![('c', "dagger:  -> v0.30.2", "0.30.2")], ..published() };
    check(&["--dry-run"], everything(), 0, "would write dagger 0.30.2");
    check(&["--check"], everything(), 1, "would write dagger 0.30.2");
    check(&["--diff"], everything(), 0, "would write dagger 0.30.2");
    check(&["--dry-run", "--to", "0.30.0"], published(), 0, "would write dagger 0.30.0");
    check(
        &["--dry-run", "--to", "0.30.2"],
        published(),
        3,
        "0.30.2 is not taken: github:dagger/nix lacks it",
    );
    check(&["--dry-run", "--to", "0.20.1"], published(), 3, "0.20.1 is not taken: three different tarballs");
    // The catalog knows newer ones in the line of 0.21.4; nobody here has them.
    check(&["--dry-run", "--patch"], published(), 0, "dagger 0.21.4 stays: nothing newer");
    let fresh = || {
        let releases = vec![("0.30.1", TOMORROW), ("0.30.0", LONG_AGO)];
        Published { releases, ..published() }
    };
    check(&["--dry-run", "--min-age", "3d"], fresh(), 0, "would write dagger 0.30.0");
    check(&["--dry-run", "--locked"], everything(), 3, "`--locked` keeps it as it is");
    let betas = || Published {
        releases: vec![("1.0.0-beta.24", LONG_AGO), ("0.30.1", LONG_AGO)],
        tags: vec!["v1.0.0-beta.24", "v0.30.1"],
        ..published()
    };
    check(&["--dry-run"], betas(), 0, "would write dagger 0.30.1");
    // The flake never packages pre-releases.
    check(&["--dry-run", "--pre"], betas(), 0, "would write dagger 0.30.1");
    let reverted = || Published {
        commits: vec![
            ('c', "Revert \\\"dagger:  -> v0.30.2\\\"", "0.30.1"),
            ('b', "dagger:  -> v0.30.2", "0.30.2"),
            ('a', "dagger:  -> v0.30.1", "0.30.1"),
        ],
        ..published()
    };
    check(&["--dry-run"], reverted(), 0, "would write dagger 0.30.1");
    check(&["--dry-run"], Published::default(), 0, "dagger 0.21.4 stays");
}

#[test]
fn a_commit_that_packages_other_archives_is_passed_over() {
    let lying = Published {
        commits: vec![
            // It says 0.30.1, and packages another one.
            ('c', "dagger:  -> v0.30.1", "0.30.0"),
            ('b', "dagger:  -> v0.30.1", "0.30.1"),
        ],
        ..published()
    };
    let server = lying.serve(|_| None);
    let project = project(&server);
    bump(&project, &server, &["--write"]).exits(0);
    assert!(text(&project, "flake.lock").contains(&rev('b')));
}

#[test]
fn a_digest_moves_with_its_tag() {
    let server = published().serve(|_| None);
    let host = server.host();
    let image = format!("image: {host}/dagger/engine:v0.30.0@{}\n", digest("v0.30.0"));
    let project = Project::new(&[("deploy.yaml", image.as_str())]);
    bump(&project, &server, &["--write"]).exits(0);
    let expect = format!("image: {host}/dagger/engine:v0.30.2@{}\n", digest("v0.30.2"));
    assert_eq!(text(&project, "deploy.yaml"), expect);
    assert!(text(&project, "pin.lock").contains(&digest("v0.30.2")));
}

/// Which answers go wrong, and what becomes of the bump.
#[test]
fn a_channel_that_goes_wrong_is_unknown_and_said() {
    let faults: Vec<(&str, Reply)> = vec![
        ("answered with status 500", Reply::status(500, "")),
        ("answered with status 429", Reply::status(429, "").with("Retry-After", "0")),
        ("no answer from", Reply::Hang),
        ("cut off", Reply::CutOff(b"{".to_vec())),
        ("is larger than", Reply::Endless),
        ("makes no sense", Reply::ok("{")),
        ("makes no sense", Reply::ok("")),
        ("", Reply::Closed),
    ];
    // Who goes wrong, and whether anything newer can still be proved.
    for prefix in ["/v2/", "/dl/releases/", "/api/repos/dagger/nix/"] {
        for (words, reply) in &faults {
            let fault = reply.clone();
            let change = move |asked: &Asked| asked.path.starts_with(prefix).then(|| fault.clone());
            let server = published().serve(change);
            let project = project(&server);
            let before = project.tree();
            let run = bump(&project, &server, &["--write", "--timeout", "1s"]);
            let what = format!("{prefix} {reply:?}\n{}\n{}", run.stdout, run.stderr);
            assert_eq!(run.exit, "3", "{what}");
            assert!(run.stdout.contains(words), "{what}");
            assert!(run.stderr.contains("dagger 0.21.4 stays: it is unknown"), "{what}");
            assert!(run.stderr.contains("hint: "), "{what}");
            assert_eq!(project.tree(), before, "{what}");
        }
    }
}

#[test]
fn without_the_list_of_tags_the_newest_release_is_known() {
    let server = published()
        .serve(|asked| asked.path.starts_with("/api/repos/dagger/dagger/").then(|| Reply::status(500, "")));
    let project = project(&server);
    let run = bump(&project, &server, &["--write"]);
    run.exits(0);
    assert!(run.stderr.contains("only the newest release is known"), "{}", run.stderr);
    assert!(text(&project, "flake.lock").contains(&rev('b')));
}

#[test]
fn what_a_person_names_is_taken_at_their_word_where_a_channel_is_silent() {
    let server = published().serve(|asked| asked.path.starts_with("/v2/").then(|| Reply::status(500, "")));
    let project = project(&server);
    let run = bump(&project, &server, &["--write", "--to", "0.30.1"]);
    run.exits(0);
    assert!(run.stderr.contains("warning: 0.30.1 is taken on your word"), "{}", run.stderr);
    assert!(text(&project, "deploy.yaml").contains("v0.30.1"));
}

#[test]
fn an_own_toolchain_is_moved_by_the_tags_of_its_image() {
    let tags = "{\"name\":\"library/postgres\",\"tags\":[\"16.4-alpine\",\"16.5-alpine\",\"17.0\",\"16.6\",\"latest\",\"16-alpine\"]}";
    let server = Server::start(move |asked| {
        match asked.path.split('?').next().unwrap_or_default() {
        "/v2/library/postgres/tags/list" => Reply::ok(tags),
        path if path.starts_with("/v2/library/postgres/manifests/16.5-alpine") => Reply::ok("{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}").with("Content-Type", "application/vnd.oci.image.index.v1+json"),
        _ => Reply::status(404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}"),
    }
    });
    let host = server.host();
    let config = format!(
        "[toolchain.postgres]\nversion = \"16.4\"\nsite = [{{ file = \"compose.yaml\", image = \"{host}/library/postgres\" }}]\n"
    );
    let compose = format!("services:\n  db:\n    image: {host}/library/postgres:16.4-alpine\n");
    let project = Project::new(&[("pin.toml", config.as_str()), ("compose.yaml", compose.as_str())]);
    bump(&project, &server, &["postgres", "--write"]).exits(0);
    assert!(text(&project, "compose.yaml").contains("postgres:16.5-alpine"));
    assert!(text(&project, "pin.toml").contains("\"16.5\""));
}

#[test]
fn an_interrupted_bump_has_written_nothing_and_leaves_nothing() {
    let (said, heard) = std::sync::mpsc::channel();
    let said = std::sync::Mutex::new(said);
    let server = Server::start(move |_| {
        let _ = said.lock().expect("no thread has panicked").send(());
        Reply::Hang
    });
    let project = project(&server);
    let before = project.tree();
    let mut command = project.command(crate::support::binary(), &["bump", "--write", "--timeout", "5m"]);
    command.env("PIN_RELEASES_URL", server.url()).env("PIN_GITHUB_API_URL", server.url());
    command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
    let child = command.spawn().expect("pin starts");
    heard.recv().expect("somebody is asked");
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("not 0");
    rustix::process::kill_process(pid, rustix::process::Signal::INT).expect("it is there");
    let output = child.wait_with_output().expect("it ends");
    let run = project.outcome(&output);
    run.exits(130);
    assert_eq!(run.stderr, "error: interrupted; nothing was written\n");
    assert_eq!(project.tree(), before);
}

#[test]
fn who_tells_nothing_is_no_reason_to_be_content() {
    let server = Server::start(|_| Reply::status(500, ""));
    let project = project(&server);
    let run = bump(&project, &server, &["--write"]);
    run.exits(3);
    assert!(run.stderr.contains("nobody told which versions there are"), "{}", run.stderr);
    let host = server.host();
    let own = |site: &str| {
        let config = format!("[toolchain.postgres]\nversion = \"16.4\"\nsite = [{{ {site} }}]\n");
        let compose = format!("services:\n  db:\n    image: {host}/library/postgres:16.4-alpine\n");
        Project::new(&[("pin.toml", config.as_str()), ("compose.yaml", &compose), ("version", "16.4\n")])
    };
    let image = own(&format!("file = \"compose.yaml\", image = \"{host}/library/postgres\""));
    bump(&image, &server, &["--write"]).exits(3);
    let file = own("file = \"version\"");
    let run = bump(&file, &server, &["--write"]);
    run.exits(2);
    assert!(run.stderr.contains("nothing says where versions of postgres are to be had"), "{}", run.stderr);
    bump(&file, &server, &["--write", "--to", "16.5"]).exits(0);
    assert_eq!(text(&file, "version"), "16.5\n");
}

#[test]
fn the_package_index_holds_the_others_back() {
    let server = published().serve(|_| None);
    let manifest = "{\n  \"name\": \"web\",\n  \"dependencies\": { \"@dagger.io/dagger\": \"^0.21.4\" }\n}\n";
    let npm = |script: &str| {
        let project = project(&server);
        project.write("web/package.json", manifest);
        if !script.is_empty() {
            let npm = project.home().join("npm");
            std::fs::write(&npm, format!("#!/bin/sh\n{script}\n")).expect("a file can be written");
            std::fs::set_permissions(&npm, std::fs::Permissions::from_mode(0o755)).expect("it is ours");
        }
        project
    };
    let bump = |project: &Project, arguments: &[&str]| {
        let path = format!("{}:/usr/bin:/bin", project.home().display());
        let url = |path: &str| format!("{}/{path}", server.url());
        let (releases, github, api) = (url("dl"), url("gh"), url("api"));
        let variables = [
            ("PATH", path.as_str()),
            ("PIN_RELEASES_URL", &releases),
            ("PIN_GITHUB_URL", &github),
            ("PIN_GITHUB_API_URL", &api),
        ];
        project.pin_with(&variables, &[&["bump"], arguments].concat())
    };
    let with_one = npm("echo '[\"0.21.4\",\"0.30.0\"]'");
    let run = bump(&with_one, &["--write"]);
    run.exits(0);
    assert!(run.stdout.contains("npm @dagger.io/dagger in web"), "{}", run.stdout);
    assert!(text(&with_one, "web/package.json").contains("\"^0.30.0\""));
    assert!(text(&with_one, "flake.lock").contains(&rev('a')));
    for (script, words) in [("exit 1", "npm"), ("echo nonsense", "npm"), ("sleep 100", "within")] {
        let silent = npm(script);
        let before = silent.tree();
        let run = bump(&silent, &["--write", "--timeout", "1s"]);
        run.exits(3);
        assert!(run.stdout.contains(words), "{script}: {}", run.stdout);
        assert_eq!(silent.tree(), before, "{script}");
    }
}
