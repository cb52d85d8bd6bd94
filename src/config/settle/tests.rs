use super::*;
use crate::config::{parse, parse_user};
use std::time::Duration;

/// Settles the texts of the two files and the variables.
fn settled(repository: &str, user: &str, variables: &[(&str, &str)]) -> Result<Settled, Unsettled> {
    let config = parse("pin.toml", &format!("[engine]\n{repository}\n")).unwrap().engine;
    let user = parse_user(&format!("[engine]\n{user}\n")).unwrap();
    let variables = variables.iter().map(|(name, value)| ((*name).into(), (*value).into()));
    settle(&config, &user, &Environment::new(variables), Path::new("/repo"))
}

#[test]
fn the_environment_comes_before_the_user_and_the_user_before_the_repository() {
    let check = |repository: &str, user: &str, variables: &[(&str, &str)], mode: Mode, by: By| {
        assert_eq!(settled(repository, user, variables).unwrap().mode, Said { value: mode, by });
    };
    let (isolated, variable) = ("mode = 'isolated'", By::Variable(MODE));
    let remote = "mode = 'remote'\nendpoint = 'unix:///u'";
    check(isolated, "", &[], Mode::Isolated, By::Repository);
    check(isolated, "", &[(MODE, "")], Mode::Isolated, By::Repository);
    check(isolated, remote, &[], Mode::Remote, By::User);
    check(isolated, remote, &[(MODE, "isolated")], Mode::Isolated, variable);
    check("", "", &[(MODE, "isolated")], Mode::Isolated, variable);
    check("toolchain = 'buildkit'", isolated, &[(MODE, "host")], Mode::Host, variable);
    let endpoint = |repository: &str, user: &str, variables: &[(&str, &str)]| {
        let said = settled(repository, user, variables).unwrap().endpoint;
        said.map(|said| (said.value.to_string(), said.by))
    };
    let own = "mode = 'remote'\nendpoint = 'unix:///r'";
    assert_eq!(endpoint(own, "", &[]), Some(("unix:///r".to_owned(), By::Repository)));
    assert_eq!(endpoint(own, remote, &[]), Some(("unix:///u".to_owned(), By::User)));
    let expect = Some(("unix:///v".to_owned(), By::Variable(ENDPOINT)));
    assert_eq!(endpoint(own, remote, &[(ENDPOINT, "unix:///v")]), expect);
    // An endpoint of the user's own is for repositories with a remote engine.
    assert_eq!(endpoint(isolated, "endpoint = 'unix:///u'", &[]), None);
    assert_eq!(endpoint(own, "", &[(MODE, "isolated")]), None);
}

#[test]
fn certificates_belong_to_the_repositorys_endpoint() {
    let own = "mode = 'remote'\nendpoint = 'tcp://a:1'\ntls = { ca = 'c' }";
    let endpoint = |variables: &[(&str, &str)]| settled(own, "", variables).unwrap().endpoint.unwrap().value;
    let files = TlsFiles { ca: Some("/repo/c".to_owned()), ..TlsFiles::default() };
    assert_eq!(endpoint(&[]), Endpoint::Tls { host: "a".to_owned(), port: 1, files });
    assert_eq!(endpoint(&[(ENDPOINT, "tcp://b:2")]), Endpoint::Tcp { host: "b".to_owned(), port: 2 });
    let own = "mode = 'remote'\nendpoint = 'tls://a?ca_path=c&cert_path=/d&key_path=k'";
    let endpoint = settled(own, "", &[]).unwrap().endpoint.unwrap().value;
    assert_eq!(endpoint.address(), "tls://a?ca_path=/repo/c&cert_path=/d&key_path=/repo/k");
}

