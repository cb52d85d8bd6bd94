//! Shell: assignments, installer lines, release addresses and image references.

use super::Scan;
use super::scope::Scope;
use crate::text::Fragment;

/// Adds the sites of a whole script file, when its first line or name says it is one.
pub fn find_file(fragment: &Fragment<'_>, scan: &mut Scan<'_>) {
    find(fragment, &mut Scope::default(), scan);
}

/// Adds the sites of shell text; assignments become visible in `scope`.
pub fn find(fragment: &Fragment<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    let _ = (fragment, scope, scan);
}

/// Returns what a script puts out for other steps: `echo "name=value" >> "$GITHUB_OUTPUT"`.
pub fn outputs(fragment: &Fragment<'_>, scope: &Scope, scan: &Scan<'_>) -> Vec<(String, super::Follow)> {
    let _ = (fragment, scope, scan);
    Vec::new()
}
