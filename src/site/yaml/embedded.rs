use crate::document::{self, Node, Scalar};
use crate::site::{Scan, transfer};

/// YAML in YAML in YAML is as deep as configuration goes.
const MAX_DEPTH: usize = 2;

/// Adds the sites of a YAML document that stands inside a block scalar (a chart's values in a
/// manifest, a file in a `ConfigMap`); returns whether the scalar holds one.
pub(super) fn find(scalar: &Scalar<'_>, depth: usize, scan: &mut Scan<'_>) -> bool {
    if depth >= MAX_DEPTH {
        return false;
    }
    let Ok(documents) = document::parse_yaml(scalar.text()) else { return false };
    if documents.is_empty() || !documents.iter().all(is_data) {
        return false;
    }
    let mut inner = Scan::new(scan.path);
    super::find_nested(&documents, depth + 1, &mut inner);
    transfer::transfer(&scalar.content, inner, scan);
    true
}

/// Text that happens to parse is one plain scalar, or a list of them.
fn is_data(document: &Node<'_>) -> bool {
    match document {
        Node::Map(map) => !map.entries.is_empty(),
        Node::List(list) => list.items.iter().any(|item| item.as_map().is_some()),
        _ => false,
    }
}
