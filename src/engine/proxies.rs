//! Keeping the way to an engine away from proxies.

use std::net::IpAddr;

use crate::value::{Endpoint, Environment};

/// Variables that send requests through a proxy, in both spellings that programs read.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// Variables with the hosts that no proxy is asked for. Some programs read one, some the other, some the first that is set.
const EXCEPTIONS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Returns the variables that keep the way to the engine away from the proxies of the environment: what they hold,
/// and the engine's host. None where there is no proxy, or the engine is on this machine: gRPC through a proxy of
/// HTTP ends in `error reading server preface: EOF`.
pub fn passed_by(environment: &Environment, endpoint: &Endpoint) -> Vec<(&'static str, String)> {
    let (Endpoint::Tcp { host, .. } | Endpoint::Tls { host, .. }) = endpoint else { return Vec::new() };
    if is_loopback(host) || PROXIES.iter().all(|proxy| environment.get(proxy).is_none()) {
        return Vec::new();
    }
    let mut lists = EXCEPTIONS.iter().filter_map(|name| environment.word(name)).peekable();
    let is_known =
        lists.peek().is_some() && lists.all(|list| entries(list).any(|entry| entry == host || entry == "*"));
    if is_known { Vec::new() } else { exceptions(environment, &[host]) }
}

/// Returns the variables with the hosts that no proxy is asked for: all that the environment has in either of the two,
/// and these. Whichever of them a program reads, it holds what was in both.
pub(super) fn exceptions(environment: &Environment, hosts: &[&str]) -> Vec<(&'static str, String)> {
    let lists = EXCEPTIONS.iter().filter_map(|name| environment.word(name));
    let mut all: Vec<&str> = Vec::new();
    for host in lists.flat_map(entries).chain(hosts.iter().copied()) {
        if !all.contains(&host) {
            all.push(host);
        }
    }
    // Beside others, it is everybody to Go and nobody to curl.
    let all = if all.contains(&"*") { "*".to_owned() } else { all.join(",") };
    EXCEPTIONS.map(|name| (name, all.clone())).into()
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim).filter(|entry| !entry.is_empty())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exceptions_are_added_to_and_never_replaced() {
        let check = |set: &[(&str, &str)], endpoint: &str, expect: &[(&str, &str)]| {
            let environment =
                Environment::new(set.iter().map(|(name, value)| ((*name).into(), (*value).into())));
            let found = passed_by(&environment, &Endpoint::parse(endpoint).unwrap());
            let found: Vec<(&str, &str)> =
                found.iter().map(|(name, value)| (*name, value.as_str())).collect();
            assert_eq!(found, expect, "{set:?} {endpoint}");
        };
        let both = |value| [("NO_PROXY", value), ("no_proxy", value)];
        let engine = "tcp://buildkit:1234";
        check(&[], engine, &[]);
        check(&[("NO_PROXY", "a")], engine, &[]);
        check(&[("http_proxy", "http://p:1")], engine, &both("buildkit"));
        check(&[("HTTPS_PROXY", "http://p:1"), ("NO_PROXY", "a,b")], engine, &both("a,b,buildkit"));
        check(&[("HTTPS_PROXY", "http://p:1"), ("no_proxy", "a")], engine, &both("a,buildkit"));
        check(
            &[("ALL_PROXY", "http://p:1"), ("NO_PROXY", "a"), ("no_proxy", "b")],
            engine,
            &both("a,b,buildkit"),
        );
        check(&[("HTTP_PROXY", "http://p:1"), ("NO_PROXY", "a, buildkit"), ("no_proxy", "*")], engine, &[]);
        check(&[("HTTP_PROXY", "http://p:1"), ("NO_PROXY", "*"), ("no_proxy", "a")], engine, &both("*"));
        check(&[("HTTP_PROXY", "http://p:1"), ("NO_PROXY", "a,buildkit")], engine, &[]);
        let proxy = [("HTTP_PROXY", "http://p:1")];
        check(&proxy, "tcp://127.0.0.1:1", &[]);
        check(&proxy, "tcp://[::1]:1", &[]);
        check(&proxy, "tcp://localhost:1", &[]);
        check(&proxy, "unix:///run/engine.sock", &[]);
        check(&proxy, "tls://engine.ci.svc", &both("engine.ci.svc"));
    }
}
