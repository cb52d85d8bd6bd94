//! `flake.lock`.

use super::Scan;
use crate::document::Node;

/// Adds the lock nodes of `github:dagger/nix` that are reachable from the root.
pub fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    let _ = (root, scan);
}
