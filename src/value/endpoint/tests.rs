use super::*;
use proptest::prelude::*;

#[test]
fn what_is_read_is_what_is_printed() {
    for text in [
        "unix:///run/dagger/engine.sock",
        "unix:///run/user/1000/buildkit/buildkitd.sock",
        "unix:///home/a b/engine.sock",
        "tcp://127.0.0.1:1234",
        "tcp://[::1]:1234",
        "tcp://engine.ci.svc:1234",
        "tcp://engine_1:1",
        "tls://engine.example:8443",
        "tls://engine.example",
        "tls://engine.example?ca_path=/c/ca.pem",
        "tls://10.0.0.1?ca_path=/c/ca.pem&cert_path=/c/cert.pem&key_path=/c/key%20x.pem",
        "container://engine",
        "container+docker://pin-dagger-shop-0.21.8",
        "container+podman://a.b_c",
        "container+apple://engine",
        "docker-container://buildkitd",
        "docker-container://buildkitd?context=desktop-linux",
        "podman-container://buildkitd",
        "nerdctl-container://buildkitd?namespace=k8s.io",
        "kube-pod://engine-0",
        "kube-pod://engine-0.x?context=arn:aws:eks:eu-1:1:cluster/a%20b&namespace=ci&container=dagger-engine",
        "ssh://engine.example",
        "ssh://ci@engine.example:22/run/buildkit/buildkitd.sock",
        "image://registry.dagger.io/engine:v0.21.8",
        "image+podman://localhost:5000/engine",
        "docker-image://registry.dagger.io/engine@sha256:0000000000000000000000000000000000000000000000000000000000000000",
        "dagger-cloud://default-engine-config.dagger.cloud",
    ] {
        let endpoint = Endpoint::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(endpoint.to_string(), text);
        assert_eq!(endpoint.address(), text);
    }
}

#[test]
fn the_parts_are_told_apart() {
    let check = |text: &str, expect: Endpoint| assert_eq!(Endpoint::parse(text), Ok(expect), "{text}");
    check("unix:///a", Endpoint::Unix("/a".to_owned()));
    check("tcp://[::1]:8080", Endpoint::Tcp { host: "::1".to_owned(), port: 8080 });
    let files = TlsFiles::default();
    check("tls://a:443", Endpoint::Tls { host: "a".to_owned(), port: 443, files });
    let container = |runtime, spelling, scope: Option<&str>| Endpoint::Container {
        runtime,
        name: "e".to_owned(),
        scope: scope.map(str::to_owned),
        spelling,
    };
    check("container://e", container(None, Spelling::Dagger, None));
    check("container+finch://e", container(Some(Runtime::Finch), Spelling::Dagger, None));
    check("docker-container://e?context=", container(Some(Runtime::Docker), Spelling::Buildkit, None));
    check(
        "nerdctl-container://e?namespace=n",
        container(Some(Runtime::Nerdctl), Spelling::Buildkit, Some("n")),
    );
    // Scripts write empty parameters.
    check(
        "kube-pod://p?context=&namespace=a+&container=".replace("a+", "ns").as_str(),
        Endpoint::KubePod {
            pod: "p".to_owned(),
            context: None,
            namespace: Some("ns".to_owned()),
            container: None,
        },
    );
}

#[test]
fn the_tag_of_an_image_says_a_version() {
    let check = |text: &str, expect: Option<&str>| {
        let Ok(Endpoint::Other(other)) = Endpoint::parse(text) else { panic!("{text}") };
        assert_eq!(other.version().map(|version| version.to_string()).as_deref(), expect, "{text}");
    };
    check("image://registry.dagger.io/engine:v0.21.8", Some("0.21.8"));
    check("image+docker://localhost:5000/engine:v0.21.8-gpu?env=A=b:v1.2.3", Some("0.21.8"));
    check("docker-image://e:0.22.0-rc.1", Some("0.22.0-rc.1"));
    check(&format!("image://e:v0.21.8@sha256:{}", "0".repeat(64)), Some("0.21.8"));
    for text in ["image://e", "image://e:latest", "image://e:v0.21", "image://e?x=:v0.21.8", "ssh://me@build"]
    {
        check(text, None);
    }
    check("dagger-cloud://a:v0.21.8", None);
}

