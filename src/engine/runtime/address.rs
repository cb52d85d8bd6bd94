//! The addresses of daemons, as `DOCKER_HOST` and Docker's contexts have them (docker/cli `opts/hosts.go`).

use std::fmt;
use std::path::PathBuf;

use crate::value::Endpoint;

/// The port of a daemon where none is written, without and with TLS.
const PORTS: (u16, u16) = (2375, 2376);

/// Where a daemon is reached. Its printed form is an address again, and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    /// A socket, by its absolute path.
    Unix(PathBuf),
    /// A port that anybody may use who reaches it.
    Tcp {
        /// A domain or an address; without the brackets of IPv6.
        host: String,
        /// From 1 on.
        port: u16,
    },
    /// A port behind TLS.
    Tls {
        /// A domain or an address; without the brackets of IPv6.
        host: String,
        /// From 1 on.
        port: u16,
        /// The certificates that are read from disk.
        files: TlsFiles,
    },
}

/// The files of a connection over TLS, by absolute paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of who may have signed the daemon's own; without them, those that the machine trusts.
    pub ca: Option<PathBuf>,
    /// The client's own certificate, and its key.
    pub own: Option<(PathBuf, PathBuf)>,
}

/// Why nobody is reached by an address, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// What is wrong, as a lowercase fragment without anything that may be secret.
    pub why: String,
    /// A command or a change that helps, where there is a special one.
    pub hint: Option<String>,
}

impl Refusal {
    pub(super) fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), hint: None }
    }
}

impl Address {
    /// Returns what `DOCKER_HOST` holds; `tls` are the files for a port, where TLS is asked for.
    pub fn parse(text: &str, tls: Option<TlsFiles>) -> Result<Self, Refusal> {
        let Some((scheme, rest)) = text.split_once("://") else {
            return Err(Refusal::new(
                "an address begins with its scheme, such as `unix://` or `tcp://`".to_owned(),
            ));
        };
        match scheme {
            "unix" => match Endpoint::parse(text) {
                Ok(Endpoint::Unix(path)) => Ok(Self::Unix(path.into())),
                Ok(_) => Err(Refusal::new("no socket has this address")),
                Err(why) => Err(Refusal::new(why)),
            },
            "tcp" | "http" | "https" => port(rest, tls.or((scheme == "https").then(TlsFiles::default))),
            "ssh" => Err(ssh(text, rest)),
            "npipe" => Err(Refusal::new("named pipes are for Windows")),
            "fd" => Err(Refusal::new("`fd://` is where a daemon listens, and nobody reaches it by that")),
            _ => Err(Refusal::new("no daemon is reached by this scheme, wanted unix, tcp, http or https")),
        }
    }
}

fn port(rest: &str, tls: Option<TlsFiles>) -> Result<Address, Refusal> {
    let authority = rest.strip_suffix('/').unwrap_or(rest);
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    let default = if tls.is_some() { PORTS.1 } else { PORTS.0 };
    let written =
        if has_port { format!("tcp://{authority}") } else { format!("tcp://{authority}:{default}") };
    match (Endpoint::parse(&written), tls) {
        (Ok(Endpoint::Tcp { host, port }), None) => Ok(Address::Tcp { host, port }),
        (Ok(Endpoint::Tcp { host, port }), Some(files)) => Ok(Address::Tls { host, port, files }),
        (Ok(_), _) => Err(Refusal::new("no port has this address")),
        (Err(why), _) => Err(Refusal::new(why)),
    }
}

