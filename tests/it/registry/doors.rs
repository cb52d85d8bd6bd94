//! Registries that want to know who asks, and whom they send on to another one.

use super::{index, manifest, one};
use crate::support::questions::{LATER, SOON, ask, docker, image, login, tags};
use crate::support::registry::{Door, Fake, INDEX, MANIFEST, PASSWORD, USER, digest, refusal};
use crate::support::server::{Asked, Reply, Server};
use crate::support::tls::TlsServer;
use crate::support::{Project, repository};
use pin::registry::Credentials;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// How a file of credentials for a host is made.
type Given<'g> = &'g dyn Fn(&str) -> (TempDir, Credentials);

/// The official name of the engine leads to another registry, which calls it otherwise and wants a token.
#[test]
fn a_redirect_leads_to_another_registry_with_a_token_of_its_own() {
    let body = index(&[("linux/amd64", &digest(b"amd"))]);
    let fake = Fake::new(Door::Bearer).with("a/other", "v1", INDEX, body.as_str()).with(
        "a/other",
        "v2",
        INDEX,
        body.as_str(),
    );
    let fake = fake.with("a/other", "v3", INDEX, body.as_str());
    let behind = Server::start(move |asked| fake.answer(asked));
    let to = behind.url();
    let front = Server::start(move |asked| {
        Reply::redirect(&format!("{to}{}", asked.path.replace("/a/b/", "/a/other/")))
    });
    let host = front.host();
    let said = ask(&Credentials::default(), LATER, async |registry| {
        let (first, second) = (
            image(registry, &format!("{host}/a/b:v1")).await,
            image(registry, &format!("{host}/a/b:v2")).await,
        );
        let absent = image(registry, &format!("{host}/a/b:v9")).await;
        format!("{first}\n{second}\n{absent}\n{}", tags(registry, &format!("{host}/a/b")).await)
    });
    let image = format!("{} linux/amd64={}", digest(body.as_bytes()), digest(b"amd"));
    assert_eq!(said, format!("{image}\n{image}\nabsent\nv1 v2 v3"));
    assert!(
        front.asked().iter().all(|asked| asked.header("authorization").is_none()),
        "the token is not for it"
    );
    let tokens = behind.asked().iter().filter(|asked| asked.path.starts_with("/token")).count();
    assert_eq!(tokens, 1, "one token for all questions about one repository");
}

#[test]
fn credentials_do_not_follow_a_redirect() {
    let behind = Server::start(|_| refusal(404, "MANIFEST_UNKNOWN"));
    let to = behind.url();
    let front = Server::start(move |asked| match asked.header("authorization") {
        Some(_) => Reply::redirect(&format!("{to}{}", asked.path)),
        None => Reply::status(401, "").with("WWW-Authenticate", "Basic realm=front"),
    });
    let (_directory, credentials) = login(&front.host(), PASSWORD);
    assert_eq!(one(&front, &credentials, LATER), "absent");
    assert_eq!(behind.asked().len(), 1);
    assert_eq!(behind.asked()[0].header("authorization"), None);

    // Whoever is redirected to asks for credentials, and there are only some for the other one.
    let behind = Server::start(|_| Reply::status(401, "").with("WWW-Authenticate", "Basic realm=behind"));
    let to = behind.url();
    let front = Server::start(move |asked| Reply::redirect(&format!("{to}{}", asked.path)));
    let (_directory, credentials) = login(&front.host(), PASSWORD);
    assert_eq!(
        one(&front, &credentials, LATER),
        "`HOST/a/b` needs credentials | run `docker login HOST` or `podman login HOST`"
    );
    assert!(behind.asked().iter().all(|asked| asked.header("authorization").is_none()));

    // Both ask for credentials, each for its own.
    let body = manifest("one");
    let fake = Fake::new(Door::Bearer).with("a/b", "v1", MANIFEST, body.as_str());
    let behind = Server::start(move |asked| fake.answer(asked));
    let to = behind.url();
    let front = Server::start(move |asked| match asked.header("authorization") {
        Some(_) => Reply::redirect(&format!("{to}{}", asked.path)),
        None => Reply::status(401, "").with("WWW-Authenticate", "Basic realm=front"),
    });
    let (_directory, credentials) = login(&front.host(), PASSWORD);
    assert_eq!(one(&front, &credentials, LATER), digest(body.as_bytes()));
    let told = behind.asked();
    assert!(
        told.iter().filter_map(|asked| asked.header("authorization")).all(|told| told.starts_with("Bearer "))
    );
}

