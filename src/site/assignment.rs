//! Values that names are given in data files: which of them may be a version, and what they follow.

use super::expression;
use super::scan::{Follow, Name};
use super::scope::Scope;
use super::{Scan, Stated};
use crate::document::Scalar;
use crate::value::Rev;

/// Longer values are text, not versions.
const MAX_LEN: usize = 500;

/// Returns whether `text` could stand for a version: one that the engine can have, a moving name,
/// a revision, or an expression that takes it from elsewhere.
pub(super) fn could_be_version(text: &str) -> bool {
    text.len() <= MAX_LEN
        && (expression::states_version(text)
            || matches!(Stated::of(text), Stated::Floating(_))
            || Rev::parse(text).is_some()
            || is_expression(text))
}

/// Returns whether the whole of `text` is one expression, with or without a `v` before it.
pub(super) fn is_expression(text: &str) -> bool {
    let start = usize::from(text.starts_with('v'));
    expression::find_at(text, start).is_some_and(|found| found.end == text.len())
}

/// Records that `name` is given the scalar's value, and returns what a mention of the name
/// follows; `None` when the value can be no version.
pub(super) fn define(name: &Name, value: &Scalar<'_>, scope: &Scope, scan: &mut Scan<'_>) -> Option<Follow> {
    let len = value.text().len();
    if len > MAX_LEN {
        return None;
    }
    expression::define(name, &value.content, 0..len, scope, scan)
}

/// Returns what the scalar follows, when it is an expression; nothing is recorded.
pub(super) fn follow(value: &Scalar<'_>, scope: &Scope, scan: &Scan<'_>) -> Option<Follow> {
    expression::follow(value.text(), 0..value.text().len(), scope, scan.path)
}
