//! Which versions there are, before anybody is asked who has them.

use std::collections::BTreeSet;

use super::{BATCH, Channels, MAX_BATCHES, with_hint};
use crate::channel::Channel;
use crate::command::bump::Asked;
use crate::site::is_own;
use crate::upstream::Commit;
use crate::value::Version;

/// The releases that are published.
#[derive(Default)]
struct Listed {
    versions: Vec<Version>,
    /// What went wrong, in words.
    notes: Vec<String>,
    /// Nobody told.
    is_blind: bool,
}

impl Channels<'_> {
    /// Returns every version that somebody knows of, unless one is named already.
    pub(super) async fn known(&mut self, asked: &mut Asked) -> Vec<Version> {
        let question = self.question;
        let is_named = question.wish.only.is_some();
        if is_own(question.toolchain) {
            return if self.is_offline() || is_named { Vec::new() } else { self.tagged(asked).await };
        }
        let known = question.survey.repository.catalog.versions();
        if self.is_offline() {
            return known;
        }
        let (listed, commits) = tokio::join!(self.listed(is_named), self.commits());
        self.commits = commits;
        let Listed { versions, notes, is_blind } = listed;
        asked.notes.extend(notes);
        asked.is_blind = is_blind;
        known.into_iter().chain(versions).collect()
    }

    /// Returns the releases that are published, as far as somebody tells.
    async fn listed(&self, is_named: bool) -> Listed {
        let mut listed = Listed::default();
        if is_named {
            return listed;
        }
        let error = match self.upstream.tags().await {
            Ok(tags) => return Listed { versions: tags, ..listed },
            Err(error) => error,
        };
        match self.upstream.latest().await {
            // Those before it in its line may be what every channel has.
            Ok(latest) => {
                listed.versions.extend(line_up_to(&latest));
                let words = "only the newest release is known besides the catalog's";
                listed.notes.push(format!("{error}: {words}"));
            }
            Err(other) => {
                listed.notes.extend([error.to_string(), other.to_string()]);
                listed.is_blind = true;
            }
        }
        listed
    }

    /// Returns the commits of the flake, if one of them is wanted.
    async fn commits(&self) -> Result<Vec<Commit>, String> {
        let is_wanted = self.question.channels.iter().any(|used| used.channel == Channel::Flake);
        if !is_wanted {
            return Ok(Vec::new());
        }
        self.upstream.commits().await.map_err(|error| error.to_string())
    }

    /// Returns the versions of an own toolchain, which only the tags of its images tell.
    async fn tagged(&self, asked: &mut Asked) -> Vec<Version> {
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
                Err(error) => {
                    asked.notes.push(with_hint(&error));
                    asked.is_blind = true;
                }
            }
        }
        known.into_iter().collect()
    }
}

/// Returns every version of the latest one's line up to it.
fn line_up_to(latest: &Version) -> impl Iterator<Item = Version> + use<> {
    let (major, minor, patch) = (latest.major(), latest.minor(), latest.patch());
    (0..=patch).rev().take(BATCH * MAX_BATCHES).map(move |patch| Version::new(major, minor, patch))
}
