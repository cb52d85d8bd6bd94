//! `pin engine up` before daemons and engines that answer what no real one does on demand.

use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, Says};
use crate::support::pinned::Pinned;
use crate::support::server::{Asked, Reply};
use serde_json::{Value, json};

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";
const UP: [&str; 4] = ["--timeout", "1s", "engine", "up"];
/// The longest that an engine is waited for.
const SOON: &str = "start_timeout = '2s'";

fn nobody(_: &str, _: &Asked) -> Option<Reply> {
    None
}

fn pinned(name: &str, daemon: &DockerFake) -> Pinned {
    // Nothing is taken back through an address at which nobody is: the fake ends with its containers.
    Pinned::with(name, VERSION, &Api::nobody(), SOON).through(&daemon.address())
}

/// A daemon that answers one question of this name so.
fn daemon(name: &'static str, reply: Reply) -> DockerFake {
    DockerFake::start(IMAGE, Says::buildkit(VERSION), move |asked, _| (asked == name).then(|| reply.clone()))
}

fn message(status: u16, text: &str) -> Reply {
    Reply::status(status, json!({ "message": text }).to_string()).with("Content-Type", "application/json")
}

/// Every question that `up` asks when all goes well, once.
fn questions() -> Vec<String> {
    let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), nobody);
    let pinned = pinned("questions", &daemon);
    pinned.run(&UP).exits(0);
    let mut questions: Vec<String> = Vec::new();
    for question in daemon.asked() {
        if !questions.contains(&question) {
            questions.push(question);
        }
    }
    questions
}

/// Waiting for the end of a container, beside the engine's answer: nobody needs it, and it may come at any time.
const WAIT: &str = "POST /containers/{}/wait";

#[test]
fn the_container_is_asked_for_as_the_design_says() {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), nobody);
    let pinned = pinned("asked-for", &daemon);
    pinned.run(&UP).exits(0);
    let body = daemon.body("POST /containers/create");
    // Until it was ready once, nobody starts it again.
    assert_eq!(body["HostConfig"]["RestartPolicy"]["Name"], "no");
    assert_eq!(body["HostConfig"]["Privileged"], true);
    assert_eq!(body["HostConfig"]["NetworkMode"], "bridge");
    assert!(body["ExposedPorts"].is_null() && body["HostConfig"]["PortBindings"].is_null(), "{body}");
    assert_eq!(body["StopTimeout"], 300);
    let update = daemon.body("POST /containers/{}/update");
    assert_eq!(update["RestartPolicy"], json!({ "Name": "on-failure", "MaximumRetryCount": 5 }));
    assert_eq!(body["Labels"]["pin.epoch"], "0.30");
    let asked = daemon.asked();
    let at = |name: &str| asked.iter().position(|asked| asked == name).expect("it was asked");
    assert!(at("POST /containers/{}/start") < at("POST /containers/{}/update"), "{asked:?}");
    // A second one asks little and changes nothing.
    pinned.run(&UP).exits(0);
    let is_order = |asked: &&String| !asked.starts_with("GET ") && *asked != WAIT;
    let orders = |asked: &[String]| asked.iter().filter(is_order).count();
    assert_eq!(orders(&daemon.asked()), orders(&asked));
}

#[test]
fn a_daemon_that_falls_silent_at_any_question_is_not_waited_for_forever() {
    for question in questions() {
        if question == WAIT {
            continue;
        }
        println!("{question}");
        let hangs = question.clone();
        let image = if question == "POST /images/create" { "nothing" } else { IMAGE };
        let daemon = DockerFake::start(image, Says::buildkit(VERSION), move |asked, _| {
            (asked == hangs).then_some(Reply::Hang)
        });
        let run = pinned("hangs", &daemon).run(&UP);
        run.exits(5);
        // Registries are given longer.
        let words = if question == "POST /images/create" { "within 6 s" } else { "within 1 s" };
        assert!(run.stderr.contains(words), "{question}: {}", run.stderr);
        let left = daemon.left();
        assert!(left.is_empty(), "{question}: {left:?}");
    }
}

#[test]
fn a_daemon_that_hangs_up_at_any_question_is_no_engine() {
    for question in questions() {
        if question == WAIT || question == "POST /images/create" {
            continue;
        }
        println!("{question}");
        for reply in [
            Reply::Closed,
            Reply::CutOff(b"{\"Id\":".to_vec()),
            Reply::ok("<html>"),
            message(500, "the reason"),
        ] {
            let (broken, given) = (question.clone(), reply.clone());
            let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), move |asked, _| {
                (asked == broken).then(|| given.clone())
            });
            let run = pinned("hangs-up", &daemon).run(&UP);
            // Some answers nobody needs to read, and a start that was only said to be one is waited for in vain.
            let is_fine = match question.as_str() {
                "POST /containers/{}/start" => run.exit == "5",
                _ => run.exit == "0" && !question.starts_with("GET "),
            };
            assert!(is_fine || run.exit == "4", "{question}, {reply:?}: {run:?}");
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
        }
    }
}

