//! Checksums of the CLI's release archives that stand beside its version.

use std::ops::Range;

use super::name;
use super::release::Release;
use super::scan::{Companion, Companionship};
use super::{DAGGER, Scan};
use crate::text::Fragment;

/// Length of a SHA-256 in hexadecimal.
pub(super) const LEN: usize = 64;

/// Words further away from a hash do not speak of it.
const MAX_DISTANCE: usize = 400;

/// No script has more archives.
const MAX_HASHES: usize = 64;

/// What a script says about releases and checksums.
#[derive(Debug, Clone, Default)]
pub(super) struct Checksums {
    /// Releases that it downloads.
    pub releases: Vec<Release>,
    /// Hashes that are given a name.
    named: Vec<(String, Range<usize>)>,
}

impl Checksums {
    /// Takes note of a value that is given a name, when it is a hash.
    pub(super) fn note(&mut self, text: &str, variable: &str, value: Range<usize>) {
        if let [hash] = hashes(text, value).as_slice() {
            self.named.push((variable.to_owned(), hash.clone()));
        }
    }

    /// Makes the hashes of the fragment companions of the one version that is downloaded there. A
    /// hash is taken for the archive's when its name says so, when the last address before it is
    /// the archive's, or when nothing else is downloaded.
    pub(super) fn attach(&self, fragment: &Fragment<'_>, scan: &mut Scan<'_>) {
        let text = fragment.text();
        let Some(first) = self.releases.first() else { return };
        let is_one = self.releases.iter().all(|release| release.site == first.site);
        let addresses: Vec<(usize, bool)> = memchr::memmem::find_iter(text.as_bytes(), "://")
            .map(|at| (at, is_ours(&text[at + 3..])))
            .collect();
        let is_alone = addresses.iter().all(|(_, is_ours)| *is_ours);
        for hash in hashes(text, 0..text.len()).into_iter().take(MAX_HASHES) {
            let variable = self.named.iter().find(|(_, named)| *named == hash).map(|(variable, _)| variable);
            let is_said =
                variable.is_some_and(|variable| name::words(variable).iter().any(|word| word == DAGGER));
            let before = addresses.iter().rev().find(|(at, _)| *at < hash.start);
            let follows = variable.is_none() && before.is_some_and(|(_, is_ours)| *is_ours);
            if !(is_said || follows || is_alone) {
                continue;
            }
            // Of several archives, the last that was named before the hash.
            let is_before = |release: &&Release| {
                let place = fragment.span(hash.clone()).map(|span| span.start);
                scan.sites.get(release.site).is_some_and(|(site, _)| Some(site.span.start) < place)
            };
            let release = if is_one { Some(first) } else { self.releases.iter().rev().find(is_before) };
            let Some(release) = release else { continue };
            let system = system(text, &hash).or(release.system);
            let (Some(span), Some((site, _))) = (fragment.span(hash), scan.sites.get_mut(release.site))
            else {
                continue;
            };
            let companion = Companion { span, what: Companionship::Archive(system.map(str::to_owned)) };
            if !site.companions.contains(&companion) {
                site.companions.push(companion);
            }
        }
    }
}

fn is_ours(address: &str) -> bool {
    ["dl.dagger.io/", "github.com/dagger/dagger/releases/"].iter().any(|place| address.starts_with(place))
}

/// Returns where SHA-256 values in hexadecimal stand; an image's digest is none.
pub(super) fn hashes(text: &str, range: Range<usize>) -> Vec<Range<usize>> {
    let bytes = &text.as_bytes()[..range.end];
    let is_hex = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let mut found = Vec::new();
    let mut at = range.start;
    while at < range.end {
        let len = bytes[at..].iter().take_while(|byte| is_hex(byte)).count();
        let is_word = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        let goes_on = is_word(bytes.get(at + len)) || is_word(bytes[range.start..at].last());
        if len == LEN && !goes_on && !text[range.start..at].ends_with("@sha256:") {
            found.push(at..at + LEN);
        }
        at += len.max(1);
        while at < range.end && !text.is_char_boundary(at) {
            at += 1;
        }
    }
    found
}

/// Returns the system that the words before the hash speak of, else those after it; other hashes
/// and lines are not looked beyond.
pub(super) fn system(text: &str, hash: &Range<usize>) -> Option<&'static str> {
    let near = text.floor_char_boundary(hash.start.saturating_sub(MAX_DISTANCE))
        ..text.ceil_char_boundary((hash.end + MAX_DISTANCE).min(text.len()));
    let start =
        text[near.start..hash.start].rfind('\n').map_or(near.start, |newline| near.start + newline + 1);
    let end = text[hash.end..near.end].find('\n').map_or(near.end, |newline| hash.end + newline);
    let before = hashes(text, start..hash.start).last().map_or(start, |other| other.end);
    let after = hashes(text, hash.end..end).first().map_or(end, |other| other.start);
    system_in(&text[before..hash.start]).or_else(|| system_in(&text[hash.end..after]))
}

fn system_in(words: &str) -> Option<&'static str> {
    let words = words.to_ascii_lowercase();
    let has = |names: &[&str]| names.iter().any(|name| words.contains(name));
    let is_apple = has(&["darwin", "macos"]);
    match (has(&["amd64", "x86_64"]), has(&["arm64", "aarch64"])) {
        (true, false) => Some(if is_apple { "x86_64-darwin" } else { "x86_64-linux" }),
        (false, true) => Some(if is_apple { "aarch64-darwin" } else { "aarch64-linux" }),
        _ => None,
    }
}
