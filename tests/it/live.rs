//! `pin check --live`: what the engine that is in force says, in every format and beside everything else that is wrong.

use crate::exec::HOST;
use crate::schemas::assert_output;
use crate::support::engine_fake::{EngineFake, Says};
use crate::support::{Project, Run, binary};
use serde_json::{Value, json};
use std::fs;

const PINNED: &str = "[toolchain.dagger]\nversion = \"9.9.9\"\n";
const ENGINE: &str = "image: registry.dagger.io/engine:v9.9.9\n";
const BEHIND: &str = "image: registry.dagger.io/engine:v9.9.8\n";

/// A repository, and an engine that was injected.
struct Scene {
    project: Project,
    engine: Option<EngineFake>,
    address: String,
}

impl Scene {
    fn new(files: &[(&str, &str)], says: Option<Says>) -> Self {
        let project = Project::new(files);
        let socket = project.home().join("s");
        let engine = says.map(|says| EngineFake::on_socket(&socket, says));
        let address = format!("unix://{}", socket.display());
        Self { project, engine, address }
    }

    fn check(&self, arguments: &[&str]) -> Run {
        let options = ["--timeout", "200ms", "check", "--live"];
        // Who answers at all has time for it.
        let options = if self.engine.is_some() { &options[..] } else { &options[2..] };
        self.project.pin_with(&[(HOST, &self.address)], &[options, arguments].concat())
    }
}

/// The order of design.md §3: 2, 3, 4, 5, 6, 1; SARIF turns only 1 into 0.
#[test]
fn of_several_codes_the_worst_one_is_the_end() {
    let pinned = Says::dagger("9.9.9");
    let repositories: [(&[(&str, &str)], i32); 4] = [
        (&[("pin.toml", PINNED), ("engine.yaml", ENGINE)], 0),
        (&[("pin.toml", PINNED), ("engine.yaml", BEHIND)], 1),
        (&[("pin.toml", PINNED), ("engine.yaml", BEHIND), ("dagger.json", "{")], 3),
        // Nothing is pinned with which an engine could be compared.
        (&[("a.yaml", ENGINE), ("b.yaml", BEHIND)], 2),
    ];
    let engines = [(Some(pinned), 0), (Some(Says::dagger("9.9.8")), 6), (Some(Says::Nothing), 5), (None, 4)];
    let order = [0, 1, 6, 5, 4, 3, 2];
    let rank = |code: i32| order.iter().position(|known| *known == code);
    for (files, alone) in repositories {
        for (says, live) in &engines {
            let scene = Scene::new(files, says.clone());
            let worst = if rank(alone) > rank(*live) { alone } else { *live };
            for format in ["human", "json", "sarif", "github"] {
                let expect = if (format, worst) == ("sarif", 1) { 0 } else { worst };
                let run = scene.check(&["--format", format]);
                assert_eq!(run.exit, expect.to_string(), "{files:?}, {says:?}, {format}: {}", run.stderr);
                assert_eq!(run.stderr.contains("as pinned"), live == &0 && alone != 2, "{}", run.stderr);
            }
        }
    }
}

#[test]
fn scripts_read_what_the_engine_said() {
    let files = [("pin.toml", PINNED), ("engine.yaml", ENGINE)];
    let live = |says: Option<Says>| {
        let mut value = assert_output("check", &Scene::new(&files, says).check(&["--format", "json"]).stdout);
        value["live"].take()
    };
    let address = "unix://[HOME]/s";
    let right = json!({
        "toolchain": "dagger", "pinned": "9.9.9", "found": "v9.9.9", "endpoint": address, "problem": null, "exit": 0,
    });
    assert_eq!(live(Some(Says::dagger("9.9.9"))), right);
    for (says, exit, words) in [
        (Some(Says::dagger("9.9.8")), 6, "is github.com/dagger/dagger v9.9.8, but"),
        (Some(Says::Nothing), 5, "within 0.2 s"),
        (None, 4, "does not answer: cannot connect"),
    ] {
        let live = live(says);
        assert_eq!(
            (&live["exit"], &live["found"], &live["pinned"]),
            (&json!(exit), &Value::Null, &json!("9.9.9"))
        );
        assert!(live["problem"].as_str().is_some_and(|problem| problem.contains(words)), "{live}");
    }
    // Who does not ask gets no answer.
    let run = Project::new(&files).pin(&["check", "--format", "json"]);
    assert_eq!(assert_output("check", &run.exits(0).stdout).get("live"), None);
}

