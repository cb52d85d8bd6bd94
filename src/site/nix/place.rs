//! Sites by place: one literal is one site, however many expressions lead to it.

use std::ops::Range;

use super::tree;
use super::value::UNKNOWN;
use crate::site::{Companion, Companionship, Kind, Scan, Site, Stated};
use crate::text::{Fragment, Span};
use crate::value::Sha256;
use rnix::ast;

/// A text where it stands.
pub(super) struct Place<'f> {
    pub(super) at: Span,
    pub(super) text: &'f str,
}

/// Returns the index of the site at the place, after adding it if there is none.
pub(super) fn add(scan: &mut Scan<'_>, kind: Kind, place: &Place<'_>, stated: Stated) -> Option<usize> {
    if let Some(index) = scan.sites.iter().position(|(site, _)| site.span == place.at) {
        return Some(index);
    }
    scan.add(kind, place.at, place.text, stated)?;
    Some(scan.sites.len() - 1)
}

/// Returns where a part of a put-together text stands, and as what; a `v` that stands apart from
/// its version (`"v${version}"`) is left out.
pub(super) fn locate<'f>(fragment: &'f Fragment<'_>, range: Range<usize>) -> Option<Place<'f>> {
    let text = &fragment.text()[range.clone()];
    if text.is_empty() || text.contains(UNKNOWN) {
        return None;
    }
    let whole = fragment.span(range.clone()).map(|at| Place { at, text });
    whole.or_else(|| {
        let text = text.strip_prefix('v')?;
        fragment.span(range.start + 1..range.end).map(|at| Place { at, text })
    })
}

/// Returns where the whole text stands.
pub(super) fn whole<'f>(fragment: &'f Fragment<'_>) -> Option<Place<'f>> {
    locate(fragment, 0..fragment.text().len())
}

/// Adds companions that the site does not have yet, and that are no site themselves.
pub(super) fn join(scan: &mut Scan<'_>, site: usize, companions: &[Companion]) {
    for companion in companions {
        if scan.covers(companion.span) {
            continue;
        }
        let Some((site, _)) = scan.sites.get_mut(site) else { return };
        join_to(site, companion);
    }
}

fn join_to(site: &mut Site, companion: &Companion) {
    let same = site.companions.iter_mut().find(|known| known.span == companion.span);
    match same {
        // What knows its system knows more.
        Some(known) if known.what == Companionship::Archive(None) => known.what = companion.what.clone(),
        Some(_) => {}
        None => site.companions.push(companion.clone()),
    }
}

/// Returns the hash that the expression spells, as a companion.
pub(super) fn hash(expr: &ast::Expr, what: Companionship) -> Option<Companion> {
    let fragment = tree::literal(expr)?;
    let text = fragment.text();
    let is_other = ["sha512-", "sha1-", "sha384-", "md5-", "sha512:", "sha1:"]
        .iter()
        .any(|prefix| text.starts_with(prefix) && !text.contains(char::is_whitespace));
    let is_hash = Sha256::parse(text).is_some() || is_other || (text.len() == 128 && is_hex(text));
    let span = fragment.span(0..text.len()).filter(|_| is_hash)?;
    Some(Companion { span, what: if is_other { Companionship::OpaqueHash } else { what } })
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
