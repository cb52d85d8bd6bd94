use super::*;
use crate::report::CheckState;

const GIB: u64 = 1 << 30;

/// Compares state, and a part of what is said, with and without a hint.
#[track_caller]
fn check(check: &Check, state: CheckState, found: &str, hint: Option<&str>) {
    assert_eq!(check.state, state, "{check:?}");
    assert!(check.found.contains(found), "{check:?}");
    assert_eq!(check.hint.is_some(), hint.is_some(), "{check:?}");
    assert!(check.hint.iter().all(|own| own.contains(hint.unwrap_or_default())), "{check:?}");
    assert_eq!(check.state == CheckState::Ok, check.hint.is_none() && state != CheckState::Unknown);
}

fn about() -> About {
    About {
        name: "Docker Engine".to_owned(),
        version: "29.1.0".to_owned(),
        api: ["1.53", "1.56", "1.44"].map(str::to_owned),
        system: "Debian GNU/Linux 12".to_owned(),
        driver: "overlayfs".to_owned(),
        has_snapshotter: true,
        security: vec!["seccomp".to_owned()],
        cgroup_version: "2".to_owned(),
        cgroup_driver: "systemd".to_owned(),
        ..About::default()
    }
}

fn environment(variables: &[(&str, &str)]) -> Environment {
    Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
}

#[test]
fn a_daemon_is_named_with_both_versions_of_its_api() {
    let found = daemon(&about(), "unix:///d.sock", "DOCKER_HOST").found;
    let expect = "Docker Engine 29.1.0 at unix:///d.sock (DOCKER_HOST); API 1.53, the daemon's own is 1.56, \
                  from 1.44 on; Debian GNU/Linux 12";
    assert_eq!(found, expect);
    let odd = About {
        name: "\u{1b}[31mX".to_owned(),
        api: ["1.40", "1.40", ""].map(str::to_owned),
        ..About::default()
    };
    assert_eq!(daemon(&odd, "a", "b").found, "[31mX  at a (b); API 1.40");
}

#[test]
fn who_may_use_the_daemon_is_said() {
    let socket = |owner, group, mode| Socket {
        path: "/d.sock".into(),
        owner,
        group,
        group_name: (group == 998).then(|| "docker".to_owned()),
        mode,
        is_in_group: true,
        is_listed: false,
    };
    let here = Here { programs: vec!["sudo"], ..Here::default() };
    let unix = Address::Unix("/d.sock".into());
    let of = |socket: &Socket| permissions(&unix, Some(socket), &here);
    check(&of(&socket(0, 998, 0o660)), CheckState::Ok, "/d.sock is 0:docker, 0660", None);
    check(&of(&socket(0, 0, 0o660)), CheckState::Warning, "its group is root's", Some("`--group docker`"));
    check(
        &of(&socket(0, 998, 0o666)),
        CheckState::Warning,
        "everybody here",
        Some("`sudo chmod o-rwx /d.sock`"),
    );
    check(&of(&socket(1000, 1000, 0o600)), CheckState::Ok, "1000:1000, 0600", None);
    check(&permissions(&unix, None, &here), CheckState::Unknown, "nobody can look", None);
    let tcp = Address::parse("tcp://h:2375", None).unwrap();
    check(&permissions(&tcp, None, &here), CheckState::Warning, "whoever reaches tcp://h:2375", Some("TLS"));
    let tls = Address::parse("https://h:2376", None).unwrap();
    check(&permissions(&tls, None, &here), CheckState::Ok, "certificate", None);
}

#[test]
fn what_privileged_means_there_is_said() {
    let of = |options: &[&str]| {
        let security = options.iter().map(|option| (*option).to_owned()).collect();
        privileged(&About { security, ..about() }, "BUILDKIT_HOST")
    };
    check(&of(&["seccomp", "cgroupns"]), CheckState::Ok, "(seccomp, cgroupns)", None);
    check(&of(&[]), CheckState::Ok, "as root", None);
    check(&of(&["rootless"]), CheckState::Warning, "rootless", Some("`BUILDKIT_HOST`"));
    check(&of(&["userns"]), CheckState::Problem, "userns-remap", Some("daemon.json"));
}

#[test]
fn control_groups_need_somebody_who_manages_them() {
    let of = |version: &str, driver: &str| {
        cgroup(&About { cgroup_version: version.to_owned(), cgroup_driver: driver.to_owned(), ..about() })
    };
    check(&of("2", "systemd"), CheckState::Ok, "version 2, managed by systemd", None);
    check(&of("1", "cgroupfs"), CheckState::Ok, "version 1", None);
    check(&of("2", "none"), CheckState::Warning, "managed by nobody", Some("delegate"));
    check(&of("", ""), CheckState::Unknown, "does not say", None);
}

