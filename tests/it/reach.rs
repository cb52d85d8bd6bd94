//! What clients are given to reach an engine: the daemon that it is on, past proxies, and when it is only just there.

use crate::exec::{HOST, put_program};
use crate::support::Run;
use crate::support::docker_api::Api;
use crate::support::docker_fake::DockerFake;
use crate::support::engine_fake::{EngineFake, Says, Trust};
use crate::support::front::Front;
use crate::support::pinned::Pinned;
use crate::support::server::{Asked, Reply};
use pin::engine::{Probe, ProbeError, Way};
use pin::value::Digest;
use pin::world::wait_for;
use serde_json::{Value, json};
use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::PathBuf;
use std::pin::pin;
use std::time::Duration;

const VERSION: &str = "0.30.0";
const IMAGE: &str = "docker.io/moby/buildkit:v0.30.0";

/// Long enough for an answer on a slow machine.
const BOUND: Duration = Duration::from_secs(20);

/// What a client of `BuildKit` does with the address of a container (moby/buildkit `client/connhelper`).
const CLIENT: &str = "case $BUILDKIT_HOST in\n\
    docker-container://*) exec docker exec -i \"${BUILDKIT_HOST#*://}\" buildctl dial-stdio ;;\n\
    podman-container://*) exec podman exec -i \"${BUILDKIT_HOST#*://}\" buildctl dial-stdio ;;\n\
    *) echo \"$BUILDKIT_HOST\" ;;\nesac";

/// Says what it was asked to do, and by which variables it knows whom to ask.
const RUNTIME: &str = "echo \"${0##*/} $*\"\n\
    for name in DOCKER_HOST DOCKER_TLS_VERIFY DOCKER_CERT_PATH CONTAINER_HOST; do\n\
    eval \"[ -z \\\"\\${$name+x}\\\" ] || echo \\\"$name=\\$$name\\\"\"\ndone";

/// Docker itself.
fn daemon(_: &str, _: &Asked) -> Option<Reply> {
    None
}

/// What `/version` of Podman says.
fn podman(asked: &str, _: &Asked) -> Option<Reply> {
    let version = json!({
        "Version": "5.0.0", "ApiVersion": "1.41", "Components": [{ "Name": "Podman Engine", "Version": "5.0.0" }],
    });
    (asked == "GET /version").then(|| Reply::ok(version.to_string()).with("Content-Type", "application/json"))
}

/// A repository whose user has both runtimes' clients, and a client of the engine.
fn with_clients(pinned: Pinned) -> Pinned {
    let programs = pinned.home().join("bin");
    put_program(&programs.join("client"), CLIENT);
    for runtime in ["docker", "podman"] {
        put_program(&programs.join(runtime), RUNTIME);
    }
    pinned.with_programs(&programs)
}

fn run(pinned: &Pinned, variables: &[(&str, &str)], arguments: &[&str]) -> Run {
    let mut command = pinned.command(arguments);
    command.env_remove("DOCKER_HOST").envs(variables.iter().copied());
    pinned.project.run(&mut command)
}

/// The variables that `pin env` prints, as `NAME=VALUE`.
fn exported(run: &Run) -> Vec<String> {
    let printed: Value = serde_json::from_str(&run.exits(0).stdout).expect("it is JSON");
    let word = |value: &Value| value.as_str().expect("a word").to_owned();
    let all = printed["variables"].as_array().expect("a list, sorted by name");
    all.iter().map(|one| format!("{}={}", word(&one["name"]), word(&one["value"]))).collect()
}

/// The directory of a client's certificates.
pub(crate) fn certificates(pinned: &Pinned, trust: &Trust) -> PathBuf {
    let directory = pinned.home().join("certs");
    fs::create_dir_all(&directory).expect("a directory can be made");
    for (name, text) in [("ca.pem", &trust.ca), ("cert.pem", &trust.cert), ("key.pem", &trust.key)] {
        fs::write(directory.join(name), text).expect("a file can be written");
    }
    directory
}

const CONTAINER: &str = "BUILDKIT_HOST=docker-container://pin-buildkit-reach-0.30.0";
const MARKER: &str = "PIN_ENGINE=docker-container://pin-buildkit-reach-0.30.0";
const ASKED: &str = "docker exec -i pin-buildkit-reach-0.30.0 buildctl dial-stdio\n";

