//! `pin catalog update`, from the question to the clone of somebody else.

use crate::schemas::assert_output;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::flake::{Commit, serve};
use crate::support::registry::{Door, Fake, MANIFEST};
use crate::support::server::{Asked, Reply, Server};
use crate::support::{Project, Run, binary};
use pin::value::Digest;
use rustix::process::{Pid, Signal, kill_process};
use std::process::Stdio;
use std::sync::mpsc;

const FLAKE: &str = "{\n  inputs.dagger.url = \"github:dagger/nix\";\n  outputs = _: { };\n}\n";

/// A repository whose lock names the commit.
fn locks(commit: &Commit) -> Project {
    let module = format!("{{\n  \"name\": \"ci\",\n  \"engineVersion\": \"v{}\"\n}}\n", commit.version);
    let files =
        [("flake.nix", FLAKE.to_owned()), ("flake.lock", commit.locked()), ("ci/dagger.json", module)];
    Project::new(&files).with_git()
}

fn commit() -> Commit {
    Commit::new('a', "0.22.1", '1')
}

/// Runs `pin catalog update` where the server is both hosts; what it says has `[SERVER]` for the address.
fn update(project: &Project, server: &Server, arguments: &[&str]) -> Run {
    let url = server.url();
    let arguments: Vec<&str> = ["catalog", "update"].into_iter().chain(arguments.iter().copied()).collect();
    let run = project.pin_with(
        &[("PIN_GITHUB_URL", &url), ("PIN_RELEASES_URL", &url), ("GITHUB_TOKEN", "hush")],
        &arguments,
    );
    assert!(!run.stdout.contains("hush") && !run.stderr.contains("hush"), "{run:?}");
    Run { stdout: run.stdout.replace(&url, "[SERVER]"), stderr: run.stderr.replace(&url, "[SERVER]"), ..run }
}

fn lock(project: &Project) -> String {
    String::from_utf8(project.read("pin.lock")).expect("pin.lock is text")
}

#[test]
fn what_one_learns_everybody_knows() {
    let (project, server) = (locks(&commit()), Server::start(|asked| serve(&[commit()], asked)));
    let check = project.pin(&["check"]);
    check.exits(1);
    assert!(check.stdout.contains("hint: run `pin catalog update`"), "{}", check.stdout);

    let run = update(&project, &server, &[]);
    let rev = commit().rev;
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        (
            &*format!(
                "{rev} packages 0.22.1 (flake.lock:10), says [SERVER]/dagger/nix/archive/{rev}.tar.gz\nwrote pin.lock\n"
            ),
            ""
        )
    );
    run.exits(0);
    for asked in server.asked() {
        assert_eq!(asked.header("authorization"), None, "{}", asked.path);
    }
    let count = server.asked().len();
    assert_eq!(count, 2);
    assert!(lock(&project).contains(&format!("sha256 = \"{}\"", "1".repeat(64))), "{}", lock(&project));

    // Nobody is asked any more, here and in a clone.
    project.pin(&["check", "--offline"]).exits(0);
    project.git(&["add", "--all"]);
    project.git(&["commit", "--quiet", "--message", "learn"]);
    let clone = project.home().join("clone");
    project.git(&["clone", "--quiet", ".", &clone.to_string_lossy()]);
    let check = project.pin(&["check", "--offline", "-C", &clone.to_string_lossy()]);
    check.exits(0);
    assert_eq!(check.stdout, "dagger: 0.22.1 (flake.lock:10); in lockstep, 2 sites in 2 files\n");
    let again = update(&project, &server, &[]);
    assert!(again.stdout.starts_with("nothing is unknown: "), "{}", again.stdout);
    assert_eq!((server.asked().len(), again.exit.as_str()), (count, "0"));
    let shown = project.pin(&["catalog", "show", "aaaaaaa"]);
    shown.exits(0);
    assert!(shown.stdout.contains("packages   0.22.1"), "{}", shown.stdout);
}

