use super::*;
use crate::config::EngineKind::{BuildKit, Dagger};
use crate::engine::Network;
use crate::engine::plan::tests::wanted;
use crate::value::Environment;
use serde_json::{Value, json};

/// The wanted engine of a kind and a version.
fn of(kind: EngineKind, version: &str) -> Wanted {
    let tag = format!("v{version}");
    let image = Image {
        name: ImageName::parse(kind.repository()).unwrap(),
        tag: Tag::parse(&tag).unwrap(),
        digest: None,
    };
    Wanted { kind, version: Version::parse(version).unwrap(), image, ..wanted() }
}

fn proxies(variables: &[(&str, &str)]) -> Proxies {
    Proxies::of(&Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into()))))
}

/// What the daemon is asked to make, with a directory for the socket.
fn body(wanted: &Wanted) -> Value {
    serde_json::to_value(wanted.body(Network::Bridge, Some("/state/run/1"))).unwrap()
}

#[test]
fn every_setting_is_where_the_daemon_reads_it() {
    let gpu = |wanted: Wanted| {
        let tag = Tag::parse(&format!("{}-gpu", wanted.image.tag)).unwrap();
        Wanted { gpu: true, image: Image { tag, ..wanted.image.clone() }, ..wanted }
    };
    let digest = Digest::of(b"image");
    let dagger = || of(Dagger, "0.21.8");
    let buildkit = || of(BuildKit, "0.30.0");
    let pinned = Wanted { image: Image { digest: Some(digest), ..dagger().image }, ..dagger() };
    let every_card = json!([{ "Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]] }]);
    let seconds = |milliseconds| Wanted { stop_timeout: Duration::from_millis(milliseconds), ..buildkit() };
    let name = "_EXPERIMENTAL_DAGGER_ENGINE_NAME=pin-dagger-shop-0.21.8";
    for (wanted, at, expect) in [
        (dagger(), "/Image", json!("registry.dagger.io/engine:v0.21.8")),
        (gpu(dagger()), "/Image", json!("registry.dagger.io/engine:v0.21.8-gpu")),
        (pinned, "/Image", json!(format!("registry.dagger.io/engine@{digest}"))),
        (dagger(), "/HostConfig/DeviceRequests", Value::Null),
        (gpu(dagger()), "/HostConfig/DeviceRequests", every_card),
        (dagger(), "/HostConfig/Memory", Value::Null),
        (Wanted { memory: Some(8 << 30), ..dagger() }, "/HostConfig/Memory", json!(8_u64 << 30)),
        (Wanted { memory: Some(u64::MAX), ..dagger() }, "/HostConfig/Memory", Value::Null),
        (dagger(), "/Cmd", json!([])),
        (Wanted { group: Some(1000), ..dagger() }, "/Cmd", json!(["--group", "1000"])),
        (Wanted { group: Some(1000), ..buildkit() }, "/Cmd", json!(["--group", "1000"])),
        (dagger(), "/Env", json!([name])),
        (buildkit(), "/Env", json!([])),
        // Dagger's entrypoint is the first process of its container.
        (dagger(), "/HostConfig/Init", Value::Null),
        (buildkit(), "/HostConfig/Init", json!(true)),
        (dagger(), "/HostConfig/Privileged", json!(true)),
        (dagger(), "/HostConfig/NetworkMode", json!("bridge")),
        (dagger(), "/HostConfig/PortBindings", Value::Null),
        (dagger(), "/ExposedPorts", Value::Null),
        (dagger(), "/HostConfig/RestartPolicy", json!({ "Name": "no" })),
        (
            dagger(),
            "/HostConfig/LogConfig",
            json!({ "Type": "json-file", "Config": { "max-size": "10m", "max-file": "10" } }),
        ),
        (dagger(), "/StopSignal", json!("SIGTERM")),
        (seconds(300_000), "/StopTimeout", json!(300)),
        (seconds(500), "/StopTimeout", json!(1)),
        (seconds(1500), "/StopTimeout", json!(2)),
        (
            dagger(),
            "/HostConfig/Mounts",
            json!([
                { "Type": "volume", "Source": dagger().volume(), "Target": "/var/lib/dagger" },
                { "Type": "bind", "Source": "/state/run/1", "Target": "/run/dagger" },
            ]),
        ),
        (
            buildkit(),
            "/HostConfig/Mounts",
            json!([
                { "Type": "volume", "Source": "pin-buildkit-shop-0.30", "Target": "/var/lib/buildkit" },
                { "Type": "bind", "Source": "/state/run/1", "Target": "/run/buildkit" },
            ]),
        ),
    ] {
        let body = body(&wanted);
        let found = body.pointer(at).unwrap_or(&Value::Null);
        assert_eq!(*found, expect, "{at}");
    }
    let alone = serde_json::to_value(dagger().body(Network::Host, None)).unwrap();
    assert_eq!(alone["HostConfig"]["Mounts"].as_array().map(Vec::len), Some(1), "{alone}");
    assert_eq!(alone["HostConfig"]["NetworkMode"], "host");
}

#[test]
fn labels_say_what_it_is() {
    let mut wanted = of(BuildKit, "0.30.0-rc.1");
    let expect = json!({
        "pin.project": "shop", "pin.toolchain": "buildkit", "pin.version": "0.30.0-rc.1", "pin.epoch": "0.30",
        "pin.spec": wanted.spec(),
    });
    assert_eq!(body(&wanted)["Labels"], expect);
    assert_eq!(wanted.container(), "pin-buildkit-shop-0.30.0-rc.1");
    wanted.proxies = proxies(&[("HTTP_PROXY", "http://me:canary@p")]);
    let labels = body(&wanted)["Labels"].clone();
    assert_eq!(labels["pin.proxies"].as_str(), wanted.proxied().as_deref());
    assert!(!labels.to_string().contains("canary"), "{labels}");
}

#[test]
fn each_kind_reads_its_files() {
    let bytes = Bound::Bytes(200_000_000_000);
    let json = "etc/dagger/engine.json";
    let toml = "etc/buildkit/buildkitd.toml";
    for (kind, version, gc, path, expect) in [
        (Dagger, "0.21.8", Bound::Percent(7), json, r#"{"gc":{"maxUsedSpace":"7%"}}"#),
        (Dagger, "0.21.8", bytes, json, r#"{"gc":{"maxUsedSpace":200000000000}}"#),
        (BuildKit, "0.30.0", Bound::Percent(7), toml, "[worker.oci]\n  gc = true\n  maxUsedSpace = \"7%\""),
        (BuildKit, "0.17.0", bytes, toml, "[worker.oci]\n  gc = true\n  maxUsedSpace = 200000000000"),
        (BuildKit, "0.16.0", Bound::Percent(7), toml, "[worker.oci]\n  gc = true\n  gckeepstorage = \"7%\""),
    ] {
        let found = Wanted { gc, ..of(kind, version) }.files();
        let expect = InFile { path: path.to_owned(), bytes: format!("{expect}\n").into_bytes() };
        assert_eq!(found, [expect], "{kind:?} {version}");
    }
    for (kind, version, directory) in
        [(Dagger, "0.21.8", "usr/local/share/ca-certificates"), (BuildKit, "0.30.0", "etc/ssl/certs")]
    {
        let certificates = vec![b"one".to_vec(), b"two".to_vec()];
        let files = Wanted { certificates, ..of(kind, version) }.files();
        let expect = [("0", "one"), ("1", "two")]
            .map(|(index, text)| InFile { path: format!("{directory}/pin-{index}.crt"), bytes: text.into() });
        assert_eq!(files[1..], expect, "{kind:?}");
    }
}

/// What makes another engine of it, and what does not: the latter is what two shells of one user differ in.
#[test]
fn only_what_the_repository_asks_for_has_to_be_the_same() {
    let base = || of(BuildKit, "0.30.0");
    let mirror = Image { name: ImageName::parse("mirror.example/engine").unwrap(), ..base().image };
    let digest = Image { digest: Some(Digest::of(b"image")), ..base().image };
    let proxy = |address| proxies(&[("HTTPS_PROXY", address)]);
    for (what, other, is_same) in [
        ("nothing", base(), true),
        ("a mirror", Wanted { image: mirror, ..base() }, false),
        ("a digest", Wanted { image: digest, ..base() }, false),
        ("cards", Wanted { gpu: true, ..base() }, false),
        ("memory", Wanted { memory: Some(1 << 30), ..base() }, false),
        ("the bound of the cache", Wanted { gc: Bound::Percent(21), ..base() }, false),
        ("a certificate", Wanted { certificates: vec![b"one".to_vec()], ..base() }, false),
        ("the group", Wanted { group: Some(998), ..base() }, true),
        ("a proxy", Wanted { proxies: proxy("http://p:1"), ..base() }, true),
        ("how long is waited", Wanted { stop_timeout: Duration::from_secs(9), ..base() }, true),
    ] {
        assert_eq!(other.spec() == base().spec(), is_same, "{what}");
    }
    let proxied = |address| Wanted { proxies: proxy(address), ..base() }.proxied();
    assert_eq!(base().proxied(), None);
    assert_eq!(proxied("http://me:canary@p:1"), proxied("http://me:other@p:1"));
    assert_ne!(proxied("http://p:1"), proxied("http://p:2"));
}