#[test]
fn nobody_is_believed_whose_certificate_nobody_has_signed() {
    let (untrusted, plain) = (TlsServer::start(), Server::start(|_| refusal(404, "MANIFEST_UNKNOWN")));
    for (to, what) in
        [(untrusted.url(), "certificate"), (format!("https://{}", plain.host()), "tls handshake")]
    {
        let front = Server::start(move |asked| Reply::redirect(&format!("{to}{}", asked.path)));
        let said = one(&front, &Credentials::default(), LATER);
        assert!(
            said.starts_with("cannot reach http://HOST/v2/a/b/manifests/v1: ") && said.contains(what),
            "{said}"
        );
    }
    // The same for whoever gives tokens.
    let (untrusted, password) = (TlsServer::start(), PASSWORD);
    let challenge = format!(r#"Bearer realm="{}/token",service="fake""#, untrusted.url());
    let server = Server::start(move |_| Reply::status(401, "").with("WWW-Authenticate", &challenge));
    let (_directory, credentials) = login(&server.host(), password);
    let said = one(&server, &credentials, LATER);
    assert!(said.starts_with(&format!("cannot reach {}/token: ", untrusted.url())), "{said}");
}

/// Everything that one question can come to at a door.
#[test]
fn whoever_is_not_known_needs_credentials() {
    let right = |host: &str| login(host, PASSWORD);
    let wrong = |host: &str| login(host, "hunter3");
    let other = |_: &str| login("other.io", PASSWORD);
    let refresh = |token: &'static str| {
        move |host: &str| {
            docker(&serde_json::json!({ "auths": { host: { "identitytoken": token } } }).to_string())
        }
    };
    let helper = |name: &'static str| {
        move |host: &str| docker(&serde_json::json!({ "credHelpers": { host: name } }).to_string())
    };
    let store = |name: &'static str| {
        move |_: &str| docker(&serde_json::json!({ "credsStore": name, "auths": {} }).to_string())
    };
    let broken = |text: &'static str| move |_: &str| docker(text);

    let needs = "`HOST/NAME` needs credentials";
    let login_hint = "run `docker login HOST` or `podman login HOST`";
    let not_enough = format!(
        "{needs}, and those in FILE are not enough | run `docker login HOST` or `podman login HOST` as somebody who may pull `NAME`"
    );
    let unclear = |why: &str| format!("{needs}: {why} | mend that, or {login_hint}");
    let left = |name: &str, why: &str| {
        unclear(&format!("FILE leaves credentials to `docker-credential-{name}`, {why}"))
    };
    let nobody = format!("{needs} | {login_hint}");
    let cases: &[(&str, Door, &str, Given<'_>, String)] = &[
        ("a token for everybody", Door::Bearer, "a/b", &other, "there".to_owned()),
        ("a token for the password", Door::Bearer, "private/b", &right, "there".to_owned()),
        ("a token for a token", Door::Bearer, "private/b", &refresh(PASSWORD), "there".to_owned()),
        ("a token for nobody", Door::Bearer, "private/b", &other, nobody.clone()),
        ("a wrong password", Door::Bearer, "a/b", &wrong, not_enough.clone()),
        ("a wrong token", Door::Bearer, "a/b", &refresh("hunter3"), not_enough.clone()),
        ("the password", Door::Basic, "a/b", &right, "there".to_owned()),
        ("no password", Door::Basic, "a/b", &other, nobody.clone()),
        ("another password", Door::Basic, "a/b", &wrong, not_enough.clone()),
        ("a token where a password is wanted", Door::Basic, "a/b", &refresh(PASSWORD), not_enough.clone()),
        ("a helper", Door::Basic, "a/b", &helper("good"), "there".to_owned()),
        ("a store", Door::Bearer, "private/b", &store("good"), "there".to_owned()),
        ("a helper with a token", Door::Bearer, "private/b", &helper("token"), "there".to_owned()),
        ("a helper that knows nothing", Door::Basic, "a/b", &helper("empty"), nobody.clone()),
        (
            "a helper that fails",
            Door::Basic,
            "a/b",
            &helper("broken"),
            left("broken", "which failed with exit code 7"),
        ),
        (
            "a helper that hangs",
            Door::Basic,
            "a/b",
            &helper("hanging"),
            left("hanging", "and `docker-credential-hanging` did not end within 0.3 s"),
        ),
        (
            "a helper of nonsense",
            Door::Basic,
            "a/b",
            &helper("nonsense"),
            left("nonsense", "and what it prints makes no sense: no JSON at line 1, column 1"),
        ),
        (
            "a helper without an end",
            Door::Basic,
            "a/b",
            &helper("endless"),
            left("endless", "and `docker-credential-endless` printed more than 65536 bytes"),
        ),
        (
            "no helper",
            Door::Basic,
            "a/b",
            &helper("absent"),
            left("absent", "and `docker-credential-absent` is not installed"),
        ),
        (
            "a path for a helper",
            Door::Basic,
            "a/b",
            &helper("../good"),
            left("../good", "and its name may have small letters, digits and `-` alone"),
        ),
        (
            "a broken file",
            Door::Basic,
            "a/b",
            &broken("{\"auths\": \"hunter2\"}"),
            unclear("FILE keeps no credentials that can be read: unexpected JSON at line 1, column 19"),
        ),
        // What everybody may see needs no credentials; what is not shown might need them.
        (
            "a helper that fails where none is needed",
            Door::Bearer,
            "a/b",
            &helper("broken"),
            "there".to_owned(),
        ),
        (
            "a helper that fails where it is needed",
            Door::Bearer,
            "private/b",
            &helper("broken"),
            left("broken", "which failed with exit code 7"),
        ),
        (
            "a helper that fails and a tag that is not shown",
            Door::Bearer,
            "a/none",
            &helper("broken"),
            left("broken", "which failed with exit code 7"),
        ),
        ("a tag that is not there", Door::Bearer, "a/none", &right, "absent".to_owned()),
        ("nothing is asked for, nothing is read", Door::Open, "a/b", &broken("hunter2"), "there".to_owned()),
    ];
    for (what, door, name, given, expect) in cases {
        let body = manifest("one");
        let fake = Fake::new(*door).with("a/b", "v1", MANIFEST, body.as_str()).with(
            "private/b",
            "v1",
            MANIFEST,
            body.as_str(),
        );
        let server = Server::start(move |asked| fake.answer(asked));
        let (directory, credentials) = given(&server.host());
        let reference = format!("{}/{name}:v1", server.host());
        let timeout = if what.ends_with("hangs") { SOON } else { LATER };
        let said = ask(&credentials, timeout, async |registry| image(registry, &reference).await)
            .replace(&server.host(), "HOST")
            .replace(&*directory.path().join("config.json").to_string_lossy(), "FILE")
            .replace(name, "NAME")
            .replace(&digest(body.as_bytes()), "there");
        assert_eq!(said, *expect, "{what}");
    }
}

