//! Checksums beside versions: of another release, or different for one image tag.

use super::Bench;
use crate::catalog;
use crate::finding::{Code, Finding, Location, Related};
use crate::site::{Companionship, Site};
use crate::text::Span;
use crate::value::{Sha256, Version};

/// Returns archive hashes that the version's release never had, and tags with several digests.
pub(super) fn find(bench: &Bench<'_>) -> Vec<Finding> {
    let sites: Vec<&Site> = bench.judged().map(|(site, _)| site).collect();
    let mut findings: Vec<Finding> = sites.iter().flat_map(|site| of_archives(bench, site)).collect();
    findings.extend(tags(bench, &sites));
    findings
}

fn of_archives(bench: &Bench<'_>, site: &Site) -> Vec<Finding> {
    let Some(version) = site.stated.version() else { return Vec::new() };
    let mut findings = Vec::new();
    for companion in &site.companions {
        let Companionship::Archive(Some(system)) = &companion.what else { continue };
        let Some((hash, _)) = Sha256::parse(text(bench, site, companion.span)) else { continue };
        let mut known = catalog::archives(version).filter(|(own, _)| own == system).peekable();
        if known.peek().is_none() || known.any(|(_, own)| own == hash) {
            continue;
        }
        let message = format!("the checksum for {system} is not that of release {version}");
        let mut finding = bench.finding(Code::ChecksumMismatch, site, bench.wanted(site), message);
        finding.primary.span = companion.span;
        finding.related = vec![Related {
            location: Location { path: site.path.clone(), span: site.span },
            message: format!("{version} here"),
        }];
        findings.push(finding);
    }
    findings
}

/// One image tag that is pinned to a digest.
struct Pinned<'a> {
    site: &'a Site,
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
        (one.site.kind.class(), one.version, one.variant)
            == (other.site.kind.class(), other.version, other.variant)
            && one.digest != other.digest
    };
    let first = pinned.iter().find(|one| pinned.iter().any(|other| contradicts(one, other)))?;
    let message = format!("tag v{} is pinned to different digests", first.version);
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
    Some(Pinned { site, version, variant, digest: text(bench, site, digest.span), span: digest.span })
}

fn text<'a>(bench: &Bench<'a>, site: &Site, span: Span) -> &'a str {
    bench.repository.sources.get(&site.path).map_or("", |source| source.slice(span))
}
