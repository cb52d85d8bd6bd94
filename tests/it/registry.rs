//! What is learnt from a registry that answers, and what is said of one that does not.

mod doors;

use crate::support::questions::{LATER, SOON, Said, ask, image, login, tags};
use crate::support::registry::{
    DOCKER_LIST, DOCKER_MANIFEST, Door, Fake, INDEX, MANIFEST, PASSWORD, digest, refusal,
};
use crate::support::server::{Asked, Reply, Server};
use pin::registry::Credentials;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

type Handler = Box<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// What one question about `a/b:v1` at the server comes to; its address is `HOST`.
fn one(server: &Server, credentials: &Credentials, timeout: Duration) -> Said {
    let reference = format!("{}/a/b:v1", server.host());
    ask(credentials, timeout, async |registry| image(registry, &reference).await)
        .replace(&server.host(), "HOST")
}

fn index(platforms: &[(&str, &str)]) -> String {
    let entries = platforms.iter().map(|(platform, digest)| {
        let mut parts = platform.split('/');
        let mut name = serde_json::json!({ "os": parts.next(), "architecture": parts.next() });
        if let Some(variant) = parts.next() {
            name["variant"] = variant.into();
        }
        serde_json::json!({ "mediaType": MANIFEST, "digest": digest, "size": 7, "platform": name })
    });
    serde_json::json!({ "schemaVersion": 2, "manifests": entries.collect::<Vec<_>>() }).to_string()
}

fn manifest(name: &str) -> String {
    serde_json::json!({ "schemaVersion": 2, "config": { "digest": digest(name.as_bytes()) }, "layers": [] })
        .to_string()
}

#[test]
fn a_tag_is_an_index_or_a_manifest() {
    let (amd, arm) = (digest(b"amd"), digest(b"arm"));
    let two =
        index(&[("linux/amd64", &amd), ("linux/arm64/v8", &arm), ("unknown/unknown", &digest(b"proof"))]);
    for (kind, body, platforms) in [
        (INDEX, &two, format!(" linux/amd64={amd} linux/arm64={arm}")),
        (DOCKER_LIST, &two, format!(" linux/amd64={amd} linux/arm64={arm}")),
        (MANIFEST, &manifest("one"), String::new()),
        (DOCKER_MANIFEST, &manifest("one"), String::new()),
    ] {
        let fake = Fake::new(Door::Open).with("a/b", "v1", kind, body.as_str());
        let server = Server::start(move |asked| fake.answer(asked));
        let expect = format!("{}{platforms}", digest(body.as_bytes()));
        assert_eq!(one(&server, &Credentials::default(), LATER), expect, "{kind}");

        let host = server.host();
        let others = ask(&Credentials::default(), LATER, async |registry| {
            let absent = image(registry, &format!("{host}/a/b:v2")).await;
            let nowhere = image(registry, &format!("{host}/a/c:v1")).await;
            format!("{absent} {nowhere}")
        });
        assert_eq!(others, "absent absent", "{kind}");
        assert_eq!(server.asked().len(), 3, "one question each");
    }
}

/// A digest is its own proof.
#[test]
fn a_digest_is_asked_for_like_a_tag() {
    let body = manifest("one");
    let (right, wrong) = (digest(body.as_bytes()), digest(b"other"));
    let fake = Fake::new(Door::Open).with("a/b", &right, MANIFEST, body.clone()).with(
        "a/b",
        &wrong,
        MANIFEST,
        body.clone(),
    );
    let server = Server::start(move |asked| fake.answer(asked));
    let host = server.host();
    for (asked, expect) in [
        (&right, right.clone()),
        (&digest(b"none"), "absent".to_owned()),
        (
            &wrong,
            format!(
                "the answer of http://{host}/v2/a/b/manifests/{wrong} makes no sense: it is {right}, which was not asked for"
            ),
        ),
    ] {
        let reference = format!("{host}/a/b@{asked}");
        let said = ask(&Credentials::default(), LATER, async |registry| image(registry, &reference).await);
        assert_eq!(said, expect);
    }
}