#[test]
fn nothing_is_written_unasked() {
    let (project, server) = (locks(&commit()), Server::start(|asked| serve(&[commit()], asked)));
    let before = project.tree();
    for (arguments, last) in [
        (&["--dry-run"][..], "would write pin.lock\n"),
        (&["--locked"], "pin.lock is not written, as `--locked` asks\n"),
    ] {
        let run = update(&project, &server, arguments);
        run.exits(0);
        assert!(run.stdout.contains("packages 0.22.1") && run.stdout.ends_with(last), "{}", run.stdout);
        assert_eq!(before.diff(&project.tree()), None);
    }
    let count = server.asked().len();
    let run = update(&project, &server, &["--offline"]);
    run.exits(3);
    let why = "stays unknown: nobody is asked with `--offline`\nhint: run `pin catalog update` without it\n";
    assert!(run.stderr.ends_with(why), "{}", run.stderr);
    assert_eq!((server.asked().len(), before.diff(&project.tree())), (count, None));
    let run = update(&project, &server, &["--quiet"]);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str(), run.exit.as_str()), ("", "", "0"));
}

#[test]
fn an_answer_that_the_lock_contradicts_is_not_kept() {
    // The same name, another tree.
    let project = locks(&Commit { digit: '2', ..commit() });
    let server = Server::start(|asked| serve(&[commit()], asked));
    let run = update(&project, &server, &[]);
    run.exits(3);
    let (rev, ours, theirs) =
        (commit().rev, Commit { digit: '2', ..commit() }.nar_hash(), commit().nar_hash());
    assert_eq!(
        run.stderr,
        format!(
            "error: `{rev}` (flake.lock:10) stays unknown: flake.lock:7 locks it with narHash `{ours}`, but \
             [SERVER]/dagger/nix/archive/{rev}.tar.gz has `{theirs}`\n\
             hint: compare both with `nix flake prefetch github:dagger/nix/{rev}`\n"
        )
    );
    assert!(!project.root().join("pin.lock").exists());
}

#[test]
fn of_two_hashes_the_published_one_is_kept() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/releases/0.22.1/checksums.txt" => Reply::ok(Commit { digit: '2', ..commit() }.checksums()),
        _ => serve(&[commit()], asked),
    });
    let project = locks(&commit());
    let run = update(&project, &server, &[]);
    run.exits(0);
    let (rev, one, two) = (commit().rev, "1".repeat(64), "2".repeat(64));
    assert_eq!(
        run.stderr,
        format!(
            "warning: the archive of 0.22.1 for x86_64-linux is {one} in [SERVER]/dagger/nix/archive/{rev}.tar.gz, but {two} \
             in [SERVER]/releases/0.22.1/checksums.txt; the latter, as published, is kept\n"
        )
    );
    assert!(lock(&project).contains(&two) && !lock(&project).contains(&one));
    // Without a published list there is nothing to compare.
    let project = locks(&commit());
    let server = Server::start(|asked| match asked.path.as_str() {
        "/releases/0.22.1/checksums.txt" => Reply::status(403, ""),
        _ => serve(&[commit()], asked),
    });
    let run = update(&project, &server, &["--format", "json"]);
    run.exits(0);
    assert!(run.stderr.ends_with("were not compared with what was published: nothing is published of it\n"));
    let printed: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!(printed["learnt"][0]["value"], "0.22.1");
    assert_eq!(printed["uncompared"][0]["why"], "nothing is published of it");
    assert_eq!(printed["lock"], "written");
    assert!(lock(&project).contains(&one));
}