#[test]
fn clients_are_led_to_the_daemon_that_the_container_is_on() {
    let fake = DockerFake::elsewhere(IMAGE, daemon);
    let front = Front::start(&fake.address(), Some(Says::buildkit(VERSION)));
    let pinned = with_clients(Pinned::new("reach", VERSION, &Api::nobody()));
    let host = format!("tcp://{}", front.host());
    let known = [("DOCKER_HOST", &*host)];
    let client = run(&pinned, &known, &["exec", "--", "client"]);
    assert_eq!(client.exits(0).stdout, format!("{ASKED}DOCKER_HOST={host}\n"), "{}", client.stderr);
    let env = run(&pinned, &known, &["env", "--shell", "json"]);
    assert_eq!(exported(&env), [CONTAINER, MARKER], "the user's own leads there: {}", env.stderr);
    assert_eq!(env.stderr, "");

    // Found by another variable, it is Docker's all the same; what the user has set instead is said.
    let other = [("CONTAINER_HOST", &*host), ("DOCKER_HOST", "unix:///nowhere/docker.sock")];
    let env = run(&pinned, &other, &["env", "--shell", "json"]);
    assert_eq!(exported(&env), [CONTAINER, MARKER]);
    let note = format!(
        "note: `DOCKER_HOST` is set already, and clients reach the engine with `DOCKER_HOST={host}`\n"
    );
    assert!(env.stderr.contains(&note), "{}", env.stderr);
    let client = run(&pinned, &other, &["exec", "--", "client"]);
    assert!(client.exits(0).stdout.starts_with(&format!("{ASKED}DOCKER_HOST={host}\n")), "{}", client.stdout);
    let scheme = format!("http://{}", front.host());
    let client = run(&pinned, &[("DOCKER_HOST", &scheme)], &["exec", "--", "client"]);
    assert_eq!(client.exits(0).stdout, format!("{ASKED}DOCKER_HOST={host}\n"), "docker knows no http://");
}

#[test]
fn clients_of_a_daemon_behind_tls_keep_its_certificates() {
    let fake = DockerFake::elsewhere(IMAGE, daemon);
    let (front, trust) = Front::behind_tls(&fake.address(), Some(Says::buildkit(VERSION)));
    let pinned = with_clients(Pinned::new("reach", VERSION, &Api::nobody()));
    let path = certificates(&pinned, &trust);
    let (host, path) = (format!("tcp://{}", front.host()), path.to_str().expect("a plain path").to_owned());
    let tls = [("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", &*path)];
    let whole = format!("{ASKED}DOCKER_HOST={host}\nDOCKER_TLS_VERIFY=1\nDOCKER_CERT_PATH=[HOME]/certs\n");
    for (scheme, led) in [("tcp", true), ("https", false)] {
        let address = format!("{scheme}://{}", front.host());
        let variables = [&[("DOCKER_HOST", &*address)], &tls[..]].concat();
        let client = run(&pinned, &variables, &["exec", "--", "client"]);
        assert_eq!(client.exits(0).stdout, whole, "{scheme}: {}", client.stderr);
        let env = run(&pinned, &variables, &["env", "--shell", "json"]);
        assert_eq!(exported(&env), [CONTAINER, MARKER]);
        assert_eq!(env.stderr.is_empty(), led, "{scheme}: {}", env.stderr);
    }
    // A context has its certificates with it; a DOCKER_HOST would take it out of force.
    let id = Digest::of(b"build").to_string().replace("sha256:", "");
    let docker = pinned.home().join(".docker");
    let (meta, files) =
        (docker.join("contexts/meta").join(&id), docker.join("contexts/tls").join(id).join("docker"));
    for directory in [&meta, &files] {
        fs::create_dir_all(directory).expect("directories can be made");
    }
    let text = json!({ "Name": "build", "Endpoints": { "docker": { "Host": host } } });
    fs::write(meta.join("meta.json"), text.to_string()).expect("a file can be written");
    for (name, text) in [("ca.pem", &trust.ca), ("cert.pem", &trust.cert), ("key.pem", &trust.key)] {
        fs::write(files.join(name), text).expect("a file can be written");
    }
    let context = [("DOCKER_CONTEXT", "build")];
    let client = run(&pinned, &context, &["exec", "--", "client"]);
    assert_eq!(client.exits(0).stdout, ASKED, "{}", client.stderr);
    assert_eq!(exported(&run(&pinned, &context, &["env", "--shell", "json"])), [CONTAINER, MARKER]);
}