#[test]
fn what_a_registry_knows_the_user_by_is_asked_for_once_and_renewed_when_it_ends() {
    for door in [Door::Basic, Door::Bearer] {
        let fake = Fake::new(door).with("private/b", "v1", MANIFEST, manifest("one")).with(
            "private/c",
            "v1",
            MANIFEST,
            manifest("two"),
        );
        let is_forgotten = AtomicUsize::new(0);
        let server = Server::start(move |asked| {
            // The seventh question about a repository meets a registry that has forgotten everybody.
            let is_manifest = asked.path.contains("/manifests/");
            if is_manifest && is_forgotten.fetch_add(1, Ordering::SeqCst) == 6 {
                return fake.answer(&Asked {
                    headers: asked
                        .headers
                        .iter()
                        .filter(|(name, _)| name != "authorization")
                        .cloned()
                        .collect(),
                    ..asked.clone()
                });
            }
            fake.answer(asked)
        });
        let host = server.host();
        let (_directory, credentials) = login(&host, PASSWORD);
        let said = ask(&credentials, LATER, async |registry| {
            let mut said = Vec::new();
            for name in ["private/b", "private/b", "private/c", "private/b", "private/b"] {
                said.push(image(registry, &format!("{host}/{name}:v1")).await);
            }
            said.join(" ")
        });
        let (one, two) = (digest(manifest("one").as_bytes()), digest(manifest("two").as_bytes()));
        assert_eq!(said, format!("{one} {one} {two} {one} {one}"));
        let asked = server.asked();
        let challenged = asked.iter().filter(|asked| asked.header("authorization").is_none()).count();
        let tokens = asked.iter().filter(|asked| asked.path.starts_with("/token")).count();
        assert_eq!((challenged, tokens), (2, if door == Door::Bearer { 3 } else { 0 }), "{door:?}");
    }
}