#[test]
fn a_store_that_copies_everything_is_said() {
    let of = |name: &str, driver: &str| {
        store(&About { name: name.to_owned(), driver: driver.to_owned(), has_snapshotter: false, ..about() })
    };
    check(&of("Docker Engine", "overlay2"), CheckState::Ok, "`overlay2`, the daemon's own store", None);
    check(&store(&about()), CheckState::Ok, "`overlayfs`, containerd's store", None);
    check(&of("Docker Engine", "vfs"), CheckState::Warning, "whole copy", Some("daemon.json"));
    check(&of("Docker Engine", "native"), CheckState::Warning, "whole copy", Some("daemon.json"));
    check(&of("Podman Engine", "vfs"), CheckState::Warning, "whole copy", Some("storage.conf"));
    check(&of("Docker Engine", ""), CheckState::Unknown, "does not say", None);
}

#[test]
fn a_disk_that_is_nearly_full_is_said() {
    let of = |free: u64, total: u64| disk("/var/lib/docker", free, total, None);
    check(
        &of(107_000_000_000, 215_000_000_000),
        CheckState::Ok,
        "107 GB of 215 GB free at /var/lib/docker",
        None,
    );
    check(
        &of(4_000_000_000, 8_000_000_000),
        CheckState::Warning,
        "8.0 GB free at",
        Some("`pin engine prune`"),
    );
    check(&of(100 * GIB, 2000 * GIB), CheckState::Warning, "2.1 TB", Some("`docker system df`"));
    check(&of(0, 0), CheckState::Warning, "0 B of 0 B", Some("prune"));
    check(&of(u64::MAX, u64::MAX), CheckState::Ok, "PB", None);
    let cache = disk("/d", 100 * GIB, 100 * GIB, Some(1_500_000));
    check(&cache, CheckState::Ok, "the engine's cache has 1.5 MB", None);
}

#[test]
fn clocks_that_differ_are_said() {
    check(&clock(1000, Some(1020)), CheckState::Ok, "is ours", None);
    check(&clock(1000, Some(1031)), CheckState::Warning, "31 s ahead of ours", Some("NTP"));
    check(&clock(1000, Some(0)), CheckState::Warning, "1000 s behind ours", Some("NTP"));
    check(&clock(1000, None), CheckState::Unknown, "does not say", None);
}

#[test]
fn proxies_are_named_and_never_told() {
    let set = environment(&[("HTTPS_PROXY", "http://user:canary@p:1"), ("http_proxy", "http://p:1")]);
    let with = About { has_proxy: true, ..about() };
    check(&proxy(&environment(&[]), None, None), CheckState::Ok, "none is set here", None);
    check(&proxy(&environment(&[]), None, Some(&with)), CheckState::Ok, "one of its own", None);
    let found = proxy(&set, None, Some(&about()));
    check(
        &found,
        CheckState::Ok,
        "http_proxy, HTTPS_PROXY; the daemon has none, and pulls images without",
        None,
    );
    let missing = proxy(&set, Some("engine.ci"), None);
    check(
        &missing,
        CheckState::Warning,
        "engine.ci",
        Some("`export NO_PROXY=\"${NO_PROXY:+$NO_PROXY,}engine.ci\"`"),
    );
    assert!(!format!("{found:?}{missing:?}").contains("canary"));
}

#[test]
fn where_this_process_is_is_said_with_what_it_means() {
    let unix = Address::Unix("/var/run/docker.sock".into());
    let tcp = Address::parse("tcp://docker:2375", None).unwrap();
    let (plain, nested) = (about(), About { is_nested: true, ..about() });
    let of = |inside_of, address, about| inside(inside_of, address, about).found;
    assert_eq!(of(None, Some(&unix), Some(&plain)), "in no container");
    let socket = "in a container of Docker, with a daemon's socket: its files may be others than those here";
    assert_eq!(of(Some(Inside::Docker), Some(&unix), Some(&plain)), socket);
    let beside = "in a pod of Kubernetes, with a daemon beside it; the daemon is in a container, too, and its caches end with that";
    assert_eq!(of(Some(Inside::Pod), Some(&tcp), Some(&nested)), beside);
    assert_eq!(of(Some(Inside::Podman), None, None), "in a container of Podman");
}

#[test]
fn variables_that_decide_are_named_without_their_values() {
    let of = |variables: &[(&str, &str)]| overrides(&environment(variables));
    check(&of(&[]), CheckState::Ok, "none", None);
    let host = of(&[("DOCKER_HOST", "tcp://user:canary@h"), ("DOCKER_TLS_VERIFY", "1")]);
    check(&host, CheckState::Ok, "DOCKER_HOST, DOCKER_TLS_VERIFY", None);
    assert!(!host.found.contains("canary"));
    let both = of(&[("DOCKER_HOST", "tcp://h"), ("DOCKER_CONTEXT", "x")]);
    check(&both, CheckState::Warning, "counts for nothing", Some("`unset DOCKER_HOST`"));
}
