use super::*;
use crate::config;
use proptest::prelude::*;

fn read(text: &str) -> Engine {
    let config = config::parse("pin.toml", &format!("[engine]\n{text}\n"));
    config.unwrap_or_else(|mistake| panic!("{text}: {mistake}")).engine
}

#[test]
fn a_full_table_is_read() {
    let engine = read(
        "mode = 'isolated'\nimage = 'mirror.example/engine'\ngpu = true\nca = ['certs/corp.pem']\n\
         gc = { max = '20%' }\nstart_timeout = '90s'\nstop_timeout = '5m'\nmemory = '8GiB'",
    );
    let expect = Engine {
        kind: EngineKind::Dagger,
        mode: Some((Mode::Isolated, engine.mode.unwrap().1)),
        endpoint: None,
        tls: None,
        provision: Provision {
            image: ImageName::parse("mirror.example/engine"),
            gpu: true,
            ca: vec!["certs/corp.pem".to_owned()],
            gc: Some(Bound::Percent(20)),
            start_timeout: Duration::from_secs(90),
            stop_timeout: Duration::from_mins(5),
            memory: Some(8 << 30),
        },
    };
    assert_eq!(engine, expect);
    assert_eq!(read(""), Engine::default());
    assert_eq!(config::parse("pin.toml", "").unwrap().engine, Engine::default());
    let remote = read("mode = 'remote'\nendpoint = 'tcp://a:1'\ntls = { ca = 'a', cert = 'b', key = '/c' }");
    assert_eq!(remote.endpoint.unwrap().0, Endpoint::Tcp { host: "a".to_owned(), port: 1 });
    assert_eq!(remote.tls.unwrap().key.as_deref(), Some("/c"));
    assert_eq!(read("toolchain = 'buildkit'\nmode = 'host'").kind, EngineKind::BuildKit);
    // A user may say where it is.
    assert_eq!(read("mode = 'remote'").endpoint, None);
}

/// Checks the message, the bytes that it points at, and the hint.
#[track_caller]
fn check(text: &str, message: &str, at: &str, hint: Option<&str>) {
    let text = format!("[engine]\n{text}\n");
    let error = config::parse("pin.toml", &text).unwrap_err();
    let found = (error.message.as_str(), &text[error.span.range()], error.hint.as_deref());
    assert_eq!(found, (message, at, hint), "{text}");
}

#[test]
fn a_mode_is_said_in_one_word() {
    let own = "write `isolated`: an engine in a container of its own";
    let daemon = "write `host`: the daemon's own BuildKit";
    for (word, hint) in [
        ("isolatd", "did you mean `isolated`?"),
        ("Remote", "did you mean `remote`?"),
        ("x", "known here: isolated, remote, host"),
        (
            "docker",
            "write `isolated` for an engine in a container of its own, `host` for the daemon's own BuildKit",
        ),
        ("docker:dind", own),
        ("dind", own),
        ("docker:host", daemon),
        ("kubernetes", "write `remote`, and where it is as `endpoint`"),
    ] {
        check(
            &format!("mode = '{word}'"),
            &format!("unknown mode `{word}`"),
            &format!("'{word}'"),
            Some(hint),
        );
    }
    check("mode = 'host'\nmode = 'isolated'", "duplicate key", "", None);
    let hint = Some("write it in quotes: `\"1\"`");
    check("mode = 1", "this must be a string, found a number", "1", hint);
    check("mode = ['host', 'isolated']", "this must be a string, found a list", "['host', 'isolated']", None);
}

#[test]
fn what_excludes_each_other_is_refused_where_it_stands() {
    let remote = Some("write `mode = \"remote\"`, or take it out");
    check("endpoint = 'tcp://a:1'", "`endpoint` is only for the mode `remote`", "'tcp://a:1'", remote);
    check(
        "mode = 'isolated'\nendpoint = 'tcp://a:1'",
        "`endpoint` is only for the mode `remote`",
        "'tcp://a:1'",
        remote,
    );
    check("tls = {}", "`tls` is only for the mode `remote`", "{}", remote);
    for (key, value) in
        [("image", "'a/b'"), ("gpu", "true"), ("ca", "['a']"), ("gc", "{ max = '1%' }"), ("memory", "'1GB'")]
    {
        for (toolchain, mode) in [("dagger", "remote"), ("buildkit", "host")] {
            let hint = format!("take it out: an engine in the mode `{mode}` is not provisioned");
            check(
                &format!("toolchain = '{toolchain}'\nmode = '{mode}'\n{key} = {value}"),
                &format!("`{key}` is only for the mode `isolated`"),
                value,
                Some(&hint),
            );
        }
    }
    check(
        "mode = 'host'",
        "`host` means the daemon's own BuildKit, and Dagger has none there",
        "'host'",
        Some("write `isolated` or `remote`, or `toolchain = \"buildkit\"`"),
    );
    check(
        "toolchain = 'buildkit'\ngpu = true",
        "only Dagger has images for GPUs",
        "true",
        Some("take it out, or write `toolchain = \"dagger\"`"),
    );
    let tls = |endpoint: &str, tls: &str, message: &str, hint: Option<&str>| {
        check(&format!("mode = 'remote'\n{endpoint}\ntls = {tls}"), message, tls, hint);
    };
    let port = Some("write `endpoint = \"tcp://HOST:PORT\"`");
    tls("", "{}", "`tls` is for an `endpoint` with a host and a port", port);
    tls("endpoint = 'unix:///a'", "{}", "`tls` is for an `endpoint` with a host and a port", port);
    let twice = "the certificates are in the `endpoint` already";
    tls("endpoint = 'tls://a?ca_path=/b'", "{ ca = 'c' }", twice, Some("take out one of them"));
    let together = "`cert` and `key` are given together or not at all";
    tls("endpoint = 'tcp://a:1'", "{ key = 'c' }", together, None);
}

