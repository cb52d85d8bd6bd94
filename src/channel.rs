//! Where versions of what a repository uses are to be had.

mod choice;
mod package;

use std::collections::BTreeMap;
use std::fmt;

use crate::config::{Config, Rule};
use crate::finding::Location;
use crate::lockstep::{Repository, Verdict};
use crate::plan;
use crate::site::{self, Class, Companionship, ImageTag, Kind, Site, is_own};
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

/// A channel and the places that take a version from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The channel.
    pub channel: Channel,
    /// The sites, sorted by place, each with the rule that it is held to.
    pub sites: Vec<(Site, Rule)>,
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
    pub fn needs(&self, config: &Config, version: &Version) -> bool {
        self.sites.iter().any(|(site, rule)| plan::would_write(site, *rule, version, config))
    }

    /// Returns what has to move together with the version at its sites.
    pub fn companions(&self) -> impl Iterator<Item = &Companionship> {
        self.sites.iter().flat_map(|(site, _)| &site.companions).map(|companion| &companion.what)
    }

    /// Returns where its sites stand, as `FILE:LINE`.
    pub fn places(&self, repository: &Repository) -> Vec<String> {
        self.sites.iter().map(|(site, _)| repository.file_line(&Location::of(site))).collect()
    }
}

/// Returns every channel from which one of the toolchain's sites may take a version, sorted, whatever
/// that version is.
pub fn uses(repository: &Repository, verdict: &Verdict, toolchain: &str) -> Vec<Use> {
    let mut found: BTreeMap<Channel, Vec<(Site, Rule)>> = BTreeMap::new();
    for (site, rule) in verdict.sites.iter().filter(|(site, _)| site.toolchain == toolchain) {
        if let Some(channel) = channel_of(repository, site) {
            found.entry(channel).or_default().push((site.clone(), *rule));
        }
    }
    found.into_iter().map(|(channel, sites)| Use { channel, sites }).collect()
}

fn channel_of(repository: &Repository, site: &Site) -> Option<Channel> {
    let text = repository.sources.get(&site.path)?.text();
    let image = || ImageTag::of(site, text);
    if is_own(&site.toolchain) {
        return image().map(Channel::Image);
    }
    Some(match site.kind {
        _ if site::is_flake_pin(site, text, &repository.catalog) => Channel::Flake,
        Kind::ImageEngine | Kind::ImageEngineTag | Kind::ImageCli | Kind::ChartVersion => match image() {
            Some(tag) if tag.repository.contains("://") => Channel::Unasked(Unasked::Charts),
            Some(tag) => Channel::Image(tag),
            None => Channel::Unasked(Unasked::Registry),
        },
        Kind::RunnerLabel => Channel::Unasked(Unasked::Runner),
        Kind::Devbox => Channel::Unasked(Unasked::Devbox),
        kind if kind.class() == Class::Sdk => Channel::Package(package_of(repository, site)?),
        Kind::Custom => image().map_or(Channel::Releases, Channel::Image),
        _ => Channel::Releases,
    })
}