#[test]
fn only_a_registry_that_says_so_makes_a_tag_absent() {
    let url = "http://HOST/v2/a/b/manifests/v1";
    let good = manifest("one");
    let typed = |body: &str, kind: &str| Reply::ok(body).with("Content-Type", kind);
    let (cut, senseless) =
        (format!("the answer of {url} was cut off: "), format!("the answer of {url} makes no sense: "));
    for (name, reply, expect) in [
        ("404 with words", refusal(404, "MANIFEST_UNKNOWN"), "absent".to_owned()),
        ("404 of a name", refusal(404, "NAME_UNKNOWN"), "absent".to_owned()),
        ("404 without words", Reply::status(404, ""), "absent".to_owned()),
        ("404 of a page", Reply::status(404, "<html>not found</html>"), "absent".to_owned()),
        ("404 of something else", refusal(404, "UNSUPPORTED"), format!("{url} answered with status 404")),
        (
            "404 of a secret",
            refusal(404, "DENIED"),
            "`HOST/a/b` needs credentials | run `docker login HOST` or `podman login HOST`".to_owned(),
        ),
        (
            "401",
            Reply::status(401, ""),
            "`HOST/a/b` needs credentials | run `docker login HOST` or `podman login HOST`".to_owned(),
        ),
        (
            "403",
            refusal(403, "DENIED"),
            "`HOST/a/b` needs credentials | run `docker login HOST` or `podman login HOST`".to_owned(),
        ),
        (
            "limited",
            refusal(403, "TOOMANYREQUESTS").with("Retry-After", "99"),
            format!(
                "{url} answered with status 403: it is asked too often, and wants to be asked again in 99 s"
            ),
        ),
        ("410", Reply::status(410, ""), format!("{url} answered with status 410")),
        (
            "busy",
            refusal(429, "TOOMANYREQUESTS").with("Retry-After", "0"),
            format!(
                "{url} answered with status 429: it is asked too often, and wants to be asked again in 0 s"
            ),
        ),
        (
            "busy for long",
            Reply::status(429, "").with("Retry-After", "99"),
            format!(
                "{url} answered with status 429: it is asked too often, and wants to be asked again in 99 s"
            ),
        ),
        ("broken", Reply::status(500, ""), format!("{url} answered with status 500")),
        ("nothing", Reply::ok(""), format!("{senseless}no JSON at line 1, column 0")),
        ("a page", Reply::ok("<html>"), format!("{senseless}no JSON at line 1, column 1")),
        ("other JSON", Reply::ok("[1]"), format!("{senseless}unexpected JSON at line 1, column 3")),
        (
            "an old format",
            Reply::ok(r#"{"schemaVersion":1}"#),
            format!("{senseless}it has version 1 of the format, wanted 2"),
        ),
        ("another type", typed(&good, INDEX), format!("{senseless}it is not what its type says, `{INDEX}`")),
        (
            "another digest",
            Reply::ok(good.as_str()).with("Docker-Content-Digest", &digest(b"x")),
            format!("{senseless}it is {}, but `{}` is said", digest(good.as_bytes()), digest(b"x")),
        ),
        ("another hash", Reply::ok(good.as_str()).with("Docker-Content-Digest", "md5:0"), String::new()),
        ("no digest", typed(&good, "application/json"), digest(good.as_bytes())),
        ("a circle", Reply::redirect("/v2/a/b/manifests/v1"), format!("{senseless}it redirects too often")),
        ("silence", Reply::Hang, format!("no answer from {url} within 300 ms")),
        ("the end of the line", Reply::Closed, String::new()),
        ("half of it", Reply::CutOff(good.clone().into_bytes()), cut),
        ("no end", Reply::Endless, format!("the answer of {url} is larger than 4194304 bytes")),
    ] {
        let server = Server::start(move |_| reply.clone());
        let timeout = if name == "no end" { LATER } else { SOON };
        let said = one(&server, &Credentials::default(), timeout);
        match name {
            "half of it" => assert!(said.starts_with(&expect), "{name}: {said}"),
            "the end of the line" => assert!(said.contains(url), "{name}: {said}"),
            "another hash" => assert!(said.contains("is said"), "{name}: {said}"),
            _ => assert_eq!(said, expect, "{name}"),
        }
    }
    let nobody = Server::start(|_| Reply::Closed).host();
    let reference = format!("{nobody}/a/b:v1");
    let said = ask(&Credentials::default(), LATER, async |registry| image(registry, &reference).await);
    assert!(said.starts_with("cannot reach"), "{said}");
}

#[test]
fn a_registry_that_was_busy_is_asked_again() {
    for busy in
        [Reply::status(429, "").with("Retry-After", "0"), Reply::status(500, ""), Reply::CutOff(Vec::new())]
    {
        let (body, count) = (manifest("one"), AtomicUsize::new(0));
        let expect = digest(body.as_bytes());
        let server = Server::start(move |_| match count.fetch_add(1, Ordering::SeqCst) {
            0 => busy.clone(),
            _ => Reply::ok(body.as_str()),
        });
        assert_eq!(one(&server, &Credentials::default(), LATER), expect);
        assert_eq!(server.asked().len(), 2);
    }
}

#[test]
fn tags_come_in_pages() {
    let all = ["latest", "v0.21.7", "v0.21.8", "v0.21.8-gpu", "v0.3.0"];
    for door in [Door::Open, Door::Bearer, Door::Basic] {
        let fake = all
            .iter()
            .rev()
            .fold(Fake::new(door), |fake, tag| fake.with("a/b", tag, MANIFEST, manifest(tag)));
        let server = Server::start(move |asked| fake.answer(asked));
        let host = server.host();
        let (_directory, credentials) = login(&host, PASSWORD);
        let said = ask(&credentials, LATER, async |registry| {
            format!(
                "{} | {}",
                tags(registry, &format!("{host}/a/b")).await,
                tags(registry, &format!("{host}/a/c")).await
            )
        });
        assert_eq!(said, format!("{} | there is no `{host}/a/c`, says its registry", all.join(" ")));
        let pages = server.asked().iter().filter(|asked| asked.path.contains("/tags/list")).count();
        assert_eq!(
            pages,
            if door == Door::Open { 4 } else { 6 },
            "three pages, one that is not there, two challenges"
        );
    }
}

#[test]
fn pages_that_lead_nowhere_are_an_error() {
    let page = |link: &str| Reply::ok(r#"{"tags":["v1"]}"#).with("Link", link);
    let counted = AtomicUsize::new(0);
    let senseless = "the answer of http://HOST/v2/a/b/tags/list makes no sense:";
    let cases: Vec<(Handler, String)> = vec![
        (
            Box::new(move |asked| page(&format!("<{}>; rel=next", asked.path))),
            format!("{senseless} its pages lead back to one that was read"),
        ),
        (
            Box::new(move |asked| {
                page(&format!(
                    "</v2/a/b/tags/list?{}>; rel=next",
                    if asked.path.ends_with('x') { "y" } else { "x" }
                ))
            }),
            format!("{senseless} its pages lead back to one that was read"),
        ),
        (
            Box::new(move |_| {
                page(&format!(
                    "</v2/a/b/tags/list?last={}>; rel=next",
                    counted.fetch_add(1, Ordering::SeqCst)
                ))
            }),
            "`HOST/a/b` has more tags than are read, 1 on 1000 pages".to_owned(),
        ),
        (
            Box::new(move |_| page("<https://example.com/v2/a/b/tags/list>; rel=next")),
            format!("{senseless} the next page is at another host, example.com"),
        ),
        (Box::new(move |_| page("next")), format!("{senseless} `next` is no link to the next page")),
        (Box::new(|_| Reply::ok(r#"{"tags":["v1","../x"]}"#)), format!("{senseless} `../x` is no tag")),
        (
            Box::new(|_| Reply::ok(r#"{"tags":{}}"#)),
            format!("{senseless} unexpected JSON at line 1, column 8"),
        ),
        (Box::new(|_| Reply::ok(r#"{"tags":null}"#)), String::new()),
        (
            Box::new(|_| Reply::Endless),
            "the answer of http://HOST/v2/a/b/tags/list is larger than 8388608 bytes".to_owned(),
        ),
        (
            Box::new(|_| refusal(429, "TOOMANYREQUESTS").with("Retry-After", "0")),
            "http://HOST/v2/a/b/tags/list answered with status 429: it is asked too often, and wants to be asked again in 0 s"
                .to_owned(),
        ),
        (
            Box::new(|_| Reply::status(403, "")),
            "`HOST/a/b` needs credentials | run `docker login HOST` or `podman login HOST`".to_owned(),
        ),
    ];
    for (handler, expect) in cases {
        let server = Server::start(handler);
        let name = format!("{}/a/b", server.host());
        let said = ask(&Credentials::default(), LATER, async |registry| tags(registry, &name).await);
        assert_eq!(said.replace(&server.host(), "HOST"), expect);
    }
}

#[test]
fn what_is_no_name_is_asked_of_nobody() {
    let server = Server::start(|_| refusal(404, "NAME_UNKNOWN"));
    let host = server.host();
    for text in [
        "",
        "../x:v1",
        "a b:v1",
        "-x:v1",
        "x",
        "x:",
        "x:-v",
        "x:a/b",
        "x:v1@sha256:00",
        "x@sha256:00",
        "x@md5:00",
        "X:v1",
        "h/../x:v1",
        "h.io/a?b:v1",
        "h.io/a#b:v1",
        "u:p@h.io/a:v1",
        "h.io/a:v1\r\nx",
        "h.io/%2e%2e:v1",
        "h.io//x:v1",
    ] {
        for text in [text.to_owned(), format!("{host}/{text}")] {
            let said = ask(&Credentials::default(), SOON, async |registry| image(registry, &text).await);
            if server.asked().is_empty() {
                assert!(said.ends_with("is nothing that a registry could have, wanted one like `registry.dagger.io/engine:v0.21.8`"), "{text:?}: {said}");
                assert!(!said.contains(['\r', '\n']), "{said:?}");
            } else {
                panic!("{text:?} was asked for: {said}");
            }
        }
    }
    for text in ["", "../x", "a b", "-x", "x:v1", "x@sha256:00", "h.io/X"] {
        let said = ask(&Credentials::default(), SOON, async |registry| tags(registry, text).await);
        assert!(said.ends_with("wanted one like `registry.dagger.io/engine`"), "{text:?}: {said}");
    }
}
