//! Addresses of the flake that packages the CLI, `dagger/nix`, in every form that Nix takes, and
//! what their pins state.

use std::ops::Range;

use super::{Companion, Companionship, Kind, Scan, Site, Stated};
use crate::catalog;
use crate::text::Fragment;
use crate::value::{FlakeRef, Rev, Version, VersionParts};

/// An address of `dagger/nix`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The revision, branch or tag that is asked for.
    pub(super) pin: Option<Range<usize>>,
    /// The hash of the tree, if the address has it.
    pub(super) nar_hash: Option<Range<usize>>,
}

/// Prefixes of the address of an archive; the pin follows.
const ARCHIVES: [&str; 3] = [
    "https://github.com/dagger/nix/archive/",
    "https://codeload.github.com/dagger/nix/tar.gz/",
    "https://api.github.com/repos/dagger/nix/tarball/",
];

/// Returns the parts of an address of `dagger/nix`, or `None` when the text is none.
pub(super) fn parse(text: &str) -> Option<Address> {
    if let Some(reference) = FlakeRef::parse(text) {
        let pin = reference.pin.as_ref().map(|(_, range)| range.clone());
        return reference.is_dagger().then(|| Address { pin, nar_hash: query(text, "narHash") });
    }
    let start = if text.starts_with("tarball+") { "tarball+".len() } else { 0 };
    let prefix = ARCHIVES.iter().find(|prefix| starts_with(&text[start..], prefix))?;
    let start = start + prefix.len();
    let end = text[start..].find(['?', '#']).map_or(text.len(), |at| start + at);
    let name = &text[start..end];
    let name = [".tar.gz", ".zip"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    let end = start + name.len();
    let start = ["refs/heads/", "refs/tags/"]
        .iter()
        .find(|prefix| name.starts_with(**prefix))
        .map_or(start, |prefix| start + prefix.len());
    Some(Address { pin: (start < end).then_some(start..end), nar_hash: query(text, "narHash") })
}

/// Adds the site of a text that is an address of `dagger/nix` as a whole: its pin, or all of it when
/// nothing is pinned.
pub(super) fn add<'s>(kind: Kind, text: &Fragment<'_>, scan: &'s mut Scan<'_>) -> Option<&'s mut Site> {
    let address = parse(text.text())?;
    let (range, states) = match address.pin {
        Some(pin) => (pin.clone(), stated(&text.text()[pin])),
        None => (0..text.text().len(), Stated::Missing),
    };
    let hash = address.nar_hash.and_then(|range| text.span(range));
    let site = scan.add_in(kind, text, range, states)?;
    site.companions.extend(hash.map(|span| Companion { span, what: Companionship::LockNarHash }));
    Some(site)
}

/// Returns whether the text is the address of the repository itself, as `fetchGit` takes it.
pub(super) fn is_repository(text: &str) -> bool {
    let text = text.trim_end_matches('/').trim_end_matches(".git");
    ["https://github.com/dagger/nix", "git@github.com:dagger/nix", "ssh://git@github.com/dagger/nix"]
        .iter()
        .any(|known| text.eq_ignore_ascii_case(known))
}

/// Returns what a pin states. There are no tags, so nothing that looks like one can be found.
pub(super) fn stated(pin: &str) -> Stated {
    if let Some(rev) = Rev::parse(pin) {
        let known = catalog::revision(&rev);
        return known.map_or_else(|| Stated::Revision(pin.to_owned()), Stated::of_revision);
    }
    let is_abbreviated = pin.len() >= 7 && pin.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match Version::parts(pin) {
        _ if is_abbreviated => Stated::Revision(pin.to_owned()),
        VersionParts::Full(_) | VersionParts::Partial(_) => {
            Stated::Unresolvable("dagger/nix has no tags: a version is a revision there".to_owned())
        }
        VersionParts::Neither => Stated::Floating(pin.to_owned()),
    }
}

/// Returns where the value of a parameter stands.
pub(super) fn query(text: &str, key: &str) -> Option<Range<usize>> {
    let start = text.find('?')? + 1;
    let end = text[start..].find('#').map_or(text.len(), |at| start + at);
    let mut at = start;
    for pair in text[start..end].split('&') {
        let value = pair.strip_prefix(key).and_then(|rest| rest.strip_prefix('='));
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let from = at + key.len() + 1;
            return Some(from..from + value.len());
        }
        at += pair.len() + 1;
    }
    None
}

fn starts_with(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_is_found_in_every_form() {
        let rev = "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";
        for (text, pin, nar_hash) in [
            ("github:dagger/nix", None, None),
            ("github:dagger/nix/main", Some("main"), None),
            ("github:Dagger/nix?ref=v0.21.6", Some("v0.21.6"), None),
            ("github:dagger/nix?rev=abc&narHash=sha256-a%3D", Some("abc"), Some("sha256-a%3D")),
            ("git+https://github.com/dagger/nix?rev=abc#x", Some("abc"), None),
            ("https://github.com/dagger/nix/archive/abc.tar.gz", Some("abc"), None),
            ("https://github.com/dagger/nix/archive/refs/heads/main.tar.gz", Some("main"), None),
            ("tarball+https://github.com/dagger/nix/archive/main.zip?narHash=x", Some("main"), Some("x")),
            ("https://codeload.github.com/dagger/nix/tar.gz/abc", Some("abc"), None),
        ] {
            let found = parse(text).unwrap();
            assert_eq!(found.pin.map(|range| &text[range]), pin, "{text}");
            assert_eq!(found.nar_hash.map(|range| &text[range]), nar_hash, "{text}");
        }
        for text in ["", "dagger", "github:dagger/dagger/v0.21.6", "github:nixos/nixpkgs", "path:./nix"] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(stated(rev).value().as_deref(), Some("0.21.7"));
        assert!(matches!(stated("v0.21.6"), Stated::Unresolvable(_)));
        assert!(matches!(stated("0.21"), Stated::Unresolvable(_)));
        assert!(matches!(stated("main"), Stated::Floating(_)));
        assert!(matches!(stated("c93d69f6"), Stated::Revision(_)));
        assert!(is_repository("https://github.com/dagger/nix.git"));
        assert!(!is_repository("https://github.com/dagger/nixos"));
    }
}