#[test]
fn services_are_shown_what_the_engine_said() {
    let files = [("pin.toml", PINNED), ("engine.yaml", ENGINE)];
    let (right, other) =
        (Scene::new(&files, Some(Says::dagger("9.9.9"))), Scene::new(&files, Some(Says::dagger("9.9.8"))));
    let said = "the Dagger engine at unix://[HOME]/s is v9.9.9, as pinned";
    let wrong = "is github.com/dagger/dagger v9.9.8, but github.com/dagger/dagger 9.9.9 is pinned";

    let invocation = |scene: &Scene| {
        let run = scene.check(&["--format", "sarif"]);
        let mut log: Value = serde_json::from_str(&run.stdout).expect("a log");
        log["runs"][0]["invocations"][0].take()
    };
    let expect = json!({
        "executionSuccessful": true,
        "toolExecutionNotifications": [{ "level": "note", "message": { "text": format!("{said}.") } }],
    });
    assert_eq!(invocation(&right), expect);
    let invocation = invocation(&other);
    let notification = &invocation["toolExecutionNotifications"][0];
    assert_eq!(
        (&invocation["executionSuccessful"], &notification["level"]),
        (&json!(false), &json!("error"))
    );
    assert!(
        notification["message"]["text"].as_str().is_some_and(|text| text.contains(wrong)),
        "{notification}"
    );

    let github = |scene: &Scene| {
        let summary = scene.project.home().join("summary");
        let mut command = scene.project.command(binary(), &["check", "--live", "--format", "github"]);
        command.env(HOST, &scene.address).env("GITHUB_STEP_SUMMARY", &summary);
        let run = scene.project.run(&mut command);
        (run, fs::read_to_string(summary).expect("a summary"))
    };
    let (run, summary) = github(&right);
    assert!(run.exits(0).stdout.ends_with(&format!("\nlive: {said}\n")), "{}", run.stdout);
    assert!(summary.starts_with("### pin check: in lockstep\n"), "{summary}");
    assert!(summary.contains("\n* live: the Dagger engine at unix://"), "{summary}");
    let (run, summary) = github(&other);
    assert!(run.exits(6).stdout.starts_with("::error title=pin::the engine at unix://"), "{}", run.stdout);
    assert!(run.stdout.contains(wrong) && !run.stdout.contains("live:"), "{}", run.stdout);
    assert!(summary.starts_with("### pin check: 1 problem, 0 findings\n"), "{summary}");
    assert!(summary.contains("* error: the engine at unix://"), "{summary}");
}

/// Behind `+` stands who built it, which nobody checks, and in an error whatever the other side likes.
#[test]
fn no_words_of_an_engine_reach_a_terminal_as_they_are() {
    let files = [("pin.toml", PINNED), ("engine.yaml", ENGINE)];
    let rude = "v9.9.9+\u{1b}]0;owned\u{7}\u{9b}31m\r\nlive: a lie";
    let rude = Says::Version { package: "github.com/dagger/dagger", version: rude.to_owned() };
    for (says, exit, words) in
        [(rude, 0, "v9.9.9+]0;owned31mlive: a lie"), (Says::Refusal, 4, "said by[31m the test")]
    {
        let scene = Scene::new(&files, Some(says));
        for verb in
            [&["check", "--live"][..], &["engine", "up"], &["engine", "status"], &["engine", "doctor"]]
        {
            let mut command = scene.project.command(binary(), verb);
            let output = command.env(HOST, &scene.address).output().expect("pin starts");
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).expect("text");
            assert_eq!(output.status.code(), Some(exit), "{verb:?}: {said}");
            assert!(said.contains(words), "{verb:?}: {said}");
            assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{verb:?}: {said:?}");
        }
    }
}

/// An image cannot be asked, but its tag can be read.
#[test]
fn the_tag_of_an_injected_image_is_compared() {
    let project = Project::new(&[("pin.toml", PINNED), ("engine.yaml", ENGINE)]);
    let digest = format!("sha256:{}", "0".repeat(64));
    let at_digest = format!("docker-image://registry.dagger.io/engine@{digest}");
    let both = format!("image://registry.dagger.io/engine:v9.9.8@{digest}");
    for (host, exit) in [
        ("image://registry.dagger.io/engine:v9.9.9", 0),
        ("image+podman://localhost:5000/engine:v9.9.9-gpu?cleanup=false", 0),
        ("docker-image://registry.dagger.io/engine:v9.9.8", 6),
        ("image://registry.dagger.io/engine:v9.9.9-rc.1", 6),
        (&both, 6),
        (&at_digest, 0),
        ("image://registry.dagger.io/engine", 0),
        ("image://registry.dagger.io/engine:latest", 0),
        ("ssh://me@build", 0),
        ("dagger-cloud://v9.9.8", 0),
    ] {
        let run = project.pin_with(&[(HOST, host)], &["check", "--live"]);
        let words = if exit == 0 {
            "can be asked by its own client only"
        } else {
            "by its tag, but github.com/dagger/dagger 9.9.9"
        };
        assert!(run.exits(exit).stderr.contains(words), "{host}: {}", run.stderr);
    }
    let old = [(HOST, "image://registry.dagger.io/engine:v9.9.8")];
    let run = project.pin_with(&old, &["exec", "/bin/true"]);
    assert_eq!(run.exit, "3", "without a CLI there is nothing to run: {}", run.stderr);
    let run = project.pin_with(&old, &["env"]);
    assert!(run.exits(6).stderr.contains("is 9.9.8 by its tag"), "{}", run.stderr);
}
