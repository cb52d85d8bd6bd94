mod read;
#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::site;
use crate::text::Span;
use crate::value::{Endpoint, ImageName, TlsFiles, parse_bytes};

pub(super) use read::{engine, mode};

/// What `[engine]` says about the engine that executes; the default is that of a repository without one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Engine {
    /// Whose engine it is.
    pub kind: EngineKind,
    /// Where it runs, with its place in `pin.toml`.
    pub mode: Option<(Mode, Span)>,
    /// Where a remote one is reached, with its place in `pin.toml`.
    pub endpoint: Option<(Endpoint, Span)>,
    /// The certificates for that; paths are absolute, or relative to the root.
    pub tls: Option<TlsFiles>,
    /// What it is made with.
    pub provision: Provision,
}

/// What an engine of one's own is made with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provision {
    /// A mirror of its image; the tag or digest always comes from the pin.
    pub image: Option<ImageName>,
    /// Whether it is the image for GPUs.
    pub gpu: bool,
    /// Certificates that it trusts beside its own, relative to the root and inside it.
    pub ca: Vec<String>,
    /// How large its cache may grow.
    pub gc: Option<Bound>,
    /// How long it is waited for until it answers.
    pub start_timeout: Duration,
    /// How long it may take to end by itself.
    pub stop_timeout: Duration,
    /// The most memory that it may have, in bytes.
    pub memory: Option<u64>,
}

impl Default for Provision {
    fn default() -> Self {
        Self {
            image: None,
            gpu: false,
            ca: Vec::new(),
            gc: None,
            start_timeout: Duration::from_mins(1),
            stop_timeout: Duration::from_mins(5),
            memory: None,
        }
    }
}

/// Which engine executes: Dagger's, or `buildkitd`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum EngineKind {
    /// A Dagger engine.
    #[default]
    Dagger,
    /// A `buildkitd`.
    BuildKit,
}

impl EngineKind {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Dagger, Self::BuildKit];

    /// Returns the toolchain whose version the engine has.
    pub const fn toolchain(self) -> &'static str {
        match self {
            Self::Dagger => site::DAGGER,
            Self::BuildKit => site::BUILDKIT,
        }
    }
}

/// Where the engine runs. There is no default: each has another price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// In a privileged container of its own, which never sees the daemon's socket.
    Isolated,
    /// Somewhere else; it is compared, never provisioned.
    Remote,
    /// Inside the container daemon, which has `BuildKit` built in; it is compared, never provisioned.
    Host,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 3] = [Self::Isolated, Self::Remote, Self::Host];

    /// Returns the word of configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Isolated => "isolated",
            Self::Remote => "remote",
            Self::Host => "host",
        }
    }

    /// Returns the mode of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == word)
    }

    /// Returns what to write instead of a word that other tools have for one of the modes, or for several.
    pub(super) fn meant_by(word: &str) -> Option<&'static str> {
        match word {
            "docker" | "podman" => Some(
                "write `isolated` for an engine in a container of its own, `host` for the daemon's own BuildKit",
            ),
            "docker:dind" | "dind" | "docker-container" => {
                Some("write `isolated`: an engine in a container of its own")
            }
            "docker:host" | "socket" => Some("write `host`: the daemon's own BuildKit"),
            "kubernetes" | "cloud" => Some("write `remote`, and where it is as `endpoint`"),
            _ => None,
        }
    }
}

/// How large a cache may grow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bound {
    /// A part of the disk that it is on, from 1 to 100.
    Percent(u8),
    /// Bytes.
    Bytes(u64),
}

impl Bound {
    /// Returns what `20%`, `200GB` or `8GiB` says.
    pub fn parse(text: &str) -> Option<Self> {
        match text.strip_suffix('%') {
            Some(digits) => {
                let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
                let percent = digits.parse().ok().filter(|percent| is_number && (1..=100).contains(percent));
                percent.map(Self::Percent)
            }
            None => parse_bytes(text).map(Self::Bytes),
        }
    }
}