#[test]
fn what_others_answered_is_kept_when_one_does_not() {
    let other = Commit::new('b', "0.22.2", '2');
    let gone = Commit::new('c', "0.22.3", '3');
    let project = locks(&commit());
    for (directory, commit) in [("b", &other), ("c", &gone)] {
        project.write(&format!("{directory}/flake.nix"), FLAKE);
        project.write(&format!("{directory}/flake.lock"), commit.locked());
    }
    let slow = other.rev.clone();
    let server =
        Server::start(
            move |asked: &Asked| {
                if asked.path.contains(&slow) { Reply::Hang } else { serve(&[commit()], asked) }
            },
        );
    let run = update(&project, &server, &["--timeout", "300ms"]);
    run.exits(3);
    assert!(run.stdout.contains("packages 0.22.1 (flake.lock:10)"), "{}", run.stdout);
    assert!(run.stdout.ends_with("wrote pin.lock\n"), "{}", run.stdout);
    let lines: Vec<&str> = run.stderr.lines().collect();
    let (b, c) = (&other.rev, &gone.rev);
    assert_eq!(
        lines,
        [
            format!("error: `{b}` (b/flake.lock:10) stays unknown: no answer from [SERVER]/dagger/nix/archive/{b}.tar.gz within 300 ms"),
            "hint: run `pin catalog update` again; `--timeout` makes it wait longer, `PIN_GITHUB_URL` names a mirror".to_owned(),
            format!("error: `{c}` (c/flake.lock:10) stays unknown: there is no [SERVER]/dagger/nix/archive/{c}.tar.gz"),
            "hint: run `pin sync --to VERSION`, which states a commit that is there".to_owned(),
        ]
    );
    assert!(lock(&project).contains(&commit().rev) && !lock(&project).contains(b));
}

#[test]
fn what_is_secret_in_a_mirrors_address_stays_there() {
    let (project, server) = (locks(&commit()), Server::start(|asked| serve(&[commit()], asked)));
    let mirror = server.url().replace("://", "://user:hush@");
    let run = project.pin_with(
        &[("PIN_GITHUB_URL", &mirror), ("PIN_RELEASES_URL", "http://user:hush@127.0.0.1:1")],
        &["catalog", "update"],
    );
    run.exits(0);
    assert!(run.stdout.contains(&server.url()), "{}", run.stdout);
    assert!(
        run.stderr.contains("were not compared with what was published: cannot reach "),
        "{}",
        run.stderr
    );
    assert!(server.asked()[0].header("authorization").is_some_and(|sent| sent.starts_with("Basic ")));
    for text in [&run.stdout, &run.stderr, &lock(&project)] {
        assert!(!text.contains("hush") && !text.contains("user"), "{text}");
    }
}

#[test]
fn an_interrupted_question_leaves_nothing_behind() {
    let (told, asked) = mpsc::channel();
    let server = Server::start(move |_| {
        let _is_heard = told.send(());
        Reply::Hang
    });
    let project = locks(&commit());
    let before = project.tree();
    let mut command = project.command(binary(), &["catalog", "update"]);
    command.env("PIN_GITHUB_URL", server.url()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("pin starts");
    asked.recv().expect("the server is asked");
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a process id")).expect("a process id");
    kill_process(pid, Signal::INT).expect("the process is ours");
    let output = child.wait_with_output().expect("pin ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), &*said), (Some(130), "error: interrupted; nothing was written\n"));
    assert_eq!(before.diff(&project.tree()), None);
}

/// Two branches, each of which has another lock and learns what that is; the second is checked out.
fn two_branches(server: &Server, attributes: &str) -> Project {
    let project = locks(&commit());
    project.write(".gitattributes", attributes);
    let git = |arguments: &[&str]| project.git(arguments);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "one"]);
    for (branch, commit) in [("b", Commit::new('b', "0.22.2", '2')), ("c", Commit::new('c', "0.22.3", '3'))] {
        git(&["switch", "--quiet", "--create", branch, "main"]);
        project.write(&format!("{branch}/flake.nix"), FLAKE);
        project.write(&format!("{branch}/flake.lock"), commit.locked());
        update(&project, server, &[]).exits(0);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--message", branch]);
    }
    project
}

/// Everything that both branches have learnt stands there once, and `check` knows all of it.
#[track_caller]
fn assert_joined(project: &Project) {
    let lock = lock(project);
    let facts = |word: &str| lock.lines().filter(|line| line.contains(word)).count();
    assert_eq!((facts("{ rev ="), facts("{ version =")), (3, 3), "{lock}");
    let listed = project.pin(&["list", "--offline"]);
    listed.exits(0);
    for version in ["0.22.1 `", "0.22.2 `", "0.22.3 `"] {
        assert!(listed.stdout.contains(version), "{}", listed.stdout);
    }
}

