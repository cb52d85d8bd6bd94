//! What `catalog update` has learnt, and what stays unknown.

use std::fmt::Write as _;

use crate::value::{Digest, HashEncoding, Rev, Sha256, Version};

/// What one run has come to.
#[derive(Debug, Default)]
pub struct Update {
    /// What was learnt, sorted by commit.
    pub learnt: Vec<Lesson>,
    /// The pinned version, if no archive of it was known: where hashes of its archives were learnt, or why not.
    pub archives: Option<(Version, Result<String, String>)>,
    /// The engine's image, if nobody had said what its tag is.
    pub image: Option<Lookup>,
    /// What stays unknown, sorted by place.
    pub unknown: Vec<Ignorance>,
    /// Archives that are not what was published, sorted.
    pub differences: Vec<Difference>,
    /// Releases whose archives could not be compared with what was published, with the reason.
    pub uncompared: Vec<(Version, String)>,
    /// Whether some file could not be read, so that more may be named than was seen.
    pub is_partial: bool,
    /// Whether a merge had left both sides in `pin.lock`.
    pub is_resolved: bool,
    /// What has become of `pin.lock`.
    pub lock: Fate,
}

/// A reference to an image: the digest of what it is and where that was learnt, or why not.
pub type Lookup = (String, Result<(Digest, String), String>);

/// What a commit of the flake turned out to be.
#[derive(Debug)]
pub struct Lesson {
    /// The commit.
    pub rev: Rev,
    /// The version that it packages, if it packages one.
    pub version: Option<Version>,
    /// Where it was learnt.
    pub from: String,
    /// The places that name it, as `FILE:LINE`.
    pub places: Vec<String>,
}

/// A commit or a tree's hash that nothing was learnt about.
#[derive(Debug)]
pub struct Ignorance {
    /// What stands there.
    pub pin: String,
    /// Why nothing was learnt.
    pub why: String,
    /// What to run.
    pub hint: String,
    /// The places that name it, as `FILE:LINE`.
    pub places: Vec<String>,
}

/// An archive that the flake fetches with another hash than what was published.
#[derive(Debug)]
pub struct Difference {
    /// The release.
    pub version: Version,
    /// The Nix system.
    pub system: String,
    /// What the flake fetches, and where that was learnt.
    pub packaged: (Sha256, String),
    /// What was published, and where that was learnt.
    pub published: (Sha256, String),
}

/// What becomes of a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// There was nothing to write.
    #[default]
    Unchanged,
    /// It was written.
    Written,
    /// It would be written, but `--dry-run` was given.
    DryRun,
    /// It would be written, but `--locked` was given.
    Locked,
}

impl Fate {
    /// Every one, in the order of the documentation.
    pub const ALL: [Self; 4] = [Self::Unchanged, Self::Written, Self::DryRun, Self::Locked];

    /// Returns the word of the JSON contract.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Written => "written",
            Self::DryRun => "dry-run",
            Self::Locked => "locked",
        }
    }
}

/// Returns what was learnt in words.
pub fn update(update: &Update) -> String {
    let mut out = String::new();
    let is_written = update.lock == Fate::Written;
    if update.is_resolved {
        let verb = if is_written { "kept" } else { "would keep" };
        let _ = writeln!(out, "{verb} both sides of a merge in pin.lock");
    }
    for lesson in &update.learnt {
        let what = lesson.version.as_ref().map_or("no CLI".to_owned(), ToString::to_string);
        let places = lesson.places.join(", ");
        let _ = writeln!(out, "{} packages {what} ({places}), says {}", lesson.rev, lesson.from);
    }
    if let Some((version, Ok(from))) = &update.archives {
        let _ = writeln!(out, "archives of {version} have checksums, says {from}");
    }
    if let Some((reference, Ok((digest, from)))) = &update.image {
        let _ = writeln!(out, "{reference} is {digest}, says {from}");
    }
    let is_idle = update.learnt.is_empty() && update.archives.is_none() && update.image.is_none();
    if is_idle && update.unknown.is_empty() && !update.is_partial {
        out.push_str("nothing is unknown: the catalog or pin.lock has every commit that is named here\n");
    }
    out.push_str(match update.lock {
        Fate::Unchanged => "",
        Fate::Written => "wrote pin.lock\n",
        Fate::DryRun => "would write pin.lock\n",
        Fate::Locked => "pin.lock is not written, as `--locked` asks\n",
    });
    out
}

/// Returns the lines for stderr about what stays unknown and what is doubtful.
pub fn update_doubts(update: &Update) -> String {
    let mut out = String::new();
    for Difference { version, system, packaged, published } in &update.differences {
        let print = |(hash, from): &(Sha256, String)| format!("{} in {from}", hash.print(HashEncoding::Hex));
        let _ = writeln!(
            out,
            "warning: the archive of {version} for {system} is {}, but {}; the latter, as published, is kept",
            print(packaged),
            print(published)
        );
    }
    if let Some((version, Err(why))) = &update.archives {
        let _ = writeln!(out, "warning: no checksum of an archive of {version} is known: {why}");
    }
    if let Some((reference, Err(why))) = &update.image {
        let _ = writeln!(out, "warning: what {reference} is stays unknown: {why}");
    }
    for (version, why) in &update.uncompared {
        let _ = writeln!(
            out,
            "warning: the archives of {version} were not compared with what was published: {why}"
        );
    }
    for Ignorance { pin, why, hint, places } in &update.unknown {
        let _ = writeln!(out, "error: `{pin}` ({}) stays unknown: {why}\nhint: {hint}", places.join(", "));
    }
    out
}
