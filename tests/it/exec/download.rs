//! A CLI that is not on this machine: it comes with a checksum that is known already, whole, or not at all.

use super::{Scene, VERSION, put_program, says};
use crate::support::engine_fake::Says;
use crate::support::server::{Reply, Server};
use crate::support::{Run, binary};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

/// `DAGGER v9.9.9`, as a script in an archive like the published ones.
fn archive(version: &str) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    let script = format!("#!/bin/sh\necho 'dagger v{version} (image://x) linux/amd64'\n");
    for (name, text) in [("LICENSE", "free"), ("dagger", script.as_str())] {
        let mut header = tar::Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, name, text.as_bytes()).expect("it can be added");
    }
    builder.into_inner().and_then(GzEncoder::finish).expect("it is complete")
}

fn hash(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

/// How Nix and the names of archives call this machine.
fn system() -> (String, String) {
    let (os, architecture) = (std::env::consts::OS, std::env::consts::ARCH);
    let os = if os == "macos" { "darwin" } else { os };
    let word = if architecture == "aarch64" { "arm64" } else { "amd64" };
    (format!("{architecture}-{os}"), format!("{os}_{word}"))
}

/// A `pin.lock` that knows the hash of the archive for this machine.
pub(crate) fn lock(sha256: &str) -> String {
    let (system, _) = system();
    format!(
        "version = 1\n[toolchain.dagger]\narchives = [\n  {{ version = \"{VERSION}\", system = \"{system}\", \
         sha256 = \"{sha256}\", from = \"https://example.com/checksums.txt\" }},\n]\n"
    )
}

fn path() -> String {
    format!("/dl/releases/{VERSION}/dagger_v{VERSION}_{}.tar.gz", system().1)
}

/// A scene whose lock knows the archive, and what `pin exec dagger version` does with such a server.
fn scene() -> Scene {
    let scene = Scene::with(Says::dagger("9.9.9"));
    scene.project.write("pin.lock", lock(&hash(&archive(VERSION))));
    scene
}

fn run(scene: &Scene, server: &Server, options: &[&str]) -> Run {
    let releases = format!("{}/dl", server.url());
    scene.pin_with(&[("PIN_RELEASES_URL", &releases)], &[options, &["exec", "dagger", "version"]].concat())
}

/// What is in the directory of the CLI.
fn left(scene: &Scene) -> Vec<String> {
    let Ok(entries) = fs::read_dir(scene.own()) else { return Vec::new() };
    let names =
        entries.map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

#[test]
fn it_is_downloaded_once() {
    let scene = scene();
    let server = Server::start(|asked| {
        if asked.path == path() { Reply::ok(archive(VERSION)) } else { Reply::status(403, "") }
    });
    // What a killed process has left goes.
    put_program(&scene.own().join(".dagger-left"), "");
    let first = run(&scene, &server, &[]);
    assert_eq!(first.exits(0).stdout, "dagger v9.9.9 (image://x) linux/amd64\n");
    assert!(
        first.stderr.contains(&format!("downloading {}{} (1 MB)\n", server.url(), path())),
        "{}",
        first.stderr
    );
    assert_eq!(left(&scene), ["dagger"]);
    let mode = fs::metadata(scene.own().join("dagger")).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o755);
    let again = run(&scene, &server, &["--offline"]);
    assert_eq!(again.exits(0).stdout, first.stdout);
    assert_eq!(server.asked().len(), 1);
    assert_eq!(server.asked()[0].header("accept-encoding"), Some("identity"));
    // Broken by somebody, it is had again.
    put_program(&scene.own().join("dagger"), &says("dagger v9.9.8 (x) y/z"));
    assert_eq!(run(&scene, &server, &[]).exits(0).stdout, first.stdout);
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn another_one_on_the_path_stays_where_it_is() {
    let scene = scene();
    scene.add_program("dagger", &says("dagger v0.21.8 (x) y/z"));
    let server = Server::start(|_| Reply::ok(archive(VERSION)));
    assert_eq!(run(&scene, &server, &[]).exits(0).stdout, "dagger v9.9.9 (image://x) linux/amd64\n");
    let releases = format!("{}/dl", server.url());
    let path = scene.pin_with(&[("PIN_RELEASES_URL", &releases)], &["exec", "sh", "-c", "echo $PATH"]);
    assert_eq!(path.exits(0).stdout, format!("[HOME]/.local/share/pin/cli/dagger/{VERSION}:[HOME]/bin\n"));
}

#[test]
fn what_is_not_the_known_archive_is_refused_and_gone() {
    let other = archive("9.9.8");
    let checks: [(Reply, &str); 8] = [
        (Reply::ok(other.clone()), "has the SHA-256 "),
        (Reply::ok(""), "has the SHA-256 "),
        (Reply::status(403, "<Error/>"), "answered with status 403"),
        (Reply::status(404, ""), "answered with status 404"),
        (Reply::status(500, ""), "answered with status 500"),
        (Reply::CutOff(archive(VERSION)[..100].to_vec()), "was cut off"),
        (Reply::Closed, "cannot reach"),
        (Reply::Hang, "no answer from"),
    ];
    for (reply, words) in checks {
        let scene = scene();
        let shown = format!("{reply:?}");
        let server = Server::start(move |_| reply.clone());
        let run = run(&scene, &server, &["--timeout", "2s"]);
        assert!(run.exits(3).stderr.contains(words), "{}\n{}", &shown[..shown.len().min(80)], run.stderr);
        assert!(
            run.stderr.contains("no CLI of dagger 9.9.9: there is no `dagger` on PATH, and "),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.lines().last(), Some("pin: not started (code 3)"));
        assert_eq!(left(&scene), Vec::<String>::new(), "{}", run.stderr);
    }
}

#[test]
fn a_transfer_that_stalls_is_not_waited_for() {
    let scene = scene();
    let server = Server::start(|_| Reply::Stall(archive(VERSION)[..100].to_vec()));
    let run = run(&scene, &server, &["--timeout", "500ms"]);
    assert!(run.exits(3).stderr.contains("nothing more came from"), "{}", run.stderr);
    assert_eq!(left(&scene), Vec::<String>::new());
}

#[test]
fn what_the_known_archive_holds_has_to_be_the_cli() {
    for (archive, words) in
        [(archive("9.9.8"), "says that it is 9.9.8, wanted 9.9.9"), (b"no archive".to_vec(), "cannot unpack")]
    {
        let scene = Scene::with(Says::dagger("9.9.9"));
        scene.project.write("pin.lock", lock(&hash(&archive)));
        let server = Server::start(move |_| Reply::ok(archive.clone()));
        let run = run(&scene, &server, &[]);
        assert!(run.exits(3).stderr.contains(words), "{}", run.stderr);
        assert_eq!(left(&scene), Vec::<String>::new());
    }
}

#[test]
fn nothing_is_downloaded_that_nobody_can_check() {
    let scene = Scene::with(Says::dagger("9.9.9"));
    let server = Server::start(|_| Reply::ok(archive(VERSION)));
    let refused = run(&scene, &server, &[]);
    assert!(
        refused.exits(3).stderr.contains("nobody here knows the checksum of the CLI 9.9.9"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("hint: run `pin catalog update`"), "{}", refused.stderr);
    scene.project.write("pin.lock", lock(&hash(&archive(VERSION))));
    let offline = run(&scene, &server, &["--offline"]);
    assert!(offline.exits(3).stderr.contains("with `--offline` none is downloaded"), "{}", offline.stderr);
    assert!(server.asked().is_empty());
}

/// What the refusal says to run does what it says.
#[test]
fn a_checksum_can_be_learnt() {
    let scene = Scene::with(Says::dagger("9.9.9"));
    let sums = format!("/dl/releases/{VERSION}/checksums.txt");
    let listed = format!("{}  dagger_v{VERSION}_{}.tar.gz\n", hash(&archive(VERSION)), system().1);
    let server = Server::start(move |asked| match &asked.path {
        path if *path == sums => Reply::ok(listed.clone()),
        path if *path == self::path() => Reply::ok(archive(VERSION)),
        _ => Reply::status(403, ""),
    });
    let releases = format!("{}/dl", server.url());
    assert_eq!(run(&scene, &server, &[]).exit, "3");
    let learnt = scene.pin_with(&[("PIN_RELEASES_URL", &releases)], &["catalog", "update"]);
    let from = format!("{releases}/releases/{VERSION}/checksums.txt");
    let expect = format!("archives of {VERSION} have checksums, says {from}\nwrote pin.lock\n");
    assert_eq!(learnt.exits(0).stdout, expect);
    assert_eq!(run(&scene, &server, &[]).exits(0).stdout, "dagger v9.9.9 (image://x) linux/amd64\n");
    let again = scene.pin_with(&[("PIN_RELEASES_URL", &releases)], &["catalog", "update"]);
    assert!(again.exits(0).stdout.starts_with("nothing is unknown"), "{}", again.stdout);
}

#[test]
fn two_at_once_are_fine() {
    let scene = scene();
    let server = Server::start(|_| Reply::ok(archive(VERSION)));
    let children: Vec<_> = (0..4)
        .map(|_| {
            let mut command = scene.command(&["exec", "dagger", "version"]);
            command.env("PIN_RELEASES_URL", format!("{}/dl", server.url()));
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pin starts")
        })
        .collect();
    for child in children {
        let run = scene.project.outcome(&child.wait_with_output().expect("it ends"));
        assert_eq!(run.exits(0).stdout, "dagger v9.9.9 (image://x) linux/amd64\n");
    }
    assert_eq!(left(&scene), ["dagger"]);
    assert_eq!(server.asked().len(), 1, "the others wait for the first");
    assert!(binary().exists());
}