#[test]
fn clients_of_podman_are_told_its_spelling_and_its_variable() {
    let fake = DockerFake::elsewhere(IMAGE, podman);
    let front = Front::start(&fake.address(), Some(Says::buildkit(VERSION)));
    let pinned = with_clients(Pinned::new("reach", VERSION, &Api::nobody()));
    let host = format!("tcp://{}", front.host());
    let asked = "podman exec -i pin-buildkit-reach-0.30.0 buildctl dial-stdio\n";
    let client = run(&pinned, &[("CONTAINER_HOST", &host)], &["exec", "--", "client"]);
    assert_eq!(client.exits(0).stdout, format!("{asked}CONTAINER_HOST={host}\n"), "{}", client.stderr);
    // Its client does not read Docker's variable.
    let client = run(&pinned, &[("DOCKER_HOST", &host)], &["exec", "--", "client"]);
    let both = format!("{asked}DOCKER_HOST={host}\nCONTAINER_HOST={host}\n");
    assert_eq!(client.exits(0).stdout, both, "{}", client.stderr);
    let address = "podman-container://pin-buildkit-reach-0.30.0";
    let env = run(&pinned, &[("DOCKER_HOST", &host)], &["env", "--shell", "json"]);
    let expect = [
        format!("BUILDKIT_HOST={address}"),
        format!("CONTAINER_HOST={host}"),
        format!("PIN_ENGINE={address}"),
    ];
    assert_eq!(exported(&env), expect);
}

#[test]
fn clients_of_dagger_know_podman_by_their_release() {
    for (version, scheme) in [("0.18.14", "podman-container"), ("0.18.15", "container+podman")] {
        let image = format!("registry.dagger.io/engine:v{version}");
        let fake = DockerFake::elsewhere(&image, podman);
        let front = Front::start(&fake.address(), Some(Says::dagger(version)));
        let pinned = with_clients(Pinned::dagger("reach", version, &Api::nobody(), ""));
        let host = format!("tcp://{}", front.host());
        run(&pinned, &[("CONTAINER_HOST", &host)], &["engine", "up"]).exits(0);
        let env = run(&pinned, &[("CONTAINER_HOST", &host)], &["env", "--shell", "json"]);
        let address = format!("{scheme}://pin-dagger-reach-{version}");
        assert_eq!(exported(&env), [format!("PIN_ENGINE={address}"), format!("{HOST}={address}")]);
    }
}

/// A proxy that counts, and whoever gets there has gone astray.
struct Astray(TcpListener);

impl Astray {
    fn start() -> (Self, String) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket");
        let address = format!("http://user:canary@{}", listener.local_addr().expect("an address"));
        (Self(listener), address)
    }

    #[track_caller]
    fn assert_nobody_came(&self) {
        assert_eq!(self.0.accept().map(drop).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    }
}

const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

