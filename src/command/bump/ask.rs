//! Asks every channel in use for the versions that may be wanted, newest first, until one is found that
//! all of them have.

use std::collections::BTreeSet;

use futures_util::stream::{self, StreamExt as _};

use super::{Asked, Question};
use crate::catalog::{self, Archive, Catalog, Learnt};
use crate::channel::{Answer, Candidate, Channel, ImageTag, Package, Use};
use crate::command::{Exit, Outcome, with_causes};
use crate::packages;
use crate::registry::Registry;
use crate::site::{Companionship, is_own};
use crate::upstream::{Commit, Release, Upstream, commits_for};
use crate::value::Version;
use crate::world::http::{Http, HttpError};
use crate::world::{Progress, now};

/// How many versions are asked for at a time, and how often.
const BATCH: usize = 8;
const MAX_BATCHES: usize = 5;

/// How many questions are under way at once.
const AT_ONCE: usize = 8;

/// Who is asked, and what is known before the first question about a version.
struct Channels<'q> {
    question: &'q Question<'q>,
    upstream: Upstream<'q>,
    registry: Registry<'q>,
    /// Commits of the flake, newest first, or why there are none.
    commits: Result<Vec<Commit>, String>,
}

/// What was said about some versions.
struct Said {
    /// By channel, in the order of the versions.
    answers: Vec<Vec<Answer>>,
    published: Vec<Option<u64>>,
    learnt: Vec<Catalog>,
}

/// Returns what the channels say.
pub(super) async fn ask(question: &Question<'_>) -> Result<Asked, Outcome> {
    let network = &question.options.common.network;
    let failed = |error: HttpError| Outcome::error(Exit::Failure, &with_causes(&error), None);
    let http = Http::new(&network.http).map_err(failed)?;
    let upstream = Upstream::new(&http, &network.addresses);
    let registry = Registry::new(&http, network.credentials.clone());
    let mut asked = Asked::default();
    let mut channels = Channels { question, upstream, registry, commits: Ok(Vec::new()) };
    let known = channels.known(&mut asked.notes).await;
    asked.table.channels.clone_from(&question.channels);
    let candidates = question.wish.candidates(known);
    for batch in candidates.chunks(BATCH).take(MAX_BATCHES) {
        let said = channels.say(batch).await;
        let Said { answers, published, learnt } = said;
        for (index, ((version, published), learnt)) in batch.iter().zip(published).zip(learnt).enumerate() {
            let answers = answers.iter().map(|of_channel| of_channel[index].clone()).collect();
            let bar = channels.bar(version, published);
            asked.table.candidates.push(Candidate { version: version.clone(), bar, published, answers });
            asked.learnt.insert(version.clone(), learnt);
        }
        let is_named = question.options.to.is_some();
        // Who says nothing of the newest ones says nothing of the others.
        if asked.table.choice(is_named).is_some() || asked.table.silent().next().is_some() {
            break;
        }
    }
    Ok(asked)
}

