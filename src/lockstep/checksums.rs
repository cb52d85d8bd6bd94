//! Checksums beside versions: of another release, or different for one image tag.

use super::Bench;
use crate::finding::{Code, Finding, Location, Related};
use crate::site::{self, Companionship, Kind, Site};
use crate::text::Span;
use crate::value::Version;

/// Returns archive hashes that the version's release never had, and tags with several digests.
pub(super) fn find(bench: &Bench<'_>) -> Vec<Finding> {
    let sites: Vec<&Site> = bench.judged().map(|(site, _)| site).collect();
    let mut findings: Vec<Finding> = sites.iter().flat_map(|site| of_release(bench, site)).collect();
    findings.extend(tags(bench, &sites));
    findings
}

fn of_release(bench: &Bench<'_>, site: &Site) -> Vec<Finding> {
    let Some(source) = bench.repository.sources.get(&site.path) else { return Vec::new() };
    let mismatches = site::mismatches(site, source.text(), &bench.repository.catalog);
    let version = site.stated.value().unwrap_or_else(|| site.text.clone());
    let found = mismatches.into_iter().map(|mismatch| {
        let message = format!("the checksum is not that of {version}");
        let mut finding = bench.finding(Code::ChecksumMismatch, site, None, message);
        finding.primary.span = mismatch.span;
        finding.related = vec![Related { location: Location::of(site), message: format!("{version} here") }];
        finding.hint = format!("{version} has {}", mismatch.wanted);
        (finding.found, finding.wanted) = (Some(mismatch.found), Some(mismatch.wanted));
        finding
    });
    found.collect()
}

/// One image tag that is pinned to a digest.
struct Pinned<'a> {
    site: &'a Site,
    /// The image's name, where a toolchain may have several.
    image: String,
    version: &'a Version,
    /// What stands between version and digest: `-gpu@` is another image than `@`.
    variant: &'a str,
    digest: &'a str,
    span: Span,
}

/// One tag is one image: whoever pins it to a digest must pin it to the same one.
fn tags<'a>(bench: &Bench<'a>, sites: &[&'a Site]) -> Option<Finding> {
    let pinned: Vec<Pinned<'_>> = sites.iter().filter_map(|site| pinned(bench, site)).collect();
    let contradicts = |one: &Pinned<'_>, other: &Pinned<'_>| {
        let is_chart = |pinned: &Pinned<'_>| pinned.site.kind == Kind::ChartVersion;
        (one.site.kind.class(), is_chart(one), &one.image, one.version, one.variant)
            == (other.site.kind.class(), is_chart(other), &other.image, other.version, other.variant)
            && one.digest != other.digest
    };
    let first = pinned.iter().find(|one| pinned.iter().any(|other| contradicts(one, other)))?;
    let message = format!("tag {} is pinned to different digests", first.site.text);
    let mut finding = bench.finding(Code::TagDigestConflict, first.site, None, message);
    finding.primary.span = first.span;
    finding.related = pinned
        .iter()
        .filter(|other| contradicts(first, other))
        .map(|other| Related {
            location: Location { path: other.site.path.clone(), span: other.span },
            message: "another digest here".to_owned(),
        })
        .collect();
    "write the same digest everywhere; the registry tells which one the tag has"
        .clone_into(&mut finding.hint);
    Some(finding)
}

fn pinned<'a>(bench: &Bench<'a>, site: &'a Site) -> Option<Pinned<'a>> {
    let version = site.stated.version()?;
    let digest = site.companions.iter().find(|companion| companion.what == Companionship::ImageDigest)?;
    let between = Span::new(site.span.end, digest.span.start.max(site.span.end));
    // Where tag and digest stand on lines of their own, nothing stands between them.
    let variant = Some(text(bench, site, between)).filter(|between| !between.contains('\n')).unwrap_or("@");
    let source = bench.repository.sources.get(&site.path).filter(|_| site.kind == Kind::Custom);
    let image = source.map_or_else(String::new, |source| site::image_name(source.text(), site.span));
    Some(Pinned { site, image, version, variant, digest: text(bench, site, digest.span), span: digest.span })
}

fn text<'a>(bench: &Bench<'a>, site: &Site, span: Span) -> &'a str {
    bench.repository.sources.get(&site.path).map_or("", |source| source.slice(span))
}