#[test]
fn branches_that_learn_different_things_merge_and_lose_nothing() {
    let commits = || [commit(), Commit::new('b', "0.22.2", '2'), Commit::new('c', "0.22.3", '3')];
    let server = Server::start(move |asked| serve(&commits(), asked));

    let project = two_branches(&server, "pin.lock merge=union\n");
    project.git(&["merge", "--quiet", "--message", "both", "b"]);
    assert_joined(&project);

    // Whatever style a conflict has.
    for style in ["merge", "diff3"] {
        let project = two_branches(&server, "");
        let asked = server.asked().len();
        project.git_fails(&["-c", &format!("merge.conflictStyle={style}"), "merge", "--quiet", "b"]);
        let check = project.pin(&["check"]);
        check.exits(3);
        assert!(check.stderr.contains("hint: run `pin catalog update`"), "{}", check.stderr);
        let would = update(&project, &server, &["--offline", "--dry-run"]);
        would.exits(0);
        assert!(
            would.stdout.starts_with("would keep both sides of a merge in pin.lock\n"),
            "{}",
            would.stdout
        );
        let run = update(&project, &server, &["--offline"]);
        run.exits(0);
        assert!(run.stdout.starts_with("kept both sides of a merge in pin.lock\n"), "{}", run.stdout);
        assert!(run.stdout.ends_with("wrote pin.lock\n"), "{}", run.stdout);
        assert_joined(&project);
        assert_eq!(server.asked().len(), asked, "nobody was asked");
    }
}

#[test]
fn the_image_of_the_engine_is_pulled_by_the_digest_that_was_learnt() {
    let body = r#"{"schemaVersion":2,"config":{"digest":"sha256:0"},"layers":[]}"#;
    let fake = Fake::new(Door::Open).with("engine", "v0.30.0", MANIFEST, body);
    let server = Server::start(move |asked| fake.answer(asked));
    let digest = Digest::of(body.as_bytes());
    let mirror = format!("{}/engine", server.host());
    let text = |version: &str, mode: &str| {
        format!(
            "[toolchain.buildkit]\nversion = '{version}'\n[engine]\ntoolchain = 'buildkit'\nmode = '{mode}'\n\
             image = '{mirror}'\n"
        )
    };
    let project = Project::new(&[("pin.toml", text("0.30.0", "isolated"))]);
    let run = update(&project, &server, &[]);
    let expect =
        format!("{mirror}:v0.30.0 is {digest}, says [SERVER]/v2/engine/manifests/v0.30.0\nwrote pin.lock\n");
    assert_eq!((run.stdout.replace(&server.url(), "[SERVER]").as_str(), run.stderr.as_str()), (&*expect, ""));
    // Nobody is asked twice, and whoever starts the engine knows it.
    let count = server.asked().len();
    update(&project, &server, &[]).exits(0);
    assert_eq!(server.asked().len(), count);
    let daemon = DockerFake::start("nothing", Says::buildkit("0.30.0"), |_, _| None);
    let run = project.pin_with(&[("DOCKER_HOST", &daemon.address())], &["engine", "up", "--dry-run"]);
    assert!(run.exits(0).stdout.starts_with(&format!("pull {mirror}@{digest}\n")), "{}", run.stdout);

    // A registry that has none takes nothing away from what else was asked.
    project.write("pin.toml", text("0.31.0", "isolated"));
    let run = update(&project, &server, &["--format", "json"]);
    let value = assert_output("catalog-update", &run.exits(0).stdout);
    assert_eq!(value["image"], serde_json::Value::Null);
    let warning = format!("warning: what {mirror}:v0.31.0 is stays unknown: the registry has no such tag\n");
    assert_eq!(run.stderr, warning);
    // Of an engine that somebody else keeps nothing is pulled.
    let count = server.asked().len();
    project.write("pin.toml", text("0.31.0", "remote").replace("image =", "# image ="));
    update(&project, &server, &[]).exits(0);
    assert_eq!(server.asked().len(), count);
}
