#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use super::VERSION;
use crate::channel::{Answer, Candidate, Channel, Table, Use};
use crate::lockstep::Repository;
use crate::value::Version;

/// Output of `pin bump --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin bump"))]
pub(super) struct Bump<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = VERSION)))]
    version: u32,
    /// The thing whose version it is.
    toolchain: &'a str,
    /// What stands in the repository, without `v`; null when that is not one version.
    current: Option<String>,
    /// The version that is taken; null when none is.
    chosen: Option<String>,
    /// Where versions are to be had.
    channels: Vec<ChannelRow>,
    /// The versions that were asked for, newest first.
    candidates: Vec<CandidateRow<'a>>,
}

/// Who has versions, or has them not.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Channel"))]
struct ChannelRow {
    /// What sort of channel it is.
    #[cfg_attr(test, schemars(extend("enum" = ["releases", "flake", "image", "package", "unasked"])))]
    kind: &'static str,
    /// Which one.
    name: String,
    /// The places that take a version from it, as `FILE:LINE`.
    sites: Vec<String>,
}

/// A version that could be taken.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Candidate"))]
struct CandidateRow<'a> {
    /// The version, without `v`.
    version: String,
    /// When it was published, in seconds since 1970; null when nobody said.
    published: Option<u64>,
    /// Why it is not taken, whatever the channels have.
    bar: Option<&'a str>,
    /// What each channel said, in the order of `channels`.
    answers: Vec<AnswerRow<'a>>,
}

/// What a channel said about a version.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Answer"))]
struct AnswerRow<'a> {
    /// Whether it has it; `unneeded` when no place would take it from there.
    #[cfg_attr(test, schemars(extend("enum" = ["has", "lacks", "unneeded", "unknown"])))]
    answer: &'static str,
    /// Why that is not known.
    why: Option<&'a str>,
}

impl<'a> Bump<'a> {
    pub(super) fn new(
        toolchain: &'a str,
        current: Option<&Version>,
        chosen: Option<&Version>,
        table: &'a Table,
        repository: &Repository,
    ) -> Self {
        Self {
            version: VERSION,
            toolchain,
            current: current.map(Version::to_string),
            chosen: chosen.map(Version::to_string),
            channels: table.channels.iter().map(|channel| ChannelRow::of(channel, repository)).collect(),
            candidates: table.candidates.iter().map(CandidateRow::of).collect(),
        }
    }
}

impl ChannelRow {
    fn of(channel: &Use, repository: &Repository) -> Self {
        let kind = match channel.channel {
            Channel::Releases => "releases",
            Channel::Flake => "flake",
            Channel::Image(_) => "image",
            Channel::Package(_) => "package",
            Channel::Unasked(_) => "unasked",
        };
        Self { kind, name: channel.channel.to_string(), sites: channel.places(repository) }
    }
}

impl<'a> CandidateRow<'a> {
    fn of(candidate: &'a Candidate) -> Self {
        Self {
            version: candidate.version.to_string(),
            published: candidate.published,
            bar: candidate.bar.as_deref(),
            answers: candidate.answers.iter().map(AnswerRow::of).collect(),
        }
    }
}

impl<'a> AnswerRow<'a> {
    fn of(answer: &'a Answer) -> Self {
        match answer {
            Answer::Has => Self { answer: "has", why: None },
            Answer::Lacks => Self { answer: "lacks", why: None },
            Answer::NotNeeded => Self { answer: "unneeded", why: None },
            Answer::Unknown(why) => Self { answer: "unknown", why: Some(why) },
        }
    }
}
