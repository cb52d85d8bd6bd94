//! Where versions of what a repository uses are to be had.

mod choice;
mod package;

use std::collections::BTreeMap;
use std::fmt;

use crate::config::Config;
use crate::finding::Location;
use crate::lockstep::{Repository, Verdict};
use crate::plan;
use crate::site::{self, Class, Kind, Site, is_own};
use crate::value::Version;

pub use choice::{Answer, Candidate, Table, Wish};
pub(crate) use package::refresh;
pub use package::{Manager, Package, Settings, package_from, package_of};

/// Who has versions, or has them not.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// The CLI's release archives.
    Releases,
    /// The flake that packages the CLI.
    Flake,
    /// A registry that has the image or chart.
    Image(ImageTag),
    /// A package manager that has the SDK.
    Package(Package),
    /// Somebody who cannot be asked.
    Unasked(Unasked),
}

/// Somebody who has versions and cannot be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unasked {
    /// The provider of a CI runner, who reads its label.
    Runner,
    /// The index of devbox.
    Devbox,
    /// A repository of charts that is no registry.
    Charts,
    /// The registry of an image, which no file names.
    Registry,
}

impl Unasked {
    /// Returns why it cannot be asked.
    pub const fn why(self) -> &'static str {
        match self {
            Self::Runner => "the provider of a runner does not say what it has",
            Self::Devbox => "its index has no public question for that",
            Self::Charts => "only registries (`oci://`) are asked for charts",
            Self::Registry => "no file says which registry the image is from",
        }
    }
}

/// The tags of one image that hold releases.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ImageTag {
    /// `registry.dagger.io/engine`
    pub repository: String,
    /// What stands before the version: `v`.
    pub before: String,
    /// What stands behind it: `-gpu`.
    pub after: String,
}

/// A channel and the places that take a version from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The channel.
    pub channel: Channel,
    /// The sites, sorted by place.
    pub sites: Vec<Site>,
}

impl ImageTag {
    /// Returns the reference of a version: `registry.dagger.io/engine:v0.21.8`.
    pub fn reference(&self, version: &Version) -> String {
        format!("{}:{}{version}{}", self.repository, self.before, self.after)
    }

    /// Returns the version that a tag states, when it is one of these.
    pub fn version(&self, tag: &str, toolchain: &str) -> Option<Version> {
        let text = tag.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        if text.starts_with('v') {
            return None;
        }
        if is_own(toolchain) { Version::parse_own(text) } else { Version::parse(text) }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Releases => f.write_str("release archives"),
            Self::Flake => f.write_str("github:dagger/nix"),
            Self::Image(ImageTag { repository, after, .. }) => write!(f, "{repository}{after}"),
            Self::Package(package) => package.fmt(f),
            Self::Unasked(who) => f.write_str(match who {
                Unasked::Runner => "runner labels",
                Unasked::Devbox => "devbox",
                Unasked::Charts => "a chart's repository",
                Unasked::Registry => "an image's registry",
            }),
        }
    }
}

impl Use {
    /// Returns whether one of its sites would be given the version.
    pub fn needs(&self, verdict: &Verdict, config: &Config, version: &Version) -> bool {
        let is_own =
            |site: &Site| self.sites.iter().any(|own| own.path == site.path && own.span == site.span);
        let mut sites = verdict.sites.iter().filter(|(site, _)| is_own(site));
        sites.any(|(site, rule)| plan::would_write(site, *rule, version, config))
    }

    /// Returns where its first site stands.
    pub fn first(&self) -> Option<Location> {
        self.sites.first().map(Location::of)
    }
}

/// Returns every channel from which one of the toolchain's sites may take a version, sorted, whatever
/// that version is.
pub fn uses(repository: &Repository, verdict: &Verdict, toolchain: &str) -> Vec<Use> {
    let mut found: BTreeMap<Channel, Vec<Site>> = BTreeMap::new();
    for (site, _) in verdict.sites.iter().filter(|(site, _)| site.toolchain == toolchain) {
        if let Some(channel) = channel_of(repository, site) {
            found.entry(channel).or_default().push(site.clone());
        }
    }
    found.into_iter().map(|(channel, sites)| Use { channel, sites }).collect()
}

fn channel_of(repository: &Repository, site: &Site) -> Option<Channel> {
    if is_own(&site.toolchain) {
        return image(repository, site).map(Channel::Image);
    }
    let text = repository.sources.get(&site.path)?.text();
    Some(match site.kind {
        _ if site::is_flake_pin(site, text, &repository.catalog) => Channel::Flake,
        Kind::ImageEngine | Kind::ImageEngineTag | Kind::ImageCli | Kind::ChartVersion => {
            match image(repository, site) {
                Some(tag) if tag.repository.contains("://") => Channel::Unasked(Unasked::Charts),
                Some(tag) => Channel::Image(tag),
                None => Channel::Unasked(Unasked::Registry),
            }
        }
        Kind::RunnerLabel => Channel::Unasked(Unasked::Runner),
        Kind::Devbox => Channel::Unasked(Unasked::Devbox),
        kind if kind.class() == Class::Sdk => Channel::Package(package_of(repository, site)?),
        _ => image(repository, site)
            .filter(|_| site.kind == Kind::Custom)
            .map_or(Channel::Releases, Channel::Image),
    })
}

/// Returns the tags of the image that a site names.
fn image(repository: &Repository, site: &Site) -> Option<ImageTag> {
    let text = repository.sources.get(&site.path)?.text();
    let (name, before, after) = site::image_tag(site, text)?;
    Some(ImageTag { repository: name.to_owned(), before: before.to_owned(), after: after.to_owned() })
}
