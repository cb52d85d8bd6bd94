use std::fmt;

use super::address;
use crate::value::{ImageRef, Version};

/// Schemes that only the engine's own client follows: it starts programs of its own for them.
const SCHEMES: [&str; 9] = [
    "ssh",
    "image",
    "image+docker",
    "image+podman",
    "image+nerdctl",
    "image+finch",
    "image+apple",
    "docker-image",
    "dagger-cloud",
];

/// An address that only the engine's own client follows. What stands behind `?` may be secret (`env=TOKEN=…`), so it
/// has no printed form.
#[derive(Clone, PartialEq, Eq)]
pub struct OtherEndpoint {
    scheme: &'static str,
    rest: String,
}

impl OtherEndpoint {
    pub(super) fn parse(scheme: &str, rest: &str) -> Result<Self, String> {
        let known = SCHEMES.into_iter().find(|known| *known == scheme);
        let scheme = known.ok_or_else(|| unknown(scheme))?;
        match scheme {
            "ssh" => check_ssh(rest)?,
            "dagger-cloud" => check_plain(rest)?,
            _ => check_image(rest)?,
        }
        Ok(Self { scheme, rest: rest.to_owned() })
    }

    /// Returns the scheme, without `://`.
    pub const fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Returns the version that the tag of an image says, which its variant for graphics cards has, too: `v0.21.8`,
    /// `v0.21.8-gpu`. What is no image, has no tag, or one that names no version (`latest`) says none.
    pub fn version(&self) -> Option<Version> {
        if ["ssh", "dagger-cloud"].contains(&self.scheme) {
            return None;
        }
        let reference = self.rest.split_once('?').map_or(self.rest.as_str(), |(reference, _)| reference);
        let tag = ImageRef::parse(reference)?.tag?;
        Version::parse(tag.strip_suffix("-gpu").unwrap_or(tag))
    }

    pub(super) fn address(&self) -> String {
        format!("{}://{}", self.scheme, self.rest)
    }
}

/// What is not known may be anything, so it is named only when it is a word.
fn unknown(scheme: &str) -> String {
    let wanted = "wanted unix, tcp, tls, container, docker-container, kube-pod, ssh or image";
    let is_word = |part: char| part.is_ascii_alphanumeric() || "+-.".contains(part);
    match scheme.len() <= 32 && scheme.chars().all(is_word) {
        true => format!("no engine is reached by the scheme `{scheme}`, {wanted}"),
        false => format!("an address begins with its scheme, {wanted}"),
    }
}

/// `[USER@]HOST[:PORT][/SOCKET]`; a password is refused by the client, too (moby/buildkit, `connhelper/ssh`).
fn check_ssh(rest: &str) -> Result<(), String> {
    if rest.contains(['?', '#', '%', ' ']) {
        return Err("`ssh` takes a user, a host, a port and the path of a socket".to_owned());
    }
    let (authority, _socket) = rest.split_once('/').unwrap_or((rest, ""));
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (Some(user), host),
        None => (None, authority),
    };
    match user {
        Some(user) if user.contains(':') => return Err("`ssh` takes no password".to_owned()),
        Some(user) if user.is_empty() || user.starts_with('-') || user.contains('@') => {
            return Err("the user of `ssh` is not the name of one".to_owned());
        }
        _ => {}
    }
    address::host_port(host).map(drop)
}

fn check_image(rest: &str) -> Result<(), String> {
    let (reference, _query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_part = |part: char| part.is_ascii_alphanumeric() || "._-/:@".contains(part);
    let begins = reference.starts_with(|first: char| first.is_ascii_alphanumeric());
    let parsed = ImageRef::parse(reference).filter(|image| {
        // `user:password@host/…` looks like a tag and a digest to the grammar.
        image.digest.is_none_or(|digest| digest.split_once(':').is_some_and(|(_, hex)| !hex.contains('/')))
    });
    match parsed {
        Some(_) if begins && reference.chars().all(is_part) => Ok(()),
        _ => Err("the scheme is followed by no image, wanted one like `registry.dagger.io/engine:v0.21.8`"
            .to_owned()),
    }
}

fn check_plain(rest: &str) -> Result<(), String> {
    let (host, _query) = rest.split_once('?').unwrap_or((rest, ""));
    match host.chars().all(|part| part.is_ascii_alphanumeric() || "._-/:".contains(part)) {
        true => Ok(()),
        false => Err("`dagger-cloud` is followed by the name of an engine".to_owned()),
    }
}

impl fmt::Display for OtherEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rest.split_once('?') {
            Some((before, _)) => write!(f, "{}://{before}?…", self.scheme),
            None => write!(f, "{}://{}", self.scheme, self.rest),
        }
    }
}

impl fmt::Debug for OtherEndpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OtherEndpoint({self})")
    }
}
