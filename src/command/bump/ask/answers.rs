//! What one channel says of some versions, and what is learnt on the way.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};

use super::{AT_ONCE, Channels, OFFLINE, with_hint};
use crate::catalog::{self, Archive, Catalog, Learnt};
use crate::channel::{Answer, Channel, Package, Use};
use crate::packages;
use crate::site::{Companionship, ImageTag};
use crate::upstream::{Release, commits_for};
use crate::value::Version;

impl Channels<'_> {
    /// Returns what one channel says of the versions, and what was learnt on the way.
    pub(super) async fn answers(
        &self,
        used: &Use,
        versions: &[Version],
        releases: &[Result<Option<Release>, String>],
    ) -> Vec<(Answer, Catalog)> {
        let needs = |version: &&Version| used.needs(&self.question.survey.config, version);
        let wanted: BTreeSet<Version> = versions.iter().filter(needs).cloned().collect();
        // A package manager is asked once for all of them.
        let stock = match &used.channel {
            Channel::Package(package) if !wanted.is_empty() => Some(self.stock(package, &wanted).await),
            _ => None,
        };
        let asked = versions.iter().zip(releases).map(|(version, release)| {
            let (wanted, stock) = (&wanted, &stock);
            async move {
                if !wanted.contains(version) {
                    return (Answer::NotNeeded, Catalog::default());
                }
                match &used.channel {
                    Channel::Releases => self.released(used, version, release),
                    Channel::Flake => self.flake(version, release).await,
                    Channel::Image(image) => self.image(used, image, version).await,
                    Channel::Package(_) => (in_stock(stock.as_ref(), version), Catalog::default()),
                    Channel::Unasked(who) => unknown(who.why()),
                }
            }
        });
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    fn released(
        &self,
        used: &Use,
        version: &Version,
        release: &Result<Option<Release>, String>,
    ) -> (Answer, Catalog) {
        let hashes = used.companions().filter_map(|what| match what {
            Companionship::Archive(system) => Some(system.as_deref()),
            _ => None,
        });
        let hashes: Vec<Option<&str>> = hashes.collect();
        if self.is_offline() {
            // A version is written with its hashes, or not at all.
            let known = &self.question.survey.repository.catalog;
            let has_hash = |system: Option<&str>| match system {
                Some(system) => known.archive(version, system).is_some(),
                None => !known.archives(version).is_empty(),
            };
            let is_known =
                catalog::versions().any(|known| known == *version) && hashes.into_iter().all(has_hash);
            return if is_known { has() } else { unknown(OFFLINE) };
        }
        match release {
            Err(why) => unknown(why.as_str()),
            Ok(None) => lacks(),
            Ok(Some(release)) => {
                let mut learnt = Catalog::default();
                if !hashes.is_empty() {
                    let embedded = Catalog::default();
                    let is_new = |archive: &&Learnt<Archive>| {
                        embedded.archive(version, &archive.fact.system) != Some(archive.fact.sha256)
                    };
                    release
                        .archives
                        .iter()
                        .filter(is_new)
                        .for_each(|archive| learnt.learn_archive(archive.clone()));
                }
                (Answer::Has, learnt)
            }
        }
    }

    /// A commit packages the version when it says so and its archives are the published ones; which
    /// commit that is may change with a revert.
    async fn flake(&self, version: &Version, release: &Result<Option<Release>, String>) -> (Answer, Catalog) {
        if self.question.survey.repository.catalog.revision_for(version).is_some() {
            return has();
        }
        if version.is_prerelease() {
            return lacks();
        }
        if self.is_offline() {
            return unknown(OFFLINE);
        }
        let (commits, release) = match (&self.commits, release) {
            (Ok(commits), Ok(Some(release))) => (commits, release),
            (Ok(_), Ok(None)) => return lacks(),
            (Err(why), _) | (_, Err(why)) => return unknown(why.as_str()),
        };
        for rev in commits_for(commits, version) {
            let packaged = match self.upstream.revision(&rev).await {
                Ok(packaged) => packaged,
                Err(error) => return unknown(error.to_string()),
            };
            let is_published = |own: &Learnt<Archive>| {
                let mut of_system =
                    release.archives.iter().filter(|known| known.fact.system == own.fact.system);
                of_system.any(|known| known.fact.sha256 == own.fact.sha256)
            };
            let is_it = packaged.revision.fact.version().as_ref() == Some(version)
                && !packaged.archives.is_empty()
                && packaged.archives.iter().all(is_published);
            let mut learnt = Catalog::default();
            if is_it && learnt.learn_revision(&packaged.revision).is_ok() {
                return (Answer::Has, learnt);
            }
        }
        lacks()
    }

    async fn image(&self, used: &Use, image: &ImageTag, version: &Version) -> (Answer, Catalog) {
        let reference = image.reference(version);
        let needs_digest = used.companions().any(|what| *what == Companionship::ImageDigest);
        let known = &self.question.survey.repository.catalog;
        if self.is_offline() {
            let is_official = OFFICIAL.contains(&image.repository.as_str());
            let is_listed = is_official && catalog::versions().any(|known| known == *version);
            let is_known = (is_listed && !needs_digest) || known.image(&reference).is_some();
            return if is_known { has() } else { unknown(OFFLINE) };
        }
        match self.registry.image(&reference).await {
            Ok(None) => lacks(),
            Err(error) => unknown(with_hint(&error)),
            Ok(Some(found)) => {
                let mut learnt = Catalog::default();
                if needs_digest && learnt.learn_image(&found).is_err() {
                    return unknown("it says two things about one tag");
                }
                (Answer::Has, learnt)
            }
        }
    }

    /// Returns those of the versions that the package manager can get.
    async fn stock(
        &self,
        package: &Package,
        wanted: &BTreeSet<Version>,
    ) -> Result<BTreeSet<Version>, String> {
        if self.is_offline() {
            return Err(OFFLINE.to_owned());
        }
        let timeout = self.question.options.common.network.http.timeout;
        let asked = packages::available(package, &self.question.survey.root, wanted, timeout).await;
        asked.map_err(|error| format!("{error}; {}", error.hint()))
    }
}

/// Repositories in which every release is published.
const OFFICIAL: [&str; 2] = ["registry.dagger.io/engine", "registry.dagger.io/dagger-helm"];

fn in_stock(stock: Option<&Result<BTreeSet<Version>, String>>, version: &Version) -> Answer {
    match stock {
        Some(Ok(stock)) if stock.contains(version) => Answer::Has,
        Some(Ok(_)) => Answer::Lacks,
        Some(Err(why)) => Answer::Unknown(why.clone()),
        None => Answer::NotNeeded,
    }
}

fn has() -> (Answer, Catalog) {
    (Answer::Has, Catalog::default())
}

fn lacks() -> (Answer, Catalog) {
    (Answer::Lacks, Catalog::default())
}

fn unknown(why: impl Into<String>) -> (Answer, Catalog) {
    (Answer::Unknown(why.into()), Catalog::default())
}