/// The client of a daemon behind SSH would have to start programs that nobody bounds; one that forwards the socket does
/// the same for every client.
fn ssh(text: &str, rest: &str) -> Refusal {
    let why = "`pin` does not reach daemons over SSH by itself";
    let (authority, path) =
        rest.split_once('/').map_or((rest, None), |(authority, path)| (authority, Some(path)));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-@:[]/".contains(c);
    // Only what is known to be one goes into a command; a password is refused there, too.
    let parts = Endpoint::parse(text).ok().filter(|_| rest.chars().all(is_plain)).map(|_| {
        let path = path.filter(|path| !path.is_empty()).unwrap_or("var/run/docker.sock");
        match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (format!("-p {port} {host}"), path),
            _ => (authority.to_owned(), path),
        }
    });
    let (host, path) = parts.unwrap_or_else(|| ("USER@HOST".to_owned(), "var/run/docker.sock"));
    let hint = format!(
        "run `ssh -NL \"$HOME/docker.sock:/{path}\" {host}` beside it, and set `DOCKER_HOST=unix://$HOME/docker.sock`"
    );
    Refusal { why: why.to_owned(), hint: Some(hint) }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bracketed = |host: &str| if host.contains(':') { format!("[{host}]") } else { host.to_owned() };
        match self {
            Self::Unix(path) => write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } => write!(f, "tcp://{}:{port}", bracketed(host)),
            Self::Tls { host, port, .. } => write!(f, "https://{}:{port}", bracketed(host)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_scheme_is_followed_or_refused_in_words() {
        let check = |text: &str, tls: bool, expect: Result<&str, &str>| {
            let found = Address::parse(text, tls.then(TlsFiles::default));
            let found = found.map(|address| address.to_string()).map_err(|refusal| refusal.why);
            assert_eq!(found.as_deref().map_err(String::as_str), expect, "{text}");
        };
        check("unix:///var/run/docker.sock", true, Ok("unix:///var/run/docker.sock"));
        check("tcp://h:1", false, Ok("tcp://h:1"));
        check("tcp://h", false, Ok("tcp://h:2375"));
        check("tcp://h/", true, Ok("https://h:2376"));
        check("http://[::1]", false, Ok("tcp://[::1]:2375"));
        check("https://h", false, Ok("https://h:2376"));
        check("npipe:////./pipe/docker_engine", false, Err("named pipes are for Windows"));
        let daemon = "`fd://` is where a daemon listens, and nobody reaches it by that";
        check("fd://", false, Err(daemon));
        let scheme = "an address begins with its scheme, such as `unix://` or `tcp://`";
        check("/var/run/docker.sock", false, Err(scheme));
        check(
            "unix://docker.sock",
            false,
            Err("a socket has an absolute path, as in `unix:///run/engine.sock`"),
        );
        check("tcp://user:canary@h:1", false, Err("this address takes no user and no password"));
        check("tcp://h:1/base", false, Err("a port is a number from 1 to 65535"));
        let other = "no daemon is reached by this scheme, wanted unix, tcp, http or https";
        check("ftp://h", false, Err(other));
    }

    #[test]
    fn who_is_behind_ssh_gets_a_command_that_forwards_the_socket() {
        let check = |text: &str, command: &str| {
            let hint = Address::parse(text, None).unwrap_err().hint.unwrap();
            assert!(hint.starts_with(&format!("run `{command}` beside it")), "{hint}");
        };
        check("ssh://me@build", r#"ssh -NL "$HOME/docker.sock:/var/run/docker.sock" me@build"#);
        check("ssh://build:2222/run/d.sock", r#"ssh -NL "$HOME/docker.sock:/run/d.sock" -p 2222 build"#);
        for odd in ["ssh://-oProxyCommand=x", "ssh://me:canary@h", "ssh://a`b", "ssh://h/$(x)"] {
            check(odd, r#"ssh -NL "$HOME/docker.sock:/var/run/docker.sock" USER@HOST"#);
        }
    }

    proptest! {
        #[test]
        fn what_is_an_address_stays_one(text in "(unix|tcp|https?|ssh|x)?(://)?[a-z0-9:/@\\[\\].%é-]{0,20}") {
            if let Ok(address) = Address::parse(&text, None) {
                let printed = address.to_string();
                prop_assert_eq!(Address::parse(&printed, None).unwrap(), address);
            }
        }
    }
}
