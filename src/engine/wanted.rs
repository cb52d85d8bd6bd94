//! The container that there should be, and what the daemon is told about it.

mod body;
mod files;
mod proxy;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::time::Duration;

use super::name::short_hash;
use crate::catalog::Catalog;
use crate::config::{Bound, EngineKind, Provision};
use crate::value::{Digest, ImageName, Tag, Version};

pub use files::InFile;
pub use proxy::Proxies;

/// The engine that the repository's pin asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Which engine.
    pub kind: EngineKind,
    /// The pinned version.
    pub version: Version,
    /// Whose it is: see [`project`](super::project).
    pub project: String,
    /// What it is made of.
    pub image: Image,
    /// Whether it gets the machine's graphics cards.
    pub gpu: bool,
    /// The most memory that it may use, in bytes.
    pub memory: Option<u64>,
    /// How large its cache may grow.
    pub gc: Bound,
    /// Certificates that it trusts beside its own, as PEM.
    pub certificates: Vec<Vec<u8>>,
    /// Variables about proxies that it gets.
    pub proxies: Proxies,
    /// The group that may use its socket, when that is not root's.
    pub group: Option<u32>,
    /// How long it may take until it answers.
    pub start_timeout: Duration,
    /// How long it may take until it has ended.
    pub stop_timeout: Duration,
}

/// An image of an engine: the tag always comes from the pin, the digest from pin.lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// Where it is published, or a mirror of that.
    pub name: ImageName,
    /// The tag of the version.
    pub tag: Tag,
    /// What the tag has to be.
    pub digest: Option<Digest>,
}

impl Image {
    /// Returns the image of a version, or `None` when no image can have a tag for it. What pin.lock says about the
    /// official one holds for a mirror, too.
    pub fn of(kind: EngineKind, version: &Version, provision: &Provision, catalog: &Catalog) -> Option<Self> {
        let suffix = if provision.gpu { "-gpu" } else { "" };
        let tag = Tag::parse(&format!("v{version}{suffix}"))?;
        let official = ImageName::parse(kind.repository())?;
        let digest = |name: &ImageName| catalog.image(&format!("{name}:{tag}")).map(|image| image.digest);
        let name = provision.image.clone().unwrap_or_else(|| official.clone());
        let digest = digest(&name).or_else(|| digest(&official));
        Some(Self { name, tag, digest })
    }

    /// Returns the reference to pull: by digest where that is known, so that the daemon refuses anything else.
    pub fn reference(&self) -> String {
        match &self.digest {
            Some(digest) => format!("{}@{digest}", self.name),
            None => self.tagged(),
        }
    }

    /// Returns the reference by tag.
    pub fn tagged(&self) -> String {
        format!("{}:{}", self.name, self.tag)
    }
}

impl Wanted {
    /// Returns the container's name. It never begins like those that Dagger's own clients remove (`dagger-engine-`).
    pub fn container(&self) -> String {
        // Build metadata of a version begins with a sign that no name has.
        let version = self.version.to_string().replace('+', "-");
        format!("pin-{}-{}-{version}", self.kind.toolchain(), self.project)
    }

    /// Returns what versions share the cache.
    pub fn epoch(&self) -> String {
        self.kind.epoch(&self.version).replace('+', "-")
    }

    /// Returns the name of the cache's volume.
    pub fn volume(&self) -> String {
        format!("pin-{}-{}-{}", self.kind.toolchain(), self.project, self.epoch())
    }

    /// Returns what is written on everything that is made for this project.
    pub fn labels(&self) -> Vec<(&'static str, String)> {
        vec![
            ("pin.project", self.project.clone()),
            ("pin.toolchain", self.kind.toolchain().to_owned()),
            ("pin.version", self.version.to_string()),
            ("pin.epoch", self.epoch()),
        ]
    }

    /// Returns a hash of what a container must have been made with: what the repository asks for. What the user's shell
    /// has beside that may differ, or two shells would replace the engine of each other for ever: proxies (see
    /// [`Wanted::proxied`]), and the group, since who is not in it reaches the engine through its daemon.
    pub fn spec(&self) -> String {
        let mut text = String::new();
        // One line for each field, with its length, so that no two containers read alike.
        let mut add = |name: &str, value: &str| {
            let _ = writeln!(text, "{name} {} {value}", value.len());
        };
        add("format", "2");
        add("mode", "isolated");
        add("image", &self.image.reference());
        add("gpu", if self.gpu { "yes" } else { "no" });
        add("memory", &self.memory.map(|bytes| bytes.to_string()).unwrap_or_default());
        for file in self.files() {
            add(&file.path, &short_hash(&file.bytes));
        }
        short_hash(text.as_bytes())
    }

    /// Returns a hash of the proxies that a container is made with, if there are any. Passwords do not count: a hash of
    /// a secret is not for labels.
    pub fn proxied(&self) -> Option<String> {
        let variables = self.proxies.variables();
        let lines: Vec<String> =
            variables.map(|(name, value)| format!("{name} {}\n", proxy::without_password(value))).collect();
        (!lines.is_empty()).then(|| short_hash(lines.concat().as_bytes()))
    }
}
