//! What the own client of a daemon, `docker` or `podman`, has to be told so that it asks that very daemon: clients of an
//! engine run it to get into a container (docker/cli `cli/command/cli.go`, `opts/hosts.go`; containers/podman
//! `cmd/podman/root.go`).

use std::path::Path;

use super::address::{Address, Refusal, TlsFiles};
use super::candidates::tls_of_environment;
use super::context::Context;
use super::socket;
use crate::value::Environment;

/// Where Docker's client goes when nobody says anything.
const USUAL: &str = "/var/run/docker.sock";

/// What makes Docker's client ask for TLS.
const ASKS_FOR_TLS: [&str; 2] = ["DOCKER_TLS_VERIFY", "DOCKER_TLS"];

/// Returns the variables that lead a daemon's client to it, beside those of the user; none where these do already. One
/// that is empty takes the user's back.
pub fn lead(
    environment: &Environment,
    daemon: &Address,
    is_podman: bool,
) -> Result<Vec<(&'static str, String)>, Refusal> {
    let goes = if is_podman { podman_goes(environment) } else { docker_goes(environment) };
    if goes.is_some_and(|goes| known(&goes) == known(daemon)) {
        return Ok(Vec::new());
    }
    let (address, files) = match daemon {
        Address::Unix(path) => (format!("unix://{}", text(path)?), None),
        Address::Tcp { .. } => (daemon.to_string(), None),
        // Neither client knows `https`.
        Address::Tls { host, port, files } => {
            (Address::Tcp { host: host.clone(), port: *port }.to_string(), Some(files))
        }
    };
    let is_set = |name: &&str| environment.get(name).is_some();
    let (host, files) = match (files, is_podman) {
        (Some(files), true) => ("CONTAINER_HOST", of_podman(files)?),
        (None, true) => ("CONTAINER_HOST", Vec::new()),
        (Some(files), false) => ("DOCKER_HOST", of_docker(&address, files)?),
        (None, false) => {
            let set = ASKS_FOR_TLS.into_iter().filter(is_set);
            ("DOCKER_HOST", set.map(|name| (name, String::new())).collect())
        }
    };
    let mut told: Vec<_> = [(host, address)].into_iter().chain(files).collect();
    told.retain(|(name, value)| environment.word(name) != Some(value));
    Ok(told)
}

/// Returns where Docker's client goes by itself, if it gets anywhere.
fn docker_goes(environment: &Environment) -> Option<Address> {
    if let Some(host) = environment.get("DOCKER_HOST") {
        return spoken(host.to_str()?, tls_of_environment(environment));
    }
    match Context::read(environment) {
        Some(context) => context.address.ok(),
        // Asked for TLS it would try a port of this machine.
        None if ASKS_FOR_TLS.iter().any(|name| environment.get(name).is_some()) => None,
        None => Some(Address::Unix(USUAL.into())),
    }
}

/// Returns where Podman's client goes by itself, as far as that is a service: without one it does the work itself, and
/// for whom depends on who runs it.
fn podman_goes(environment: &Environment) -> Option<Address> {
    spoken(environment.word("CONTAINER_HOST")?, None)
}

/// The clients know fewer schemes than those who only speak to a daemon.
fn spoken(host: &str, tls: Option<TlsFiles>) -> Option<Address> {
    let is_known = host.starts_with("unix://") || host.starts_with("tcp://");
    Address::parse(host, tls).ok().filter(|_| is_known)
}

/// Two paths may lead to one socket: `/var/run` is a link to `/run`.
fn known(address: &Address) -> Address {
    socket::settled(address).unwrap_or_else(|_| address.clone())
}

/// Docker's client knows a directory, and what the files in it are called.
fn of_docker(address: &str, files: &TlsFiles) -> Result<Vec<(&'static str, String)>, Refusal> {
    let Some(directory) = directory(files) else {
        let why = "`docker` wants to know who may have signed the daemon's certificate, from a file `ca.pem`";
        let hint = format!(
            "put `ca.pem`, and `cert.pem` and `key.pem` if it wants them, into a directory, and set `DOCKER_HOST={address}`, \
             `DOCKER_TLS_VERIFY=1`, and `DOCKER_CERT_PATH` to that directory"
        );
        return Err(Refusal { why: why.to_owned(), hint: Some(hint) });
    };
    let directory = text(directory)?.to_owned();
    Ok(vec![("DOCKER_TLS_VERIFY", "1".to_owned()), ("DOCKER_CERT_PATH", directory)])
}

/// Podman's client knows each file (from 5.7 on; older ones speak no TLS).
fn of_podman(files: &TlsFiles) -> Result<Vec<(&'static str, String)>, Refusal> {
    let own = files.own.as_ref();
    let files = [
        ("CONTAINER_TLS_CA", files.ca.as_ref()),
        ("CONTAINER_TLS_CERT", own.map(|(certificate, _)| certificate)),
        ("CONTAINER_TLS_KEY", own.map(|(_, key)| key)),
    ];
    let there = files.into_iter().filter_map(|(name, path)| Some((name, path?)));
    there.map(|(name, path)| Ok((name, text(path)?.to_owned()))).collect()
}

/// Returns the directory that the files are in, if they are called as they must be.
fn directory(files: &TlsFiles) -> Option<&Path> {
    let ca = files.ca.as_deref()?;
    let directory = ca.parent()?;
    let is = |path: &Path, name: &str| path == directory.join(name);
    let own = files.own.as_ref();
    let is_own = own.is_none_or(|(certificate, key)| is(certificate, "cert.pem") && is(key, "key.pem"));
    (is(ca, "ca.pem") && is_own).then_some(directory)
}

