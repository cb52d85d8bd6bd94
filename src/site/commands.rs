//! Shell in data files: a text, the lines of a list, or commands by name.

use super::scope::Scope;
use super::{Scan, script};
use crate::document::Node;

/// Commands by name inside commands by name are read this deep.
const MAX_NESTING: usize = 4;

/// Adds the sites of the commands that a node holds. Texts of one list run one after the other;
/// what has a name of its own runs by itself, with what is visible in `scope`.
pub(super) fn find(node: &Node<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    nested(node, scope, 0, scan);
}

fn nested(node: &Node<'_>, scope: &Scope, nesting: usize, scan: &mut Scan<'_>) {
    match node.resolve() {
        Node::Scalar(text) => script::find(&text.content, &mut scope.clone(), scan),
        Node::List(lines) => {
            let mut shell = scope.clone();
            for line in lines.items.iter().filter_map(Node::as_scalar) {
                script::find(&line.content, &mut shell, scan);
            }
        }
        Node::Map(map) if nesting < MAX_NESTING => {
            map.entries.iter().for_each(|(_, command)| nested(command, scope, nesting + 1, scan));
        }
        Node::Map(_) | Node::Alias(_) => {}
    }
}
