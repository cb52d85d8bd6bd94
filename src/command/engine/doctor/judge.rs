//! What is made of what was seen. Nothing is looked at here.

use std::fmt::Write as _;

use crate::engine::About;
use crate::engine::runtime::{Address, Here, Inside, Need, Nowhere, Passed, Socket};
use crate::report::{Check, bytes, printable};
use crate::value::Environment;

/// The most characters of foreign words that are repeated.
const MAX_SAID: usize = 300;

/// The least that a disk has left before it is said, in bytes and in percent.
const LITTLE: (u64, u64) = (5 << 30, 10);

/// How many seconds two clocks may differ.
const SKEW: u64 = 30;

/// Variables that decide which daemon Docker's and Podman's clients speak with.
const OVERRIDES: [&str; 6] = [
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_CONFIG",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "CONTAINER_HOST",
];

/// Variables that name proxies.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// A daemon that answers.
pub(super) fn daemon(about: &About, address: &str, because: &str) -> Check {
    let About { name, version, api: [spoken, newest, oldest], system, .. } = about;
    let mut found = format!("{name} {version} at {address} ({because}); API {spoken}");
    if !newest.is_empty() && newest != spoken {
        let _ = write!(found, ", the daemon's own is {newest}");
    }
    if !oldest.is_empty() {
        let _ = write!(found, ", from {oldest} on");
    }
    if !system.is_empty() {
        let _ = write!(found, "; {system}");
    }
    Check::ok("daemon", printable(&found, MAX_SAID))
}

/// No daemon answers.
pub(super) fn nowhere(nowhere: &Nowhere, need: Need) -> Check {
    Check::problem("daemon", nowhere.message(), nowhere.hint(need))
}

/// Places that the user has named, where nobody answers.
pub(super) fn passed(passed: &[Passed]) -> Vec<Check> {
    let named = passed.iter().filter(|passed| passed.candidate.because.is_named());
    named
        .map(|passed| {
            let hint = match passed.candidate.because.take_back() {
                Some(command) => format!("start it, or {command}: the daemon above is used instead"),
                None => "start it: the daemon above is used instead".to_owned(),
            };
            Check::warning("passed-over", passed.to_string(), hint)
        })
        .collect()
}

/// Who may use the daemon, and so be root on its machine.
pub(super) fn permissions(address: &Address, socket: Option<&Socket>, here: &Here) -> Check {
    let name = "permissions";
    let socket = match (address, socket) {
        (Address::Tls { .. }, _) => return Check::ok(name, "TLS: who has a certificate may use the daemon"),
        (Address::Tcp { .. }, _) => {
            let found =
                format!("whoever reaches {address} may use the daemon, and so become root on its machine");
            return Check::warning(
                name,
                found,
                "let it listen behind TLS (`dockerd --tlsverify`), or on a socket only",
            );
        }
        (Address::Unix(_), None) => return Check::unknown(name, "nobody can look at the socket"),
        (Address::Unix(_), Some(socket)) => socket,
    };
    let (path, group) = (socket.path.display(), socket.group());
    let found = format!("{path} is {}:{group}, {:04o}", socket.owner, socket.mode);
    if socket.is_for_everybody() {
        let hint = format!("run {}", here.as_root(&format!("chmod o-rwx {path}")));
        return Check::warning(
            name,
            format!("{found}: everybody here may use the daemon, and so become root"),
            hint,
        );
    }
    if socket.owner == 0 && socket.group == 0 {
        let hint = "start the daemon with `--group docker` if others are to use it";
        return Check::warning(name, format!("{found}: its group is root's, so root alone may use it"), hint);
    }
    Check::ok(name, found)
}

/// Whether a container may be privileged, and what that is worth.
pub(super) fn privileged(about: &About, variable: &str) -> Check {
    let name = "privileged";
    let has = |word: &str| about.security.iter().any(|option| option == word);
    if has("userns") {
        let found = "the daemon maps users (`userns-remap`), and refuses privileged containers";
        let hint = format!(
            "take `userns-remap` out of the daemon's daemon.json and restart it, or set `{variable}` to the address of an engine elsewhere"
        );
        return Check::problem(name, found, hint);
    }
    if has("rootless") {
        let found = "the daemon is rootless: a privileged container has the rights of its user, and some engines need more";
        let hint = format!(
            "where an engine does not start, use a daemon of root's, or set `{variable}` to the address of an engine elsewhere"
        );
        return Check::warning(name, found, hint);
    }
    let words: Vec<&str> = about.security.iter().map(String::as_str).collect();
    let words = if words.is_empty() { String::new() } else { format!(" ({})", words.join(", ")) };
    Check::ok(name, printable(&format!("as root of the daemon's machine{words}"), MAX_SAID))
}

/// Control groups: without somebody who manages them no limit holds.
pub(super) fn cgroup(about: &About) -> Check {
    let name = "cgroup";
    match (about.cgroup_version.as_str(), about.cgroup_driver.as_str()) {
        ("", "") => Check::unknown(name, "the daemon does not say which control groups it has"),
        (version, "none") => Check::warning(
            name,
            format!("version {version}, managed by nobody: `memory` limits nothing"),
            "delegate control groups to the user's systemd (rootlesscontaine.rs, \"cgroup v2\")",
        ),
        (version, driver) => {
            Check::ok(name, printable(&format!("version {version}, managed by {driver}"), MAX_SAID))
        }
    }
}

