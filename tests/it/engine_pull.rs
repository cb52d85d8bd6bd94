//! The engine's image comes from a real registry, through a real daemon, and is the one that pin.lock means.

use crate::support::daemon::{Daemon, Store};
use crate::support::docker_proxy::{Act, Fault, Moment, Proxy};
use crate::support::pinned::Pinned;
use crate::support::registry_process::RegistryProcess;
use std::process::Stdio;

const PULL: &str = "POST /images/create";

/// Runs `pin engine up` with a fault in it, and returns how it ended.
fn broken(pinned: &Pinned, proxy: &Proxy, moment: Moment, act: Act) -> String {
    proxy.arm(&[Fault::new(PULL, moment, act)]);
    let mut command = pinned.command(&["engine", "up"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pin starts");
    proxy.aim(child.id());
    let run = pinned.project.outcome(&child.wait_with_output().expect("it can be waited for"));
    assert!(proxy.is_spent(), "{moment:?}, {act:?}: {run:?}");
    proxy.arm(&[]);
    run.exit
}

#[test]
fn an_image_is_pulled_once_and_is_the_one_that_is_meant() {
    const TEST: &str = "an engine from a registry";
    let Some(program) = RegistryProcess::program(TEST) else { return };
    for (store, name) in [(Store::Containerd, "pull"), (Store::Classic, "pull-classic")] {
        let Some((daemon, engines)) = Daemon::shared(TEST, store) else { return };
        let registry = RegistryProcess::start(&program, true);
        let mirror = format!("{}/engine", registry.host);
        let tag = format!("v{}", engines.version);
        let tagged = format!("{mirror}:{tag}");
        let proxy = Proxy::start(daemon.address());
        let engine = format!("image = '{mirror}'");
        let pinned = Pinned::with(name, &engines.version, daemon, &engine).through(&proxy.address());
        let lock = |digest: &str| {
            let image = format!("{{ reference = '{tagged}', digest = '{digest}', from = 'test' }}");
            pinned.project.write("pin.lock", format!("version = 1\nimages = [{image}]\n"));
        };
        // The registry has none.
        let run = pinned.up();
        run.exits(4);
        assert!(run.stderr.contains(&tagged), "{}", run.stderr);
        pinned.assert_only(&[]);

        daemon.tag(&engines.official(), &mirror, &tag);
        let (status, pushed) = daemon.ask("POST", &format!("/images/{mirror}/push?tag={tag}"), None);
        assert_eq!(status, 200, "{pushed}");
        let pushed = pushed.as_str().map_or(pushed.to_string(), str::to_owned);
        let digest = pushed.split_once("digest: ").and_then(|(_, rest)| rest.split(' ').next());
        let digest = digest.unwrap_or_else(|| panic!("{pushed}"));
        let forget = || daemon.ask("DELETE", &format!("/images/{tagged}"), None);
        forget();

        // It has another one than is meant.
        lock(&format!("sha256:{}", "0".repeat(64)));
        let run = pinned.up();
        run.exits(4);
        assert!(run.stderr.contains(&"0".repeat(64)), "{}", run.stderr);
        pinned.assert_only(&[]);

        lock(digest);
        assert_eq!(broken(&pinned, &proxy, Moment::Before, Act::Kill), "signal 9");
        pinned.assert_only(&[]);
        assert_eq!(broken(&pinned, &proxy, Moment::Before, Act::Interrupt), "130");
        pinned.assert_only(&[]);
        pinned.up().exits(0);
        pinned.assert_up();
        let image = pinned.inspect()["Config"]["Image"].clone();
        assert_eq!(image, format!("{mirror}@{digest}"));

        // From now on nobody asks for it again.
        drop(registry);
        proxy.arm(&[]);
        pinned.down().exits(0);
        pinned.up().exits(0);
        pinned.assert_up();
        assert!(!proxy.orders().contains(&PULL.to_owned()));
        pinned.down().exits(0);
        daemon.ask("DELETE", &format!("/images/{mirror}@{digest}"), None);
    }
}
