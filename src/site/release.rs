//! Addresses that the CLI's releases are downloaded from, in any text.

use std::ops::Range;

use super::expression;
use super::scan::{Companion, Companionship, Follow};
use super::scope::Scope;
use super::{Kind, Scan, Stated};
use crate::catalog::PLATFORMS;
use crate::text::Fragment;

/// What stands before the version in an address.
const PREFIXES: [&str; 2] = ["dl.dagger.io/dagger/releases/", "github.com/dagger/dagger/releases/download/"];

/// A place that decides which release is downloaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Release {
    /// Index of the site in the scan.
    pub site: usize,
    /// The system whose archive it is, when the address says so.
    pub system: Option<&'static str>,
}

/// Adds the site of every release address in a part of the fragment, and returns them. An address
/// that takes its version from a name is no site: the place where that name gets a version is.
pub(super) fn find_in(
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Vec<Release> {
    let text = &fragment.text()[..range.end];
    let mut found = Vec::new();
    for prefix in PREFIXES {
        for at in memchr::memmem::find_iter(&text.as_bytes()[range.start..], prefix) {
            let start = range.start + at + prefix.len();
            found.extend(address(fragment, text, start, scope, scan));
        }
    }
    found
}

fn address(
    fragment: &Fragment<'_>,
    text: &str,
    start: usize,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Option<Release> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    // A shell joins `…/download/"$VERSION"/dagger_"$VERSION"…`.
    let start = start + usize::from(text[start..].starts_with("\"$"));
    let end = expression::end_of(text, start, is_part);
    let version = start..end;
    let file = file_name(text, end + usize::from(text[end..].starts_with("\"/")));
    let system = system_in(&text[file.clone()]);
    let site = match expression::default_of(text, version.clone(), scope, scan.path) {
        Some(literal) => {
            let stated = Stated::of(&text[literal.clone()]);
            scan.add_in(Kind::ReleaseUrl, fragment, literal.clone(), stated)?;
            let site = scan.sites.len() - 1;
            mentions(fragment, &text[literal], file, site, scan);
            site
        }
        None => {
            let follow = expression::follow(text, version, scope, scan.path)?;
            holder(&follow, scan)?
        }
    };
    Some(Release { site, system })
}

/// Returns the system whose archive has that name, or is at that address.
pub(super) fn system_in(archive: &str) -> Option<&'static str> {
    PLATFORMS.iter().find(|(word, _)| archive.contains(word)).map(|(_, system)| *system)
}

/// Returns the last part of the address that follows the version.
fn file_name(text: &str, at: usize) -> Range<usize> {
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    match text.as_bytes().get(at) {
        Some(b'/') => at + 1..expression::end_of(text, at + 1, is_part),
        _ => at..at,
    }
}

/// The archive's name has the version once more: `dagger_v0.21.8_linux_amd64.tar.gz`.
fn mentions(fragment: &Fragment<'_>, version: &str, file: Range<usize>, site: usize, scan: &mut Scan<'_>) {
    let name = &fragment.text()[file.clone()];
    let digits = version.strip_prefix('v').unwrap_or(version);
    let Some(at) = name.find(digits) else { return };
    let start = at - usize::from(name[..at].ends_with('v'));
    let range = file.start + start..file.start + at + digits.len();
    if let (Some(span), Some((site, _))) = (fragment.span(range), scan.sites.get_mut(site)) {
        site.companions.push(Companion { span, what: Companionship::Mention });
    }
}

/// Makes the definition that holds the version a site, and returns the site's index. One that
/// takes it from a module file, or holds a word like `latest`, stays what it is.
fn holder(follow: &Follow, scan: &mut Scan<'_>) -> Option<usize> {
    let mut follow = follow.clone();
    // Definitions follow earlier ones; the bound is for circles.
    for _ in 0..scan.definitions.len() {
        let Follow::Here(index) = follow else { return None };
        let definition = scan.definitions.get(index)?;
        match &definition.follows {
            Some(next) => follow = next.clone(),
            None => {
                let is_version = matches!(definition.stated, Stated::Version(_));
                return if is_version { scan.promote(index) } else { None };
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Expects the site's text, and `companion text` and system.
    fn check(text: &str, expect: &[(&str, &str, &str)]) {
        let fragment = Fragment::verbatim(text, 0);
        let mut scan = Scan::new("a.sh");
        let found = find_in(&fragment, 0..text.len(), &Scope::default(), &mut scan);
        let found: Vec<_> = found
            .iter()
            .map(|release| {
                let site = &scan.sites[release.site].0;
                let mention = site.companions.first().map_or("", |companion| &text[companion.span.range()]);
                (&text[site.span.range()], mention, release.system.unwrap_or_default())
            })
            .collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn an_address_states_its_version_once() {
        check(
            "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz",
            &[("0.21.7", "v0.21.7", "x86_64-linux")],
        );
        check(
            "a https://github.com/dagger/dagger/releases/download/v0.21.7/dagger_v0.21.7_darwin_arm64.tar.gz.",
            &[("v0.21.7", "v0.21.7", "aarch64-darwin")],
        );
        check(
            "https://github.com/dagger/dagger/releases/download/v0.13.3/dagger_v{{ dagger_version }}_linux_amd64.tar.gz",
            &[("v0.13.3", "", "x86_64-linux")],
        );
        check(
            "\"https://github.com/dagger/dagger/releases/download/v1.0.0-beta.1/checksums.txt\"",
            &[("v1.0.0-beta.1", "", "")],
        );
        check("https://dl.dagger.io/dagger/releases/\"${V:-0.21.7}\"/x", &[("0.21.7", "", "")]);
        check("https://dl.dagger.io/dagger/releases/${V:-0.21.7}/x", &[("0.21.7", "", "")]);
    }

    #[test]
    fn others_are_none() {
        for text in [
            "https://dl.dagger.io/dagger/releases/$VERSION/dagger_v${VERSION}_linux_amd64.tar.gz",
            "https://dl.dagger.io/dagger/releases/",
            "https://github.com/dagger/dagger/releases/download/v{{ version }}/x",
            "https://github.com/dagger/dagger/releases/tag/v0.21.7",
            "https://github.com/dagger/dagger/releases/latest/download/x",
            "https://github.com/dagger/container-use/releases/download/v0.4.2/x",
            "https://github.com/dagger/dagger/releases/download/v[0-9.]*/x",
        ] {
            check(text, &[]);
        }
    }
}
