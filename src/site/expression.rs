//! What a text in version position means: a literal, or an expression that takes it from elsewhere.

use std::ops::Range;

use super::scope::Scope;
use super::{Kind, Scan, Site};
use crate::text::Fragment;

/// How a literal in version position is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Position {
    /// Only a version, or a word like `latest`, may stand here.
    Version,
    /// Any git name or image tag may stand here.
    Tag,
}

/// Adds the site that `range` of the fragment is: a literal, a default inside an expression, or a
/// derived site over the whole expression. Returns the site that was added.
pub fn add<'s>(
    kind: Kind,
    position: Position,
    fragment: &Fragment<'_>,
    range: Range<usize>,
    scope: &Scope,
    scan: &'s mut Scan<'_>,
) -> Option<&'s mut Site> {
    let _ = (kind, position, fragment, range, scope, scan);
    None
}