#[test]
fn every_value_is_one_that_can_be() {
    check("toolchain = 'dager'", "unknown engine `dager`", "'dager'", Some("did you mean `dagger`?"));
    check("gpu = 'true'", "this must be `true` or `false`, found a string", "'true'", None);
    check("gpu = 1", "this must be `true` or `false`, found a number", "1", None);
    let hint = Some("write `a.b:5/c`: which one it is comes from the pin");
    check("image = 'a.b:5/c:v1'", "an image is named without its tag and digest", "'a.b:5/c:v1'", hint);
    check("image = 'a b'", "`a b` is no image, wanted one like `mirror.example/engine`", "'a b'", None);
    let outside = "a certificate stands in the repository, by a path from its root";
    check("ca = ['a.pem', '/etc/a.pem']", outside, "'/etc/a.pem'", None);
    check("ca = ['a/../../b.pem']", outside, "'a/../../b.pem'", None);
    check("ca = ['']", "this must not be empty", "''", None);
    let bound = |text: &str| {
        format!("`{text}` bounds no cache, wanted a part such as `20%` or a size such as `200GB`")
    };
    for text in ["", "0%", "101%", "+1%", "20", "20 %", "1.5GB"] {
        check(&format!("gc = {{ max = '{text}' }}"), &bound(text), &format!("'{text}'"), None);
    }
    check("gc = {}", "`gc` needs `max`", "{}", None);
    check("gc = { min = '1%' }", "unknown key `min`", "min", Some("did you mean `max`?"));
    check("memory = '8g'", "`8g` is no size, wanted one like `8GiB`", "'8g'", None);
    let more = "`8388608TiB` is no size, wanted one like `8GiB`";
    check("memory = '8388608TiB'", more, "'8388608TiB'", None);
    check("gc = { max = '8388608TiB' }", &bound("8388608TiB"), "'8388608TiB'", None);
    check("start_timeout = 'soon'", "`soon` is no duration, wanted one such as 20s", "'soon'", None);
    check("stop_timeout = '0s'", "`0s` is no duration, wanted one such as 500ms, 20s, 2m, 3d", "'0s'", None);
    let scheme = "an address begins with its scheme, such as `unix://` or `tcp://`";
    check("mode = 'remote'\nendpoint = 'a:1'", scheme, "'a:1'", None);
}

#[test]
fn every_key_stands_where_it_belongs() {
    for (key, variable) in
        [("runtime", "PIN_ENGINE_RUNTIME"), ("accept_privileged", "PIN_ACCEPT_PRIVILEGED=1")]
    {
        let hint = format!("write it below `[engine]` in your own pin/config.toml, or set {variable}");
        let message = format!("`{key}` belongs to the user, never to a repository");
        check(&format!("{key} = true"), &message, key, Some(&hint));
    }
    let misplaced = |key: &str| format!("`{key}` is no key of this table");
    let toolchain = "it stands in a toolchain's table: `[toolchain.dagger]`";
    check("version = '0.21.8'", &misplaced("version"), "version", Some(toolchain));
    check(
        "project = 'a'",
        &misplaced("project"),
        "project",
        Some("it stands at the top, before the first table"),
    );
    check("mod = 'isolated'", "unknown key `mod`", "mod", Some("did you mean `mode`?"));
}

proptest! {
    #[test]
    fn no_table_is_too_much(text in "((mode|toolchain|endpoint|tls|image|gc|ca|memory|gpu) = [\\[{]?'?[a-z0-9%:/.= ]{0,9}'?[\\]}]?\n){0,5}") {
        let text = format!("[engine]\n{text}");
        if let Err(mistake) = config::parse("pin.toml", &text) {
            prop_assert!(text.get(mistake.span.range()).is_some());
        }
    }
}