fn text(path: &Path) -> Result<&str, Refusal> {
    path.to_str().ok_or_else(|| Refusal::new(format!("`{}` is no UTF-8 text", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scratch;
    use std::path::PathBuf;

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }

    fn files(directory: &str) -> TlsFiles {
        let at = |name: &str| PathBuf::from(directory).join(name);
        TlsFiles { ca: Some(at("ca.pem")), own: Some((at("cert.pem"), at("key.pem"))) }
    }

    fn tls(files: TlsFiles) -> Address {
        Address::Tls { host: "h".to_owned(), port: 2376, files }
    }

    fn check(variables: &[(&str, &str)], daemon: &Address, is_podman: bool, expect: &str) {
        let told = lead(&environment(variables), daemon, is_podman).map(|told| {
            told.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
        });
        let told = told.map_err(|refusal| refusal.why);
        assert_eq!(told.as_deref().unwrap_or_else(|why| why), expect, "{variables:?} {daemon}");
    }

    #[test]
    fn dockers_client_is_told_only_what_it_does_not_know() {
        let usual = Address::Unix(USUAL.into());
        let (port, other) = (Address::parse("tcp://h:2375", None).unwrap(), Address::Unix("/d.sock".into()));
        let (verify, path) = (("DOCKER_TLS_VERIFY", "1"), ("DOCKER_CERT_PATH", "/c"));
        let whole = "DOCKER_HOST=tcp://h:2376 DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/c";
        check(&[], &usual, false, "");
        check(&[], &other, false, "DOCKER_HOST=unix:///d.sock");
        check(&[("DOCKER_HOST", "unix:///d.sock")], &other, false, "");
        check(&[("DOCKER_HOST", "tcp://h")], &port, false, "");
        check(&[("DOCKER_HOST", "tcp://dead:1")], &usual, false, "DOCKER_HOST=unix:///var/run/docker.sock");
        // What means the same to `pin` does not to its client.
        check(&[("DOCKER_HOST", "http://h:2375")], &port, false, "DOCKER_HOST=tcp://h:2375");
        check(&[("DOCKER_HOST", "tcp://h:2376"), verify, path], &tls(files("/c")), false, "");
        check(
            &[("DOCKER_HOST", "https://h:2376"), verify, path],
            &tls(files("/c")),
            false,
            "DOCKER_HOST=tcp://h:2376",
        );
        check(&[("DOCKER_HOST", "tcp://h:2376"), verify], &tls(files("/c")), false, "DOCKER_CERT_PATH=/c");
        check(&[], &tls(files("/c")), false, whole);
        let unknown =
            "`docker` wants to know who may have signed the daemon's certificate, from a file `ca.pem`";
        check(&[], &tls(TlsFiles::default()), false, unknown);
        let named = TlsFiles { ca: Some("/c/corp.pem".into()), own: None };
        check(&[], &tls(named), false, unknown);
        // Whom it would ask for TLS by itself is none of these.
        check(&[verify], &usual, false, "DOCKER_HOST=unix:///var/run/docker.sock DOCKER_TLS_VERIFY=");
        check(&[verify, path], &port, false, "DOCKER_HOST=tcp://h:2375 DOCKER_TLS_VERIFY=");
    }

    #[test]
    fn one_socket_has_many_paths() {
        let directory = tempfile::tempdir().unwrap();
        let (socket, link) = (directory.path().join("d.sock"), directory.path().join("link"));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        std::os::unix::fs::symlink(&socket, &link).unwrap();
        let host = format!("unix://{}", link.display());
        for (variable, is_podman) in [("DOCKER_HOST", false), ("CONTAINER_HOST", true)] {
            check(&[(variable, &host)], &Address::Unix(socket.clone()), is_podman, "");
        }
    }

    #[test]
    fn a_context_that_leads_there_stays_in_force() {
        // `printf colima | sha256sum`
        let id = "f24fd3749c1368328e2b149bec149cb6795619f244c5b584e844961215dadd16";
        let (meta, ca) = (
            format!(".docker/contexts/meta/{id}/meta.json"),
            format!(".docker/contexts/tls/{id}/docker/ca.pem"),
        );
        let home = Scratch::new(&[
            (".docker/config.json", r#"{"currentContext":"colima"}"#),
            (&meta, r#"{"Name":"colima","Endpoints":{"docker":{"Host":"tcp://h:2376"}}}"#),
            (&ca, ""),
        ])
        .unwrap();
        let variables = [("HOME", home.path().to_str().unwrap())];
        let own = TlsFiles { ca: Some(home.path().join(&ca)), own: None };
        check(&variables, &tls(own), false, "");
        check(&variables, &Address::Unix(USUAL.into()), false, "DOCKER_HOST=unix:///var/run/docker.sock");
    }

    #[test]
    fn podmans_client_has_variables_of_its_own() {
        let (socket, port) = (Address::Unix("/p.sock".into()), Address::parse("tcp://h:1", None).unwrap());
        check(&[], &socket, true, "CONTAINER_HOST=unix:///p.sock");
        check(&[("DOCKER_HOST", "unix:///p.sock")], &socket, true, "CONTAINER_HOST=unix:///p.sock");
        check(&[("CONTAINER_HOST", "unix:///p.sock")], &socket, true, "");
        check(&[("CONTAINER_HOST", "http://h:1")], &port, true, "CONTAINER_HOST=tcp://h:1");
        let whole = "CONTAINER_HOST=tcp://h:2376 CONTAINER_TLS_CA=/c/ca.pem CONTAINER_TLS_CERT=/c/cert.pem \
                     CONTAINER_TLS_KEY=/c/key.pem";
        check(&[], &tls(files("/c")), true, whole);
    }
}