/// How the daemon keeps the files of containers.
pub(super) fn store(about: &About) -> Check {
    let name = "store";
    let slow = ["vfs", "native"].contains(&about.driver.as_str());
    let kept = if about.has_snapshotter { "containerd's" } else { "the daemon's own" };
    let found = printable(&format!("`{}`, {kept} store", about.driver), MAX_SAID);
    match slow {
        _ if about.driver.is_empty() => Check::unknown(name, "the daemon does not say how it keeps files"),
        true => {
            let hint = if about.name.starts_with("Podman") {
                "set `driver = \"overlay\"` in its storage.conf, then `podman system reset`, which removes all it has"
            } else {
                "set `\"storage-driver\": \"overlay2\"` in its daemon.json and restart it; what it has is not taken along"
            };
            Check::warning(name, format!("{found}: every container is a whole copy of its image"), hint)
        }
        false => Check::ok(name, found),
    }
}

/// What is left of the disk that images and caches are on.
pub(super) fn disk(root: &str, free: u64, total: u64, cache: Option<u64>) -> Check {
    let cache = cache.map(|size| format!("; the engine's cache has {}", bytes(size))).unwrap_or_default();
    let found = format!("{} of {} free at {root}{cache}", bytes(free), bytes(total));
    let is_little = free < LITTLE.0 || free.saturating_mul(100) < total.saturating_mul(LITTLE.1);
    match is_little {
        true => Check::warning(
            "disk",
            found,
            "run `docker system df` to see what fills it; `pin engine prune` empties caches",
        ),
        false => Check::ok("disk", found),
    }
}

/// Whether both clocks say the same.
pub(super) fn clock(ours: u64, theirs: Option<u64>) -> Check {
    let Some(theirs) = theirs else {
        return Check::unknown("clock", "the daemon does not say what time it is");
    };
    match theirs.abs_diff(ours) {
        skew if skew > SKEW => {
            let word = if theirs > ours { "ahead of" } else { "behind" };
            Check::warning(
                "clock",
                format!("the daemon's clock is {skew} s {word} ours; certificates and caches go by it"),
                "let both machines get the time from a server (NTP); a virtual machine that has slept gets it by a restart",
            )
        }
        _ => Check::ok("clock", "the daemon's clock is ours"),
    }
}

/// Proxies by their names alone: their values may hold passwords.
pub(super) fn proxy(environment: &Environment, missing: Option<&str>, about: Option<&About>) -> Check {
    let set: Vec<&str> = PROXIES.into_iter().filter(|name| environment.get(name).is_some()).collect();
    let daemons = match about {
        Some(about) if about.has_proxy => "; the daemon has one of its own",
        Some(_) if !set.is_empty() => "; the daemon has none, and pulls images without",
        _ => "",
    };
    match (set.as_slice(), missing) {
        ([], _) => Check::ok("proxy", format!("none is set here{daemons}")),
        (set, Some(host)) => Check::warning(
            "proxy",
            format!("{} would be asked for the engine at {host}{daemons}", set.join(", ")),
            format!(
                "run `export NO_PROXY=\"${{NO_PROXY:+$NO_PROXY,}}{host}\"`, or run tools with `pin exec`"
            ),
        ),
        (set, None) => Check::ok("proxy", format!("{}{daemons}", set.join(", "))),
    }
}

/// Where this process is, and where the daemon is as seen from there.
pub(super) fn inside(inside: Option<Inside>, address: Option<&Address>, about: Option<&About>) -> Check {
    let name = "surroundings";
    let nested = about.is_some_and(|about| about.is_nested);
    let nested =
        if nested { "; the daemon is in a container, too, and its caches end with that" } else { "" };
    let found = match (inside, address) {
        (None, _) => format!("in no container{nested}"),
        (Some(inside), Some(Address::Unix(_))) => format!(
            "in {}, with a daemon's socket: its files may be others than those here{nested}",
            inside.words()
        ),
        (Some(inside), Some(_)) => format!("in {}, with a daemon beside it{nested}", inside.words()),
        (Some(inside), None) => format!("in {}", inside.words()),
    };
    Check::ok(name, found)
}

/// Variables that decide which daemon it is; a value is an address that may hold what is secret, and is not repeated.
pub(super) fn overrides(environment: &Environment) -> Check {
    let set: Vec<&str> = OVERRIDES.into_iter().filter(|name| environment.get(name).is_some()).collect();
    match (environment.get("DOCKER_HOST").is_some(), environment.get("DOCKER_CONTEXT").is_some()) {
        (true, true) => Check::warning(
            "variables",
            format!("{}: the context counts for nothing beside DOCKER_HOST", set.join(", ")),
            "run `unset DOCKER_HOST` or `unset DOCKER_CONTEXT`",
        ),
        _ if set.is_empty() => Check::ok("variables", "none of Docker's is set"),
        _ => Check::ok("variables", set.join(", ")),
    }
}

#[cfg(test)]
mod tests;