#[test]
fn an_engine_beyond_a_proxy_is_asked_past_it() {
    let (proxy, through) = Astray::start();
    let (_engine, address) = EngineFake::on_port(Says::buildkit(VERSION));
    // To the system that is this machine, to whoever reads exceptions it is not.
    let endpoint = format!("tcp://0.0.0.0:{}", address.port());
    let pinned = Pinned::new("reach", VERSION, &Api::nobody());
    for choice in [
        &[("BUILDKIT_HOST", &*endpoint)][..],
        &[("PIN_ENGINE_MODE", "remote"), ("PIN_ENGINE_ENDPOINT", &endpoint)],
    ] {
        let mut variables: Vec<(&str, &str)> = PROXIES.map(|name| (name, &*through)).to_vec();
        variables.extend([("NO_PROXY", "upper.example"), ("no_proxy", "lower.example")]);
        variables.extend(choice);
        let command = run(&pinned, &variables, &["exec", "--", "/usr/bin/env"]);
        for name in ["NO_PROXY", "no_proxy"] {
            let line = format!("{name}=upper.example,lower.example,0.0.0.0\n");
            assert!(command.exits(0).stdout.contains(&line), "{}", command.stdout);
        }
        assert!(!command.stderr.contains("canary"), "{}", command.stderr);
        let env = run(&pinned, &variables, &["env"]);
        let note = format!(
            "note: clients may ask a proxy for the engine at {endpoint}\nhint: add its host to `NO_PROXY`"
        );
        assert!(env.exits(0).stderr.contains(&note) && !env.stderr.contains("canary"), "{}", env.stderr);
        run(&pinned, &variables, &["check", "--live", "--allow-empty"]).exits(0);
    }
    proxy.assert_nobody_came();
    // A socket passes by no proxy.
    let socket = pinned.home().join("s");
    let _engine = EngineFake::on_socket(&socket, Says::buildkit(VERSION));
    let host = format!("unix://{}", socket.display());
    let variables = [("BUILDKIT_HOST", &*host), ("https_proxy", &through), ("NO_PROXY", "a")];
    let command = run(&pinned, &variables, &["exec", "--", "/usr/bin/env"]);
    assert!(command.exits(0).stdout.contains("\nNO_PROXY=a\n"), "{}", command.stdout);
}

#[test]
fn an_engine_gets_the_proxies_and_all_exceptions() {
    let (proxy, through) = Astray::start();
    let fake = DockerFake::start(IMAGE, Says::buildkit(VERSION), daemon);
    let pinned = Pinned::new("reach", VERSION, &Api::nobody());
    let host = fake.address();
    let mut variables: Vec<(&str, &str)> = PROXIES.map(|name| (name, &*through)).to_vec();
    variables.extend([("NO_PROXY", "upper.example"), ("no_proxy", "lower.example"), ("DOCKER_HOST", &host)]);
    run(&pinned, &variables, &["engine", "up"]).exits(0);
    let body = fake.body("POST /containers/create");
    let env: Vec<&str> = body["Env"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for name in PROXIES {
        assert!(env.contains(&&*format!("{name}={through}")), "{name}: {env:?}");
    }
    for name in ["NO_PROXY", "no_proxy"] {
        let line = format!("{name}=upper.example,lower.example,localhost,127.0.0.1,::1");
        assert!(env.contains(&&*line), "{env:?}");
    }
    proxy.assert_nobody_came();
}

#[test]
fn an_engine_that_is_only_just_there_is_asked_again() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let socket = directory.path().join("s");
    let way = Way::Socket(socket.clone());
    let answer = wait_for(async {
        let mut asked = pin!(Probe::ask_again(&way, BOUND));
        // A socket that is not there is missed at once, so that this is after the first time.
        tokio::select! {
            biased;
            answer = &mut asked => panic!("nobody is there: {answer:?}"),
            () = std::future::ready(()) => {}
        }
        let engine = EngineFake::on_socket(&socket, Says::buildkit(VERSION));
        (asked.await, engine).0
    });
    let probe = answer.expect("a runtime starts").expect("nobody interrupts").expect("it is there now");
    assert_eq!(probe.version, format!("v{VERSION}"));
}

#[test]
fn who_is_there_and_no_engine_is_asked_once() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let served = std::thread::spawn(move || {
        drop(listener.accept().expect("a client"));
        listener
    });
    let way = Way::Port { host: "127.0.0.1".to_owned(), port };
    let answer =
        wait_for(Probe::ask_again(&way, BOUND)).expect("a runtime starts").expect("nobody interrupts");
    assert!(matches!(answer, Err(ProbeError::Broken(_))), "{answer:?}");
    let listener = served.join().expect("it has had its client");
    listener.set_nonblocking(true).expect("a socket");
    assert_eq!(listener.accept().map(drop).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
    // Nobody is waited for longer than the user says.
    drop(listener);
    let answer = wait_for(Probe::ask_again(&way, Duration::from_millis(50)));
    assert!(matches!(answer, Ok(Ok(Err(ProbeError::Connect(_))))), "{answer:?}");
}
