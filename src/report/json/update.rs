//! What `catalog update` has learnt as an object.

#[cfg(test)]
use schemars::JsonSchema;
use serde::Serialize;

#[cfg(test)]
use crate::report::update::Fate;
use crate::report::update::Update;
use crate::value::HashEncoding;

/// Output of `pin catalog update --format json`.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(title = "pin catalog update"))]
pub(super) struct UpdateRow<'a> {
    /// Version of this output.
    #[cfg_attr(test, schemars(extend("const" = super::VERSION)))]
    version: u32,
    /// What was learnt, sorted by commit.
    learnt: Vec<LessonRow<'a>>,
    /// Where hashes of the pinned version's archives were learnt, if none was known; else null.
    archives: Option<ArchivesRow<'a>>,
    /// What the tag of the engine's image is, if nobody had said it yet; else null.
    image: Option<ImageRow<'a>>,
    /// What stays unknown; exit code 3 then.
    unknown: Vec<IgnoranceRow<'a>>,
    /// Archives that the flake fetches with another hash than the published one, which is kept.
    differences: Vec<DifferenceRow<'a>>,
    /// Releases whose archives could not be compared with what was published.
    uncompared: Vec<UncomparedRow<'a>>,
    /// Whether a merge had left both sides in `pin.lock`.
    is_resolved: bool,
    /// What has become of `pin.lock`.
    #[cfg_attr(test, schemars(extend("enum" = Fate::ALL.map(Fate::as_str))))]
    lock: &'static str,
}

/// What a commit of github:dagger/nix turned out to be.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Lesson"))]
struct LessonRow<'a> {
    /// The commit.
    rev: String,
    /// The version that it packages, without `v`; null when it packages none.
    value: Option<String>,
    /// Where it was learnt.
    from: &'a str,
    /// The places that name it, as `FILE:LINE`.
    places: &'a [String],
}

/// A release whose archives have hashes now.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Archives"))]
struct ArchivesRow<'a> {
    /// The release, without `v`.
    value: String,
    /// Where that was learnt.
    from: &'a str,
}

/// An image whose digest is known now.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Image"))]
struct ImageRow<'a> {
    /// The reference, by tag.
    reference: &'a str,
    /// The digest: of an index, or of the only manifest.
    digest: String,
    /// Where that was learnt.
    from: &'a str,
}

/// A commit or a tree's hash that nothing was learnt about.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Ignorance"))]
struct IgnoranceRow<'a> {
    /// What stands there.
    pin: &'a str,
    /// Why nothing was learnt.
    why: &'a str,
    /// What to run.
    hint: &'a str,
    /// The places that name it, as `FILE:LINE`.
    places: &'a [String],
}

/// An archive with two hashes.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Difference"))]
struct DifferenceRow<'a> {
    /// The release, without `v`.
    value: String,
    /// The Nix system.
    system: &'a str,
    /// SHA-256 in hexadecimal of what the flake fetches.
    packaged: String,
    /// SHA-256 in hexadecimal of what was published.
    published: String,
}

/// A release whose archives were not compared.
#[derive(Serialize)]
#[cfg_attr(test, derive(JsonSchema), schemars(rename = "Uncompared"))]
struct UncomparedRow<'a> {
    /// The release, without `v`.
    value: String,
    /// Why.
    why: &'a str,
}

/// Returns the object.
pub(super) fn row(update: &Update) -> UpdateRow<'_> {
    let learnt = update.learnt.iter().map(|lesson| LessonRow {
        rev: lesson.rev.to_string(),
        value: lesson.version.as_ref().map(ToString::to_string),
        from: &lesson.from,
        places: &lesson.places,
    });
    let unknown = update.unknown.iter().map(|ignorance| IgnoranceRow {
        pin: &ignorance.pin,
        why: &ignorance.why,
        hint: &ignorance.hint,
        places: &ignorance.places,
    });
    let differences = update.differences.iter().map(|difference| DifferenceRow {
        value: difference.version.to_string(),
        system: &difference.system,
        packaged: difference.packaged.0.print(HashEncoding::Hex),
        published: difference.published.0.print(HashEncoding::Hex),
    });
    let uncompared =
        update.uncompared.iter().map(|(version, why)| UncomparedRow { value: version.to_string(), why });
    let archives = update.archives.as_ref().and_then(|(version, said)| {
        Some(ArchivesRow { value: version.to_string(), from: said.as_ref().ok()? })
    });
    let image = update.image.as_ref().and_then(|(reference, said)| {
        let (digest, from) = said.as_ref().ok()?;
        Some(ImageRow { reference, digest: digest.to_string(), from })
    });
    UpdateRow {
        version: super::VERSION,
        learnt: learnt.collect(),
        archives,
        image,
        unknown: unknown.collect(),
        differences: differences.collect(),
        uncompared: uncompared.collect(),
        is_resolved: update.is_resolved,
        lock: update.lock.as_str(),
    }
}
