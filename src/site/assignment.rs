//! Values that names are given in data files: which of them may be a version, and what they follow.

use std::ops::Range;

use super::expression::{self, Position};
use super::scan::{Definition, Follow, Name};
use super::scope::Scope;
use super::{Kind, Scan, Site, Stated};
use crate::document::Scalar;
use crate::text::Fragment;
use crate::value::{Rev, Version, VersionParts};

/// Longer values are text, not versions.
const MAX_LEN: usize = 200;

/// Returns whether `text` states a version the engine can have: its major number is 0 or 1. What
/// states 2 or more under the name of Dagger is the Java library.
pub(super) fn is_plausible(text: &str) -> bool {
    match Version::parts(text) {
        VersionParts::Full(version) => version.major() < 2,
        VersionParts::Partial(partial) => {
            partial.contains('.') && partial.split('.').next().is_some_and(|major| matches!(major, "0" | "1"))
        }
        VersionParts::Neither => false,
    }
}

/// Returns whether `text` could stand for a version: a plausible one, a moving name, a revision, or
/// an expression that takes it from elsewhere.
pub(super) fn could_be_version(text: &str) -> bool {
    text.len() <= MAX_LEN
        && (is_plausible(text)
            || matches!(Stated::of(text), Stated::Floating(_))
            || Rev::parse(text).is_some()
            || is_expression(text))
}

/// Returns whether the whole of `text` is an expression of one of the languages that are written
/// inside YAML, with or without a `v` before it.
pub(super) fn is_expression(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    let is_name = |name: &str| {
        name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    let bracketed = [("${", "}"), ("{{", "}}"), ("$(", ")"), ("$[[", "]]"), ("<<", ">>")];
    bracketed.iter().any(|(open, close)| text.starts_with(open) && text.ends_with(close))
        || text.strip_prefix('$').is_some_and(is_name)
}

/// Records that `name` is given the value in `range` of the fragment, and returns the definition's
/// index; `None` when the value cannot be a version or has no single place.
pub(super) fn define(
    name: Name,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Option<usize> {
    let value = read(fragment, range, scope, scan)?;
    let existing = scan.definitions.iter().position(|known| known.span == value.span && known.name == name);
    Some(existing.unwrap_or_else(|| scan.define(Definition { name, ..value })))
}

/// Does what [`define`] does with the whole of a scalar.
pub(super) fn define_scalar(
    name: Name,
    scalar: &Scalar<'_>,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Option<usize> {
    define(name, &scalar.content, 0..scalar.text().len(), scope, scan)
}

/// Returns what the text follows, when it is an expression; nothing is recorded.
pub(super) fn follow(scalar: &Scalar<'_>, scope: &Scope, scan: &Scan<'_>) -> Option<Follow> {
    read(&scalar.content, 0..scalar.text().len(), scope, scan)?.follows
}

/// An expression is read by adding it to an empty scan: it then says what a site there would.
fn read(fragment: &Fragment<'_>, range: Range<usize>, scope: &Scope, scan: &Scan<'_>) -> Option<Definition> {
    let text = &fragment.text()[range.clone()];
    if !could_be_version(text) {
        return None;
    }
    // A variable may hold the revision that an action is told to build.
    let position = if Rev::parse(text).is_some() { Position::Tag } else { Position::Version };
    let mut probe = Scan::new(scan.path);
    expression::add(Kind::Variable, position, fragment, range, scope, &mut probe)?;
    let (site, follows) = probe.sites.pop()?;
    let name = Name::Variable(String::new());
    let Site { span, text, stated, .. } = site;
    Some(Definition { name, span, text, stated, follows, is_intended: false })
}