#[test]
fn consent_is_never_a_repositorys() {
    let consent = |user: &str, variables: &[(&str, &str)]| {
        settled("mode = 'isolated'", user, variables).unwrap().consent
    };
    let yes = "accept_privileged = true";
    assert_eq!(consent("", &[]), None);
    assert_eq!(consent(yes, &[]), Some(By::User));
    assert_eq!(consent("", &[(CONSENT, "1")]), Some(By::Variable(CONSENT)));
    assert_eq!(consent(yes, &[(CONSENT, "0")]), None);
    let settled = settled("mode = 'isolated'", "runtime = 'docker'", &[(START_TIMEOUT, "2m")]).unwrap();
    assert_eq!(settled.provision.start_timeout, Duration::from_mins(2));
    assert_eq!(settled.runtime, Some(Said { value: Runtime::Docker, by: By::User }));
}

#[test]
fn what_is_not_clear_is_refused() {
    let check = |repository: &str, user: &str, variables: &[(&str, &str)], message: &str, hint: &str| {
        let error = settled(repository, user, variables).unwrap_err();
        assert_eq!((error.to_string().as_str(), error.hint().as_str()), (message, hint));
    };
    let hint = "write `mode = \"isolated\"` below `[engine]` in pin.toml, for an engine in a privileged container of its own, or set \
                PIN_ENGINE_MODE=isolated";
    check("", "", &[], "no engine mode is said", hint);
    let remote = "set PIN_ENGINE_MODE=remote, too, for the engine that PIN_ENGINE_ENDPOINT names";
    check("", "", &[(ENDPOINT, "unix:///a")], "no engine mode is said", remote);
    let nowhere = "says that the engine is remote, but nobody says where";
    for repository in ["", "mode = 'isolated'"] {
        check(
            repository,
            "mode = 'remote'",
            &[],
            &format!("pin/config.toml {nowhere}"),
            "write `endpoint = \"tcp://HOST:PORT\"` below `[engine]` in pin/config.toml, or set \
             PIN_ENGINE_ENDPOINT=tcp://HOST:PORT",
        );
        check(
            repository,
            "",
            &[(MODE, "remote")],
            &format!("PIN_ENGINE_MODE {nowhere}"),
            "set PIN_ENGINE_ENDPOINT=tcp://HOST:PORT, too",
        );
    }
    check(
        "mode = 'remote'",
        "",
        &[],
        &format!("pin.toml {nowhere}"),
        "write `endpoint = \"tcp://HOST:PORT\"` below `[engine]` in pin.toml, or set PIN_ENGINE_ENDPOINT=tcp://HOST:PORT",
    );
    check(
        "mode = 'isolated'",
        "",
        &[(ENDPOINT, "unix:///a")],
        "PIN_ENGINE_ENDPOINT is set, but pin.toml says that the engine is isolated",
        "set PIN_ENGINE_MODE=remote, too, or unset PIN_ENGINE_ENDPOINT",
    );
    let none = "which means the daemon's own BuildKit, and Dagger has none there";
    check(
        "mode = 'isolated'",
        "",
        &[(MODE, "host")],
        &format!("PIN_ENGINE_MODE says `host`, {none}"),
        "set PIN_ENGINE_MODE=isolated, or unset it",
    );
    check(
        "",
        "mode = 'host'",
        &[],
        &format!("pin/config.toml says `host`, {none}"),
        "write `mode = \"isolated\"` in pin/config.toml, or set PIN_ENGINE_MODE=isolated",
    );
    let another = |name: &str| format!("set {name} to another value, or unset it");
    for (name, value, message) in [
        (MODE, "isolatd", "is `isolatd`, which is no engine mode: did you mean `isolated`?"),
        (
            MODE,
            "dind",
            "is `dind`, which is no engine mode: write `isolated`: an engine in a container of its own",
        ),
        (RUNTIME, "lxc", "is no runtime that pin speaks with, wanted docker or podman"),
        (CONSENT, "yes", "is neither `1` nor `0`"),
        (START_TIMEOUT, "soon", "is no duration, wanted one such as 20s"),
        (
            ENDPOINT,
            "tls://a?ca_path=c.pem",
            "is no address: `c.pem` is another file in every directory, wanted an absolute path",
        ),
        (ENDPOINT, "tcp://me:canary@a:1", "is no address: this address takes no user and no password"),
    ] {
        check("mode = 'isolated'", "", &[(name, value)], &format!("{name} {message}"), &another(name));
    }
}