#[test]
fn a_pull_that_fails_after_its_status_is_a_failure() {
    let started = "{\"status\":\"Pulling from moby/buildkit\",\"id\":\"v0.30.0\"}\r\n";
    let detail = "{\"errorDetail\":{\"message\":\"the manifest is unknown\"},\"error\":\"the manifest is unknown\"}\r\n";
    for (body, words) in [
        (format!("{started}{detail}"), "the manifest is unknown"),
        (format!("{started}{{\"status\":"), ""),
        ("<html>".to_owned(), ""),
    ] {
        let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), move |asked, _| {
            (asked == "POST /images/create").then(|| Reply::ok(body.clone()))
        });
        let run = pinned("pull", &daemon).run(&UP);
        run.exits(4);
        assert!(run.stderr.contains(words) && run.stderr.contains("v0.30.0"), "{}", run.stderr);
        assert_eq!(daemon.left(), Vec::<String>::new());
        assert!(!daemon.asked().contains(&"POST /containers/create".to_owned()));
    }
}

#[test]
fn a_pull_that_is_cut_off_or_refused_is_a_failure() {
    let started = b"{\"status\":\"Downloading\",\"id\":\"1\"}\r\n".to_vec();
    for (reply, words) in [
        (Reply::CutOff(started), ""),
        (Reply::Closed, ""),
        (message(404, "pull access denied for moby/buildkit"), "pull access denied"),
        (message(500, "no space left on device"), "no space left"),
    ] {
        let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), move |asked, _| {
            (asked == "POST /images/create").then(|| reply.clone())
        });
        let run = pinned("pull-cut", &daemon).run(&UP);
        run.exits(4);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert_eq!(daemon.left(), Vec::<String>::new());
    }
}

/// A pull that says that it is done, and has brought nothing.
#[test]
fn an_image_that_is_still_not_there_is_a_failure() {
    let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), |asked, _| match asked {
        "POST /images/create" => Some(Reply::ok("{\"status\":\"Pull complete\"}\r\n")),
        _ => None,
    });
    let run = pinned("pull-none", &daemon).run(&UP);
    run.exits(4);
    assert!(run.stderr.contains("the daemon does not have it"), "{}", run.stderr);
    assert!(!daemon.asked().contains(&"POST /containers/create".to_owned()));
    assert_eq!(daemon.left(), Vec::<String>::new());
}

#[test]
fn a_certificate_that_is_not_there_is_missed_before_anything_is_made() {
    let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), nobody);
    let pinned = Pinned::with("no-file", VERSION, &Api::nobody(), "ca = ['certs/none.pem']");
    let run = pinned.through(&daemon.address()).run(&UP);
    assert!(run.exits(3).stderr.contains("certs/none.pem"), "{}", run.stderr);
    assert!(daemon.asked().iter().all(|asked| asked.starts_with("GET ")), "{:?}", daemon.asked());
}

#[test]
fn offline_nothing_is_pulled() {
    let daemon = DockerFake::start("nothing", Says::buildkit(VERSION), nobody);
    pinned("offline", &daemon).run(&["--offline", "engine", "up"]).exits(4);
    assert!(daemon.asked().iter().all(|asked| asked.starts_with("GET ")), "{:?}", daemon.asked());
}

#[test]
fn a_daemon_that_allows_no_privileged_containers_says_so() {
    let refusals = [
        (
            "POST /containers/create",
            403,
            "authorization denied by plugin: privileged containers are not allowed",
        ),
        ("POST /containers/create", 400, "privileged mode is incompatible with user namespaces"),
        ("POST /containers/{}/start", 500, "Error response: operation not permitted"),
    ];
    for (question, status, words) in refusals {
        let daemon = daemon(question, message(status, words));
        let run = pinned("privileged", &daemon).run(&UP);
        run.exits(4);
        assert!(run.stderr.contains(words), "{}", run.stderr);
        assert_eq!(daemon.left(), Vec::<String>::new());
    }
}

#[test]
fn what_an_engine_says_decides() {
    let other = |package, version: &str| Says::Version { package, version: version.to_owned() };
    for (says, exit, words) in [
        (Says::buildkit(VERSION), 0, ""),
        (Says::buildkit("0.29.0"), 6, "0.29.0"),
        (other("github.com/dagger/dagger", "v0.30.0"), 6, "dagger"),
        (other("github.com/moby/buildkit", ""), 6, VERSION),
        (other("github.com/moby/buildkit", "v0.30.0\u{1b}[31m"), 6, VERSION),
        (other("", "v0.30.0"), 6, VERSION),
        (Says::Empty, 6, VERSION),
        (Says::Nothing, 5, "2 s"),
        (Says::Beginning, 5, "2 s"),
        (Says::Closed, 5, "2 s"),
        (Says::Garbage, 5, "2 s"),
        (Says::Refusal, 5, "2 s"),
        (Says::Broken, 5, "2 s"),
    ] {
        let daemon = DockerFake::start(IMAGE, says.clone(), nobody);
        let run = pinned("says", &daemon).run(&UP);
        assert_eq!(run.exit, exit.to_string(), "{says:?}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{says:?}: {}", run.stderr);
        assert!(!run.stderr.contains("\\u{1b}"), "{says:?}: {}", run.stderr);
        assert_eq!(run.stderr.contains(&format!("that is what {IMAGE} holds")), exit == 6, "{}", run.stderr);
        let expect = if exit == 0 { 2 } else { 0 };
        assert_eq!(daemon.left().len(), expect, "{says:?}: {:?}", daemon.left());
    }
}

