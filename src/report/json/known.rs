//! What is known about a release or a commit as an object.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::report::known::{Known, KnownRelease, KnownRevision};
use crate::value::HashEncoding;

/// Output of `pin catalog show --format json`: one of the two, or neither is known.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin catalog show"))]
pub(super) struct Show<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    version: u32,
    /// What is known about the release, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "ReleaseRow"))]
    release: Option<ReleaseRow<'a>>,
    /// What is known about the commit of github:dagger/nix, when one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "RevisionRow"))]
    revision: Option<RevisionRow<'a>>,
    /// What is only inferred about the commit, and counts as unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, schemars(with = "InferredRow"))]
    inferred: Option<InferredRow>,
}

/// A release.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Release"))]
struct ReleaseRow<'a> {
    /// The version, without `v`.
    value: String,
    /// Whether anybody knows that there is such a release; some tables cover others, too. Exit code 3
    /// otherwise.
    is_listed: bool,
    /// The commits that package it, the one to write first.
    revisions: Vec<RevisionRow<'a>>,
    /// Commits that most likely package it, and count as unknown.
    inferred: Vec<InferredRow>,
    /// The archives of its CLI, sorted by system.
    archives: Vec<ArchiveRow<'a>>,
    /// The lowest versions that it works with; null when no table covers it.
    minima: Option<MinimaRow>,
    /// The name that all releases share whose engines can use one cache; null when it is unknown.
    cache_epoch: Option<&'static str>,
    /// Why it must not be used; null when nothing is known against it.
    broken: Option<BrokenRow>,
    /// What behaves differently from it on.
    boundaries: Vec<&'static str>,
    /// The channels that never got it although others did.
    missing_from: Vec<&'static str>,
}

/// A commit of github:dagger/nix.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Revision"))]
struct RevisionRow<'a> {
    /// The commit.
    rev: String,
    /// The version that it packages, without `v`; null when it packages none.
    value: Option<String>,
    /// Whether it is the one to write for that version.
    is_preferred: bool,
    /// Hash of its tree, as a lock has it.
    nar_hash: String,
    /// Seconds since 1970, as a lock has it.
    last_modified: u64,
    /// The commit of nixpkgs that its own lock has.
    nixpkgs: String,
    /// The hashes of what it fetches, as far as they are embedded.
    archives: Vec<FetchedRow<'a>>,
    /// Where it was learnt; null when it is embedded in this pin.
    from: Option<&'a str>,
}

/// A commit about which something is only inferred.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Inferred"))]
struct InferredRow {
    /// The commit.
    rev: String,
    /// The version that it most likely packages.
    value: String,
    /// What suggests it.
    why: &'static str,
}

/// What a commit fetches for one system.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Fetched"))]
struct FetchedRow<'a> {
    /// The Nix system.
    system: &'a str,
    /// SHA-256 in hexadecimal.
    sha256: String,
}

/// An archive of a release.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Archive"))]
struct ArchiveRow<'a> {
    #[serde(flatten)]
    fetched: FetchedRow<'a>,
    /// Whether it is the one to write; of several for one system, one may be.
    is_preferred: bool,
    /// Where it was learnt; null when it is embedded in this pin.
    from: Option<&'a str>,
}

/// The lowest versions that a release works with.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Minima"))]
struct MinimaRow {
    /// Lowest engine that its CLI talks to.
    engine: String,
    /// Lowest CLI that its engine serves.
    client: String,
    /// Lowest `engineVersion` of a module that its engine loads; null when it is unknown.
    module: Option<String>,
}

/// Why a release must not be used.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Broken"))]
struct BrokenRow {
    /// Whether only its Nix package is broken.
    is_nix_only: bool,
    /// What is wrong.
    why: &'static str,
}

/// Returns the object.
pub(super) fn row<'a>(known: &'a Known<'_>) -> Show<'a> {
    let mut show = Show { version: super::VERSION, release: None, revision: None, inferred: None };
    match known {
        Known::Release(known) => show.release = Some(release(known)),
        Known::Revision(known) => show.revision = Some(revision(known)),
        Known::Inferred(rev, version, why) => {
            show.inferred = Some(InferredRow { rev: rev.to_string(), value: version.to_string(), why });
        }
    }
    show
}

fn release<'a>(known: &'a KnownRelease<'_>) -> ReleaseRow<'a> {
    let archive = known.archives.iter().map(|known| ArchiveRow {
        fetched: FetchedRow { system: known.system, sha256: known.sha256.print(HashEncoding::Hex) },
        is_preferred: known.is_preferred,
        from: known.from,
    });
    let value = known.version.to_string();
    let inferred = known.inferred.iter().map(|(rev, why)| InferredRow {
        rev: rev.to_string(),
        value: value.clone(),
        why,
    });
    let minima = known.minima.map(|minima| MinimaRow {
        engine: minima.engine.to_string(),
        client: minima.client.to_string(),
        module: minima.module.as_ref().map(ToString::to_string),
    });
    let broken = known.broken.map(|broken| BrokenRow { is_nix_only: broken.is_nix_only, why: broken.why });
    ReleaseRow {
        inferred: inferred.collect(),
        value,
        is_listed: known.is_listed,
        revisions: known.revisions.iter().map(revision).collect(),
        archives: archive.collect(),
        minima,
        cache_epoch: known.epoch,
        broken,
        boundaries: known.boundaries.iter().map(|boundary| boundary.what).collect(),
        missing_from: known.missing_from.clone(),
    }
}

fn revision<'a>(known: &'a KnownRevision<'_>) -> RevisionRow<'a> {
    let fetched = known.archives.iter();
    RevisionRow {
        rev: known.fact.rev.to_string(),
        value: known.fact.version().map(|version| version.to_string()),
        is_preferred: known.is_preferred,
        nar_hash: known.fact.nar_hash.to_string(),
        last_modified: known.fact.last_modified,
        nixpkgs: known.fact.nixpkgs.rev.to_string(),
        archives: fetched
            .map(|(system, hash)| FetchedRow { system, sha256: hash.print(HashEncoding::Hex) })
            .collect(),
        from: known.from,
    }
}
