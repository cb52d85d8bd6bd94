//! Asks every channel in use for the versions that may be wanted, newest first, until one is found that
//! all of them have.

mod answers;
mod known;

use futures_util::stream::{self, StreamExt as _};

use super::{Asked, Question};
use crate::catalog::{self, Catalog};
use crate::channel::{Answer, Candidate, Channel, Use};
use crate::command::{Exit, Outcome, with_causes};
use crate::registry::{Registry, RegistryError};
use crate::site::is_own;
use crate::upstream::{Commit, Release, Upstream};
use crate::value::Version;
use crate::world::http::{Http, HttpError};
use crate::world::now;

/// How many versions are asked for at a time, and how often.
const BATCH: usize = 8;
const MAX_BATCHES: usize = 5;

/// How many questions are under way at once.
const AT_ONCE: usize = 8;

/// Why nothing is known of a channel that was not asked.
const OFFLINE: &str = "nobody was asked";

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
    let known = channels.known(&mut asked).await;
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
        let progress = common.voice.progress(self.question.channels.len(), &words);
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
}

/// Returns a time in the largest unit of which it has two, or seconds.
fn words(seconds: u64) -> String {
    let units = [(86_400, "days"), (3600, "hours"), (60, "minutes")];
    let unit = units.into_iter().find(|(length, _)| seconds >= 2 * length);
    let (length, word) = unit.unwrap_or((1, "seconds"));
    format!("{} {word}", seconds / length)
}

fn with_hint(error: &RegistryError) -> String {
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}; {hint}"))
}