/// An engine elsewhere is somebody else's: it is asked, and told from one that is slow, dead or another.
#[test]
fn an_engine_elsewhere_is_judged_by_its_answer() {
    // Nobody listens there any more.
    let (gone, dead) = EngineFake::on_port(Says::Closed);
    drop(gone);
    let dead = format!("tcp://{dead}");
    for (says, exit, words) in [
        (Some(Says::buildkit(VERSION)), 0, ""),
        (Some(Says::buildkit("0.29.0")), 6, "0.29.0"),
        (
            Some(Says::Version { package: "github.com/dagger/dagger", version: format!("v{VERSION}") }),
            6,
            "dagger",
        ),
        (Some(Says::Empty), 6, VERSION),
        (Some(Says::Nothing), 5, "within 1 s"),
        (Some(Says::Beginning), 5, "within 1 s"),
        (Some(Says::Closed), 4, ""),
        (Some(Says::Garbage), 4, ""),
        (Some(Says::Refusal), 4, ""),
        (Some(Says::Broken), 4, ""),
        (None, 4, ""),
    ] {
        let port = says.clone().map(EngineFake::on_port);
        let address = port.as_ref().map_or(dead.clone(), |(_, address)| format!("tcp://{address}"));
        let pinned = Pinned::with("elsewhere", VERSION, &Api::new(&*dead), SOON).through(&dead);
        let socket = pinned.home().join("engine.sock");
        let unix = format!("unix://{}", socket.display());
        let _engine = says.clone().map(|says| EngineFake::on_socket(&socket, says));
        for address in [&address, &unix] {
            // Whoever injects one, or says that it is remote.
            let injected: &[(&str, &str)] = &[("BUILDKIT_HOST", address)];
            let remote: &[(&str, &str)] = &[("PIN_ENGINE_MODE", "remote"), ("PIN_ENGINE_ENDPOINT", address)];
            for variables in [injected, remote] {
                for arguments in [&UP[..], &["--timeout", "1s", "exec", "--", "/bin/true"]] {
                    let mut command = pinned.command(arguments);
                    let run = pinned.project.run(command.envs(variables.iter().copied()));
                    let who = format!("{says:?}, {variables:?}, {arguments:?}: {}", run.stderr);
                    assert_eq!(run.exit, exit.to_string(), "{who}");
                    assert!(run.stderr.contains(words), "{who}");
                    if exit != 0 && arguments.contains(&"exec") {
                        let last = run.stderr.lines().last();
                        assert_eq!(last, Some(&*format!("pin: not started (code {exit})")), "{who}");
                    }
                }
            }
        }
    }
}

/// What is different in an answer.
type Change = fn(&mut Value);

/// What daemons of tomorrow, and Podman, answer beside or instead of what is known.
#[test]
fn answers_with_more_or_less_in_them_are_read() {
    let list = |change: Change| {
        move |asked: &str, _: &Asked| {
            let mut container = json!({
                "Id": "1", "Names": ["/elsewhere"], "Image": "x", "Labels": { "pin.project": "other" }, "State": "running",
            });
            change(&mut container);
            (asked == "GET /containers/json")
                .then(|| Reply::ok(json!([container]).to_string()).with("Content-Type", "application/json"))
        }
    };
    let changes: [(Change, &str); 6] = [
        (|container| container["Unknown"] = json!({ "deep": [1] }), "an unknown field"),
        (|container| container["State"] = "stopping".into(), "a state that nobody knows"),
        (|container| container["State"] = "".into(), "no state"),
        (|container| container["Names"] = Value::Null, "no names"),
        (|container| container["Mounts"] = Value::Null, "no mounts"),
        (|container| container["Labels"] = Value::Null, "no labels"),
    ];
    for (change, what) in changes {
        let daemon = DockerFake::start(IMAGE, Says::buildkit(VERSION), list(change));
        let run = pinned("shapes", &daemon).run(&["--timeout", "1s", "engine", "up", "--dry-run"]);
        assert_eq!(run.exit, "0", "{what}: {run:?}");
        // It was not asked for, and is another project's.
        assert!(!run.stdout.contains("elsewhere"), "{what}: {}", run.stdout);
        assert!(!run.stderr.contains("panicked"), "{what}: {}", run.stderr);
    }
}