/// A helper program may ask the user something.
#[test]
fn questions_at_once_are_one_question_to_the_credentials() {
    for (given, tokens, expect) in [("good", 1, "there"), ("broken", 1, "which failed with exit code 7")] {
        let body = manifest("one");
        let fake = Fake::new(Door::Bearer).with("private/b", "v1", MANIFEST, body.as_str());
        let server = Server::start(move |asked| fake.answer(asked));
        let host = server.host();
        let (_directory, credentials) = docker(&serde_json::json!({ "credsStore": given }).to_string());
        let reference = format!("{host}/private/b:v1");
        let said = ask(&credentials, LATER, async |registry| {
            futures_util::future::join_all((0..8).map(|_| image(registry, &reference))).await
        });
        for said in said {
            assert!(said.replace(&digest(body.as_bytes()), "there").contains(expect), "{given}: {said}");
        }
        let asked = server.asked();
        assert_eq!(asked.iter().filter(|asked| asked.path.starts_with("/token")).count(), tokens, "{given}");
    }
}

/// The environment says where credentials are, to every verb that asks registries.
#[test]
fn credentials_are_found_where_docker_and_podman_keep_them() {
    let auth = |password: &str, host: &str| {
        let auth = data_encoding::BASE64.encode(format!("{USER}:{password}").as_bytes());
        serde_json::json!({ "auths": { host: { "auth": auth } } }).to_string()
    };
    for (variable, directory, file) in [
        (None, "home", ".docker/config.json"),
        (None, "home", ".config/containers/auth.json"),
        (Some("DOCKER_CONFIG"), "docker", "config.json"),
        (Some("XDG_RUNTIME_DIR"), "run", "containers/auth.json"),
        (Some("XDG_CONFIG_HOME"), "etc", "containers/auth.json"),
    ] {
        let fake = Fake::new(Door::Basic).with("team/db", "16.5", MANIFEST, manifest("new"));
        let server = Server::start(move |asked| fake.answer(asked));
        let host = server.host();
        let config = format!(
            "[toolchain.db]\nversion = \"16.4\"\nsite = [{{ file = \"compose.yaml\", image = \"{host}/team/db\" }}]\n"
        );
        let compose = format!("services:\n  db:\n    image: {host}/team/db:16.4\n");
        let project = Project::new(&[("pin.toml", config.as_str()), ("compose.yaml", compose.as_str())]);
        let base =
            if variable.is_none() { project.home().to_owned() } else { project.home().join(directory) };
        let base = base.to_str().expect("a temporary directory has a plain name");
        let variables: Vec<(&str, &str)> = variable.map(|variable| (variable, base)).into_iter().collect();
        let bump = ["bump", "db", "--write"];

        let run = project.pin_with(&variables, &bump);
        assert!(
            run.stderr.contains(&format!("`{host}/team/db` needs credentials; run `docker login")),
            "{run:?}"
        );
        for (password, expect) in [("hunter3", "are not enough"), (PASSWORD, "wrote")] {
            let path = Path::new(base).join(file);
            fs::create_dir_all(path.parent().expect("a file stands in a directory"))
                .expect("directories can be made");
            fs::write(&path, auth(password, &host)).expect("a file can be written");
            let run = project.pin_with(&variables, &bump);
            let said = format!("{run:?}");
            assert!(said.contains(expect) && !said.contains(password), "{said}");
        }
        assert_eq!(project.read("compose.yaml"), compose.replace("16.4", "16.5").into_bytes(), "{file}");
    }
}

