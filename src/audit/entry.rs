use serde::{Deserialize, Serialize};

use super::Link;
use crate::config::Mode;
use crate::value::Digest;

/// The most bytes of a line, with its line break; longer words are cut.
const MAX_LINE: usize = 16 << 10;

/// The most characters of one word.
const MAX_WORD: usize = 512;

/// What stands around the hash at the end of a line.
const HASH: (&str, &str) = (",\"hash\":\"", "\"}");

/// Bytes of a digest as it is printed.
const DIGEST: usize = "sha256:".len() + 64;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A container was made.
    Create,
    /// A container was started.
    Start,
    /// A container was stopped.
    Stop,
    /// A container was removed.
    Remove,
    /// A volume was removed, and a cache with it.
    Purge,
    /// A cache was made smaller.
    Prune,
    /// A program or an image was fetched.
    Download,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 7] =
        [Self::Create, Self::Start, Self::Stop, Self::Remove, Self::Purge, Self::Prune, Self::Download];

    /// Returns the word of the log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Stop => "stop",
            Self::Remove => "remove",
            Self::Purge => "purge",
            Self::Prune => "prune",
            Self::Download => "download",
        }
    }
}

/// Something that `pin` did and that is written down. Nothing in it is secret: no variables, no addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What was done.
    pub action: Action,
    /// Where the engine runs.
    pub mode: Option<Mode>,
    /// The toolchain that it was done for.
    pub toolchain: String,
    /// Its version.
    pub version: String,
    /// The project that it was done for.
    pub project: Option<String>,
    /// The container that it was done to.
    pub container: Option<String>,
    /// The image, with its digest where one is known.
    pub image: Option<String>,
    /// Whether the container may do everything that its host may.
    pub privileged: bool,
    /// Why.
    pub reason: Option<String>,
}

/// A line of the log. Words are those that were written: a later `pin` may know others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its number, from 1 on.
    pub seq: u64,
    /// Seconds since 1970.
    pub time: u64,
    /// What was done, as [`Action`] has it.
    pub action: String,
    /// Where the engine runs, as [`Mode`] has it.
    #[serde(default)]
    pub mode: Option<String>,
    /// The toolchain that it was done for.
    #[serde(default)]
    pub toolchain: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// The project that it was done for.
    #[serde(default)]
    pub project: Option<String>,
    /// The container that it was done to.
    #[serde(default)]
    pub container: Option<String>,
    /// The image, with its digest where one is known.
    #[serde(default)]
    pub image: Option<String>,
    /// Whether the container may do everything that its host may.
    #[serde(default)]
    pub privileged: bool,
    /// Why.
    #[serde(default)]
    pub reason: Option<String>,
    /// Digest of what stands before it and was never finished: its writer was killed, or the disk was full.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfinished: Option<String>,
    /// Hash of the entry before it.
    pub previous: String,
}

impl Entry {
    /// Returns the entry that comes after `link`.
    pub(super) fn after(link: &Link, event: &Event, now: u64, unfinished: Option<&Digest>) -> Self {
        let word = |text: &String| text.chars().take(MAX_WORD).collect::<String>();
        Self {
            seq: link.seq.saturating_add(1),
            time: now,
            action: event.action.as_str().to_owned(),
            mode: event.mode.map(|mode| mode.as_str().to_owned()),
            toolchain: word(&event.toolchain),
            version: word(&event.version),
            project: event.project.as_ref().map(word),
            container: event.container.as_ref().map(word),
            image: event.image.as_ref().map(word),
            privileged: event.privileged,
            reason: event.reason.as_ref().map(word),
            unfinished: unfinished.map(ToString::to_string),
            previous: link.hash.to_string(),
        }
    }

    /// Returns the line, without its line break, and the hash at its end.
    pub(super) fn line(&self) -> (String, Digest) {
        // Plain structs with string keys always serialise.
        seal(&serde_json::to_string(self).unwrap_or_default())
    }

    /// Returns what a line says, and its hash, when the line is what was written.
    pub(super) fn parse(line: &[u8]) -> Option<(Self, Digest)> {
        let (object, hash) = unseal(line)?;
        Some((serde_json::from_str(&object).ok()?, hash))
    }

    /// Returns whether it stands behind `link`.
    pub(super) fn follows(&self, link: &Link) -> bool {
        Some(self.seq) == link.seq.checked_add(1) && self.previous == link.hash.to_string()
    }
}

/// Returns a JSON object with the hash of its text as its last key.
pub(super) fn seal(object: &str) -> (String, Digest) {
    let body = object.strip_suffix('}').unwrap_or(object);
    let hash = Digest::of(body.as_bytes());
    (format!("{body}{}{hash}{}", HASH.0, HASH.1), hash)
}

/// Returns the object without its last key, and that hash, when the hash is that of its text.
pub(super) fn unseal(line: &[u8]) -> Option<(String, Digest)> {
    let text = std::str::from_utf8(line).ok().filter(|text| text.len() < MAX_LINE)?;
    let at = text.len().checked_sub(HASH.0.len() + DIGEST + HASH.1.len())?;
    let (body, end) = text.split_at_checked(at)?;
    let hash = Digest::parse(end.strip_prefix(HASH.0)?.strip_suffix(HASH.1)?)?;
    (hash == Digest::of(body.as_bytes())).then(|| (format!("{body}}}"), hash))
}