#[test]
fn what_is_wrong_is_said() {
    let check =
        |text: &str, expect: &str| assert_eq!(Endpoint::parse(text), Err(expect.to_owned()), "{text}");
    let begins = "an address begins with its scheme, such as `unix://` or `tcp://`";
    check("", begins);
    check("localhost:1234", begins);
    check("/run/engine.sock", begins);
    let wanted = "wanted unix, tcp, tls, container, docker-container, kube-pod, ssh or image";
    check("http://a:1", &format!("no engine is reached by the scheme `http`, {wanted}"));
    check("UNIX:///a", &format!("no engine is reached by the scheme `UNIX`, {wanted}"));
    check("container+lxc://a", &format!("no engine is reached by the scheme `container+lxc`, {wanted}"));
    check("finch-container://a", &format!("no engine is reached by the scheme `finch-container`, {wanted}"));
    check("a b://c", &format!("an address begins with its scheme, {wanted}"));
    check("tcp://a:1\n", "an address has no control characters");
    let socket = "a socket has an absolute path, as in `unix:///run/engine.sock`";
    check("unix://", socket);
    check("unix://run/engine.sock", socket);
    check("unix:///run/", socket);
    check("unix:///run/a?b=c", "a socket's path has no `?`, `#` or `%`");
    check("tcp://a", "`tcp` needs a port, such as `tcp://127.0.0.1:1234`");
    let port = "a port is a number from 1 to 65535";
    for text in ["tcp://a:0", "tcp://a:65536", "tcp://a:+1", "tcp://a:", "tcp://a:1/"] {
        check(text, port);
    }
    let host = "wanted a host and a port behind the scheme, such as `127.0.0.1:1234`";
    for text in ["tcp://:1", "tcp://-a:1", "tcp://256.0.0.1:1", "tcp://[a]:1", "tcp://::1:1", "tcp://a b:1"] {
        check(text, host);
    }
    check("tls://a?cert_path=/c", "`cert_path` and `key_path` are given together or not at all");
    check("tls://a?capath=/c", "behind `?` this address knows ca_path, cert_path, key_path");
    check("tls://a?ca_path=/c&ca_path=/d", "`ca_path` is given twice");
    check("tls://a?ca_path=%0a", "`ca_path` is not the name of a path");
    check("tls://a?ca_path=%f", "what stands behind `?` is not encoded as addresses are");
    let container =
        "a container's name has letters, digits, `_`, `.` and `-`, and begins with one of the first two";
    for text in
        ["container://", "container://-v", "container://a/b", "docker-container://a:1", "container://ä"]
    {
        check(text, container);
    }
    check("container+docker://a?context=b", "this address has nothing behind `?`");
    check("docker-container://a?context=-H", "`context` is not the name of a Docker context");
    let pod =
        "a pod's name has small letters, digits, `-` and `.`, and begins and ends with one of the first two";
    for text in ["kube-pod://", "kube-pod://-n", "kube-pod://A", "kube-pod://a..b", "kube-pod://a-"] {
        check(text, pod);
    }
    check(&format!("kube-pod://{}B", "a".repeat(63)), pod);
    check("kube-pod://a?context=-x", "`context` is not the name of a context of kubectl");
    check("kube-pod://a?namespace=--x", "`namespace` is not the name of a namespace of Kubernetes");
    check("kube-pod://a?container=A", "`container` is not the name of a container of a pod");
    check("kube-pod://a#b", "an address has no `#`");
    check("ssh://-oProxyCommand=x", host);
    check("ssh://-l@a", "the user of `ssh` is not the name of one");
    let image = "the scheme is followed by no image, wanted one like `registry.dagger.io/engine:v0.21.8`";
    for text in ["image://", "image://-x", "docker-image://a b", "image://a/"] {
        check(text, image);
    }
}

#[test]
fn no_secret_is_printed() {
    for text in [
        "tcp://me:canary@a:1",
        "tcp://canary@a:1",
        "tls://me:canary@a",
        "tls://me:canary@a?ca_path=/c",
        "kube-pod://me:canary@a",
        "docker-container://me:canary@a",
        "ssh://me:canary@a",
        "image://me:canary@a/b",
        "dagger-cloud://me:canary@a",
        "canary canary://a",
        "canary",
    ] {
        let error = Endpoint::parse(text).unwrap_err();
        assert!(!error.contains("canary"), "{text}: {error}");
    }
    let text = "image://a/b:1?env=TOKEN=canary&container=e";
    let endpoint = Endpoint::parse(text).unwrap();
    assert_eq!(endpoint.to_string(), "image://a/b:1?…");
    assert!(!format!("{endpoint:?}").contains("canary"));
    assert_eq!(endpoint.address(), text);
}

#[test]
fn a_runtime_is_what_it_prints() {
    for runtime in Runtime::ALL {
        assert_eq!(Runtime::parse(runtime.as_str()), Some(runtime));
    }
    assert_eq!(Runtime::parse("Docker"), None);
}

proptest! {
    #[test]
    fn an_endpoint_is_its_address(
        scheme in "(unix|tcp|tls|container(\\+(docker|podman|apple))?|(docker|podman|nerdctl)-container|kube-pod|ssh|image|dagger-cloud|[a-z+-]{1,9})",
        rest in "[a-zA-Z0-9/.:_@%-]{0,14}(\\?(context|namespace|container|ca_path|env)=[-a-z0-9%+/ ]{0,6}(&[a-z]{0,3})?)?",
    ) {
        if let Ok(endpoint) = Endpoint::parse(&format!("{scheme}://{rest}")) {
            prop_assert_eq!(Endpoint::parse(&endpoint.address()), Ok(endpoint.clone()));
            match &endpoint {
                Endpoint::Container { name, scope, .. } => {
                    prop_assert!(!name.starts_with('-') && !scope.as_deref().unwrap_or("").starts_with('-'));
                }
                Endpoint::KubePod { pod, context, namespace, container } => {
                    for part in [Some(pod), context.as_ref(), namespace.as_ref(), container.as_ref()] {
                        prop_assert!(!part.is_some_and(|part| part.starts_with('-') || part.is_empty()));
                    }
                }
                _ => {}
            }
        }
    }
}
