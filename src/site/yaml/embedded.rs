use super::dialect::Dialect;
use crate::document::{self, Node};
use crate::site::{Scan, transfer};
use crate::text::Fragment;

/// YAML in YAML in YAML is as deep as configuration goes.
const MAX_DEPTH: usize = 2;

/// Adds the sites of a YAML document that stands inside a text (a chart's values in a
/// manifest, a file in a `ConfigMap`); returns whether the text holds one.
pub(super) fn find(fragment: &Fragment<'_>, depth: usize, scan: &mut Scan<'_>) -> bool {
    if depth >= MAX_DEPTH {
        return false;
    }
    let Ok(documents) = document::parse_yaml(fragment.text()) else { return false };
    if documents.is_empty() || !documents.iter().all(is_data) {
        return false;
    }
    let mut inner = Scan::new(scan.path);
    super::find_nested(&documents, &Dialect::ANY, depth + 1, &mut inner);
    transfer::transfer(fragment, inner, scan);
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
