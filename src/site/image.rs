//! References to engine and CLI images, in any text.

use super::Scan;
use super::scope::Scope;
use crate::text::Fragment;

/// Adds every engine and CLI image reference in the fragment.
pub fn find(fragment: &Fragment<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let _ = (fragment, scope, scan);
}