#[test]
fn a_challenge_that_would_show_the_password_is_refused() {
    let other = Server::start(|_| Reply::ok(r#"{"token":"x"}"#));
    for (challenge, expect) in [
        (
            "Bearer realm=\"http://192.0.2.1/token\"".to_owned(),
            "HOST wants to be asked with a token of http://192.0.2.1/token, which is not HTTPS",
        ),
        (
            "Bearer realm=\"http://user:hunter2@example.com/token?a=hunter2\"".to_owned(),
            "HOST wants to be asked with a token of http://example.com/token, which is not HTTPS",
        ),
        (
            "Bearer realm=\"https://user:hunter2@example.com/token\"".to_owned(),
            "HOST wants to be asked with a token of an address that holds a password",
        ),
        ("Bearer service=\"x\"".to_owned(), "HOST wants to be asked with a token, and does not say whose"),
        ("Digest realm=\"x\"".to_owned(), "HOST wants to be asked by Digest, wanted Bearer or Basic"),
        ("Bearer realm=\"x".to_owned(), "HOST wants to be asked in a way that makes no sense"),
        (
            format!("Bearer realm=\"{}/token\",scope=\"s\"", other.url()),
            "`HOST/a/b` needs credentials, and those in FILE are not enough | run `docker login HOST` or `podman login HOST` as somebody who may pull `a/b`",
        ),
    ] {
        let server = Server::start(move |_| Reply::status(401, "").with("WWW-Authenticate", &challenge));
        let (directory, credentials) = login(&server.host(), PASSWORD);
        let file = directory.path().join("config.json");
        assert_eq!(one(&server, &credentials, LATER).replace(&*file.to_string_lossy(), "FILE"), expect);
    }
}

#[test]
fn a_token_server_that_gives_no_token_is_an_error() {
    let url = "http://HOST/token";
    for (reply, expect) in [
        (Reply::ok("{}"), format!("the answer of {url} makes no sense: there is no token in it")),
        (
            Reply::ok(r#"{"token":"","access_token":""}"#),
            format!("the answer of {url} makes no sense: there is no token in it"),
        ),
        (
            Reply::ok(r#"{"token":"hunter2\r\nX: y"}"#),
            format!("the answer of {url} makes no sense: the token in it is none"),
        ),
        (
            Reply::ok("\"hunter2\""),
            format!("the answer of {url} makes no sense: unexpected JSON at line 1, column 9"),
        ),
        (Reply::ok("hunter2"), format!("the answer of {url} makes no sense: no JSON at line 1, column 1")),
        (
            Reply::ok(format!("{{\"token\":\"{}\"}}", "x".repeat(70_000))),
            format!("the answer of {url} is larger than 65536 bytes"),
        ),
        (Reply::status(404, ""), format!("{url} answered with status 404")),
        (Reply::status(500, ""), format!("{url} answered with status 500")),
        (Reply::Hang, format!("no answer from {url} within 300 ms")),
        (
            refusal(403, "DENIED"),
            "`HOST/a/b` needs credentials | run `docker login HOST` or `podman login HOST`".to_owned(),
        ),
    ] {
        let server = Server::start(move |asked| {
            let host = asked.header("host").expect("a client names the host");
            let challenge = format!(r#"Bearer realm="http://{host}/token?key=hunter2",service="fake""#);
            if asked.path.starts_with("/token") {
                reply.clone()
            } else {
                Reply::status(401, "").with("WWW-Authenticate", &challenge)
            }
        });
        assert_eq!(one(&server, &Credentials::default(), SOON), expect);
    }
}

/// Not everything that is executable may be one: the helpers of these tests must be, wherever they were copied to.
#[test]
fn the_helpers_of_these_tests_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = repository().join("tests/it/support/credential-helpers");
    let names: Vec<OsString> = fs::read_dir(&directory)
        .expect("the directory is there")
        .map(|entry| {
            let entry = entry.expect("it can be read");
            let mode = entry.metadata().expect("a file has a mode").permissions().mode();
            assert!(mode & 0o111 != 0, "{} is not executable", entry.path().display());
            entry.file_name()
        })
        .collect();
    assert_eq!(names.len(), 7, "{names:?}");
}
