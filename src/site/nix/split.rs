//! References that Nix sets keep in parts: an image's repository and tag, a chart's name and version.

use super::attribute::{Attribute, attributes};
use super::file::File;
use super::place;
use super::value::Reader;
use crate::site::{Companion, Companionship, Kind, Scan, Stated};
use crate::text::Fragment;

/// Keys of an image's repository: `dockerTools.pullImage`, and values of charts.
const REPOSITORIES: [&str; 3] = ["imageName", "repository", "image"];

/// Keys of an image's tag.
const TAGS: [&str; 3] = ["finalImageTag", "imageTag", "tag"];

/// Adds image tags and chart versions that stand beside what they are of.
pub(super) fn find(file: &File, scan: &mut Scan<'_>) {
    for set in file.sets() {
        let attributes = attributes(&set);
        let text = |keys: &[&str]| {
            keys.iter().find_map(|key| {
                let Attribute::Value(value) = attributes.get(*key)? else { return None };
                Reader::new(file).text(value)
            })
        };
        let repository = text(&REPOSITORIES);
        let kind = repository.as_ref().and_then(|repository| image_kind(repository.text()));
        let (kind, version, hashes) = if let Some(kind) = kind {
            (kind, text(&TAGS), ["imageDigest", "hash", "sha256"])
        } else if text(&["chart", "name", "chartName"])
            .is_some_and(|name| name.text().ends_with("dagger-helm"))
        {
            (Kind::ChartVersion, text(&["version", "targetRevision"]), ["chartHash", "hash", "sha256"])
        } else {
            continue;
        };
        let Some(version) = version else { continue };
        let Some(site) = add(&version, kind, scan) else { continue };
        for key in hashes {
            let what =
                if key == "imageDigest" { Companionship::ImageDigest } else { Companionship::OpaqueHash };
            if let Some(companion) = text(&[key]).and_then(|hash| hash_of(&hash, what)) {
                place::join(scan, site, &[companion]);
            }
        }
    }
}

fn add(version: &Fragment<'_>, kind: Kind, scan: &mut Scan<'_>) -> Option<usize> {
    // A variant of the image is written behind the version: `v0.21.4-gpu`.
    let text = version.text();
    let end = text.strip_suffix("-gpu").map_or(text.len(), str::len);
    let place = place::locate(version, 0..end)?;
    let stated = if kind == Kind::ChartVersion { Stated::of(place.text) } else { Stated::of_tag(place.text) };
    place::add(scan, kind, &place, stated)
}

fn hash_of(hash: &Fragment<'_>, what: Companionship) -> Option<Companion> {
    let span = hash.span(0..hash.text().len()).filter(|span| !span.is_empty())?;
    Some(Companion { span, what })
}

fn image_kind(repository: &str) -> Option<Kind> {
    let is = |part: &str| {
        repository.ends_with(&format!("dagger/{part}"))
            || repository.ends_with(&format!("registry.dagger.io/{part}"))
    };
    if is("engine") {
        Some(Kind::ImageEngineTag)
    } else if is("cli") {
        Some(Kind::ImageCli)
    } else {
        None
    }
}
