//! The audit log as an object, and whether it is what was written.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

use crate::audit::{Broken, Entry, Verified};
use crate::value::date;

/// Output of `pin audit --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin audit"))]
pub(super) struct Audit<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    version: u32,
    /// What was done, oldest first.
    entries: Vec<EntryRow<'a>>,
}

/// Something that was done.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Entry"))]
struct EntryRow<'a> {
    /// Its number, from 1 on.
    seq: u64,
    /// When, in UTC as RFC 3339 has it.
    time: String,
    /// What was done; a later pin may know other words than `create`, `start`, `stop`, `remove`, `purge`, `prune` and
    /// `download`.
    action: &'a str,
    /// Where the engine runs; null when that does not matter.
    mode: Option<&'a str>,
    /// The toolchain that it was done for.
    toolchain: &'a str,
    /// Its version, without `v`.
    value: &'a str,
    /// The project that it was done for.
    project: Option<&'a str>,
    /// The container that it was done to.
    container: Option<&'a str>,
    /// The image of it.
    image: Option<&'a str>,
    /// Whether the container may do everything that its host may.
    is_privileged: bool,
    /// Why.
    reason: Option<&'a str>,
}

/// Output of `pin audit verify --format json`. Exit code 1 when something is broken.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin audit verify"))]
pub(super) struct AuditVerify<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    version: u32,
    /// How much is what was written; null when something is not.
    #[cfg_attr(test, schemars(with = "Option<VerifiedRow>"))]
    verified: Option<VerifiedRow<'a>>,
    /// The first place that is not what was written; null when everything is.
    #[cfg_attr(test, schemars(with = "Option<BrokenRow>"))]
    broken: Option<BrokenRow<'a>>,
}

/// How much is what was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Verified"))]
struct VerifiedRow<'a> {
    /// Entries.
    entries: u64,
    /// Files.
    files: usize,
    /// Lines whose writer was killed, or had no space left; the entry behind each says so.
    unfinished: Vec<PlaceRow<'a>>,
}

/// A line of the log.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Place"))]
struct PlaceRow<'a> {
    /// The file, in the directory for state.
    file: &'a str,
    /// The line, from 1 on.
    line: usize,
}

/// What is not what was written.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Broken"))]
struct BrokenRow<'a> {
    /// The first sequence number that is not to be trusted.
    seq: u64,
    #[serde(flatten)]
    place: PlaceRow<'a>,
    /// What is wrong with it.
    why: &'a str,
}

/// Returns the object of the entries.
pub(super) fn entries(entries: &[Entry]) -> Audit<'_> {
    Audit { version: super::VERSION, entries: entries.iter().map(row).collect() }
}

fn row(entry: &Entry) -> EntryRow<'_> {
    let Entry { seq, time, action, mode, toolchain, version, project, container, image, .. } = entry;
    EntryRow {
        seq: *seq,
        time: date(*time),
        action,
        mode: mode.as_deref(),
        toolchain,
        value: version,
        project: project.as_deref(),
        container: container.as_deref(),
        image: image.as_deref(),
        is_privileged: entry.privileged,
        reason: entry.reason.as_deref(),
    }
}

/// Returns the object of what was verified.
pub(super) fn verify<'a>(verified: Result<&'a Verified, &'a Broken>) -> AuditVerify<'a> {
    AuditVerify {
        version: super::VERSION,
        verified: verified.ok().map(|verified| VerifiedRow {
            entries: verified.entries,
            files: verified.files,
            unfinished: verified.unfinished.iter().map(|line| place(&line.file, line.line)).collect(),
        }),
        broken: verified.err().map(|broken| BrokenRow {
            seq: broken.seq,
            place: place(&broken.file, broken.line),
            why: broken.why,
        }),
    }
}

fn place(file: &str, line: usize) -> PlaceRow<'_> {
    PlaceRow { file, line }
}
