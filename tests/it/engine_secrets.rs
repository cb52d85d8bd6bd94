//! What is secret is given to whom it is for, and to nobody else: the proxy's password to the engine, the login to the
//! daemon that pulls, and nothing to whoever reads what `pin` says or keeps.

use crate::support::Run;
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::Says;
use crate::support::pinned::Pinned;
use crate::support::server::{Asked, Reply};
use std::fs;
use std::sync::{Arc, Mutex};

const PROXY: &str = "http://user:canary-proxy@127.0.0.1:9";

const VARIABLES: [(&str, &str); 8] = [
    ("HTTP_PROXY", PROXY),
    ("HTTPS_PROXY", PROXY),
    ("http_proxy", PROXY),
    ("GITHUB_TOKEN", "canary-variable"),
    ("DATABASE_PASSWORD", "canary-variable"),
    ("DAGGER_CLOUD_TOKEN", "canary-variable"),
    ("DAGGER_SESSION_TOKEN", "canary-variable"),
    ("DAGGER_X_RELEASE", "canary-variable"),
];

/// Everything that says something; some of it cannot be done on a fake, which is said, too.
const VERBS: [&[&str]; 22] = [
    &["engine", "up", "--dry-run"],
    &["exec", "--dry-run", "--", "/bin/true"],
    &["engine", "status"],
    &["engine", "up"],
    &["engine", "up", "--format", "json"],
    &["engine", "status"],
    &["engine", "status", "--format", "json"],
    &["engine", "doctor"],
    &["engine", "doctor", "--format", "json"],
    &["engine", "logs"],
    &["engine", "prune", "--all"],
    &["engine", "prune", "--all", "--format", "json"],
    &["check", "--live"],
    &["check", "--live", "--format", "json"],
    &["env"],
    &["env", "--shell", "json"],
    &["exec", "--", "/bin/true"],
    &["engine", "down", "--purge", "--yes"],
    &["audit"],
    &["audit", "--format", "json"],
    &["audit", "verify"],
    &["check", "--live"],
];

/// `user:canary-login`, as it is kept and sent.
fn login() -> String {
    data_encoding::BASE64.encode(b"user:canary-login")
}

#[track_caller]
fn holds_none(what: &str, text: &str) {
    for secret in ["canary", &login()] {
        assert!(!text.contains(secret), "{what}: {text}");
    }
}

/// The headers of pulls that hold credentials.
type Logins = Arc<Mutex<Vec<String>>>;

/// A daemon that has no image yet and can pull it, or cannot.
fn daemon(says: Says, pulls: bool) -> (DockerFake, Logins) {
    let logins = Logins::default();
    let seen = Arc::clone(&logins);
    let daemon = DockerFake::start("nothing", says, move |name: &str, asked: &Asked| {
        if name != "POST /images/create" {
            return None;
        }
        let header = asked.header("x-registry-auth").unwrap_or_default().to_owned();
        seen.lock().expect("no thread has panicked").push(header);
        (!pulls).then(|| Reply::status(500, "{\"message\":\"pull access denied\"}"))
    });
    (daemon, logins)
}

fn repository(is_dagger: bool, daemon: &DockerFake) -> Pinned {
    let (api, engine) = (Api::nobody(), "image = 'registry.example/engine'");
    let pinned = match is_dagger {
        true => Pinned::dagger("secret", "0.21.8", &api, engine),
        false => Pinned::with("secret", "0.30.0", &api, engine),
    };
    let config = format!("{{\"auths\":{{\"registry.example\":{{\"auth\":\"{}\"}}}}}}", login());
    fs::write(pinned.home().join("config.json"), config).expect("a file can be written");
    pinned.through(&daemon.address())
}

fn run(pinned: &Pinned, arguments: &[&str]) -> Run {
    let mut command = pinned.command(&[&["-v", "--timeout", "2s"], arguments].concat());
    command.envs(VARIABLES).env("DOCKER_CONFIG", pinned.home());
    let run = pinned.project.run(&mut command);
    holds_none(&format!("{arguments:?}"), &format!("{}{}", run.stdout, run.stderr));
    run
}

#[test]
fn nothing_secret_is_said_or_kept() {
    for (is_dagger, says) in [(false, Says::buildkit("0.30.0")), (true, Says::dagger("0.21.8"))] {
        let (daemon, logins) = daemon(says, true);
        let pinned = repository(is_dagger, &daemon);
        for arguments in VERBS {
            let run = run(&pinned, arguments);
            let is_up = arguments == ["engine", "up"];
            assert!(!is_up || run.exit == "0", "{arguments:?}: {run:?}");
            if is_up {
                let before = keeps(&pinned);
                assert!(before.contains("\"action\":\"create\""), "{before}");
            }
        }
        holds_none("what is kept", &keeps(&pinned));
        // They have come to whom they are for, or this would prove nothing.
        let body = daemon.body("POST /containers/create");
        assert!(body["Env"].to_string().contains(PROXY), "{body}");
        holds_none("labels", &body["Labels"].to_string());
        let sent = logins.lock().expect("no thread has panicked").concat();
        let sent = data_encoding::BASE64URL.decode(sent.as_bytes()).expect("it is one header, in base64");
        assert!(String::from_utf8_lossy(&sent).contains("canary-login"));
    }
}

#[test]
fn nothing_secret_is_said_of_what_fails() {
    for is_dagger in [false, true] {
        let (denied, _) = daemon(Says::Closed, false);
        let pinned = repository(is_dagger, &denied);
        run(&pinned, &["engine", "up"]).exits(4);
        holds_none("what is kept", &keeps(&pinned));
        let address = denied.address();
        drop(denied);
        // Nobody is there any more, or whoever is named has a password in his name.
        for host in [address, "tcp://user:canary-host@127.0.0.1:1".to_owned()] {
            let pinned = repository(is_dagger, &daemon(Says::Closed, true).0).through(&host);
            for arguments in VERBS {
                run(&pinned, arguments);
            }
            holds_none("what is kept", &keeps(&pinned));
        }
    }
}

/// The text of every file that `pin` keeps for its user, and their names.
fn keeps(pinned: &Pinned) -> String {
    let kept = pinned.home().join(".local/state/pin");
    let mut waiting = vec![kept];
    let mut text = String::new();
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).into_iter().flatten().map_while(Result::ok) {
            let path = entry.path();
            text.push_str(&path.file_name().unwrap_or_default().to_string_lossy());
            let kind = entry.file_type().expect("it has a type");
            if kind.is_dir() {
                waiting.push(path);
            } else if kind.is_file() {
                text.push_str(&fs::read_to_string(&path).expect("it is text"));
            }
        }
    }
    text
}