impl Channels<'_> {
    fn is_offline(&self) -> bool {
        self.question.options.common.network.is_offline
    }

    /// Returns every version that somebody knows of.
    async fn known(&mut self, notes: &mut Vec<String>) -> Vec<Version> {
        let question = self.question;
        if is_own(question.toolchain) {
            return if self.is_offline() { Vec::new() } else { self.tagged(notes).await };
        }
        let mut known: BTreeSet<Version> =
            question.survey.repository.catalog.versions().into_iter().collect();
        if self.is_offline() {
            return known.into_iter().collect();
        }
        let (tags, commits) = tokio::join!(self.upstream.tags(), self.upstream.commits());
        match tags {
            Ok(tags) => known.extend(tags),
            Err(error) => {
                notes.push(format!("{error}: only the newest release is known besides the catalog's"));
                match self.upstream.latest().await {
                    // Those before it in its line may be what every channel has.
                    Ok(latest) => known.extend(line_up_to(&latest)),
                    Err(error) => notes.push(error.to_string()),
                }
            }
        }
        self.commits = commits.map_err(|error| error.to_string());
        known.into_iter().collect()
    }

    /// Returns the versions of an own toolchain, which only the tags of its images tell.
    async fn tagged(&self, notes: &mut Vec<String>) -> Vec<Version> {
        let width = self.question.wish.current.as_ref().map(Version::width);
        let mut known = BTreeSet::new();
        for used in &self.question.channels {
            let Channel::Image(image) = &used.channel else { continue };
            match self.registry.tags(&image.repository).await {
                Ok(tags) => known.extend(
                    tags.iter()
                        .filter_map(|tag| image.version(tag, self.question.toolchain))
                        .filter(|version| width.is_none_or(|width| version.width() == width)),
                ),
                Err(error) => notes.push(error.to_string()),
            }
        }
        known.into_iter().collect()
    }

    /// Returns why a version is not taken, whatever the channels say.
    fn bar(&self, version: &Version, published: Option<u64>) -> Option<String> {
        if is_own(self.question.toolchain) && self.question.options.min_age.is_none() {
            return None;
        }
        if let Some(broken) = catalog::broken(version).filter(|_| !is_own(self.question.toolchain)) {
            return Some(broken.why.to_owned());
        }
        let min_age = self.question.options.min_age?.as_secs();
        let Some(published) = published else {
            return Some("nobody says when it was published".to_owned());
        };
        let age = now().saturating_sub(published);
        (age < min_age).then(|| format!("it was published {} ago", words(age)))
    }

    /// Asks every channel for every version.
    async fn say(&self, versions: &[Version]) -> Said {
        let releases = self.releases(versions).await;
        let published = releases.iter().map(|release| release.as_ref().ok()?.as_ref()?.published).collect();
        let uses = self.question.channels.iter();
        let common = &self.question.options.common;
        let newest = versions.first().map(ToString::to_string).unwrap_or_default();
        let words = format!("who has {newest} and those before it");
        let progress = Progress::start(common.shows_progress, self.question.channels.len(), &words);
        let asked = uses.map(|used| async {
            let said = self.answers(used, versions, &releases).await;
            progress.advance();
            said
        });
        let by_channel: Vec<Vec<(Answer, Catalog)>> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        let mut learnt = vec![Catalog::default(); versions.len()];
        let mut answers = Vec::new();
        for of_channel in by_channel {
            let mut own = Vec::new();
            for ((answer, new), learnt) in of_channel.into_iter().zip(&mut learnt) {
                // Channels speak of different things.
                own.push(match learnt.join(new) {
                    Ok(()) => answer,
                    Err(error) => Answer::Unknown(error.to_string()),
                });
            }
            answers.push(own);
        }
        Said { answers, published, learnt }
    }

    /// Returns the releases of the versions, where something depends on them.
    async fn releases(&self, versions: &[Version]) -> Vec<Result<Option<Release>, String>> {
        let depends = |used: &Use| matches!(used.channel, Channel::Releases | Channel::Flake);
        let is_wanted = self.question.channels.iter().any(depends) || self.question.options.min_age.is_some();
        if !is_wanted || self.is_offline() || is_own(self.question.toolchain) {
            return versions.iter().map(|_| Err(OFFLINE.to_owned())).collect();
        }
        let asked = versions
            .iter()
            .map(|version| async { self.upstream.release(version).await.map_err(|error| error.to_string()) });
        stream::iter(asked).buffered(AT_ONCE).collect().await
    }

    /// Returns what one channel says of the versions, and what was learnt on the way.
    async fn answers(
        &self,
        used: &Use,
        versions: &[Version],
        releases: &[Result<Option<Release>, String>],
    ) -> Vec<(Answer, Catalog)> {
        let needs = |version: &&Version| used.needs(self.question.verdict, self.question.config(), version);
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
                    Channel::Unasked(why) => unknown(*why),
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
        if self.is_offline() {
            return if catalog::versions().any(|known| known == *version) { has() } else { unknown(OFFLINE) };
        }
        match release {
            Err(why) => unknown(why.as_str()),
            Ok(None) => lacks(),
            Ok(Some(release)) => {
                let needs_hash = used.sites.iter().flat_map(|site| &site.companions);
                let mut needs_hash = needs_hash.filter(|own| matches!(own.what, Companionship::Archive(_)));
                let mut learnt = Catalog::default();
                if needs_hash.next().is_some() {
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
        let known = &self.question.survey.repository.catalog;
        if self.is_offline() {
            let is_official = OFFICIAL.contains(&image.repository.as_str());
            let is_listed = is_official && catalog::versions().any(|known| known == *version);
            let is_known = is_listed || known.image(&reference).is_some();
            return if is_known { has() } else { unknown(OFFLINE) };
        }
        let mut companions = used.sites.iter().flat_map(|site| &site.companions);
        let needs_digest = companions.any(|own| own.what == Companionship::ImageDigest);
        match self.registry.image(&reference).await {
            Ok(None) => lacks(),
            Err(error) => unknown(error.to_string()),
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

/// Why nothing is known of a channel that was not asked.
const OFFLINE: &str = "nobody was asked";

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

/// Returns every version of the latest one's line up to it.
fn line_up_to(latest: &Version) -> impl Iterator<Item = Version> + use<> {
    let (major, minor, patch) = (latest.major(), latest.minor(), latest.patch());
    (0..=patch).rev().take(BATCH * MAX_BATCHES).map(move |patch| Version::new(major, minor, patch))
}

/// Returns a time in the largest unit of which it has two, or seconds.
fn words(seconds: u64) -> String {
    let units = [(86_400, "days"), (3600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(length, _)| seconds >= 2 * length);
    let (length, word) = unit.unwrap_or((1, "seconds"));
    format!("{} {word}", seconds / length)
}
