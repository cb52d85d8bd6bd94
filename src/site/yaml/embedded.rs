use super::dialect::Dialect;
use crate::document::{self, Node, Scalar};
use crate::site::Scan;
use crate::site::scan::Follow;
use crate::text::{Fragment, Span};

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
    super::find_nested(&documents, &Dialect::ANY, depth + 1, &mut inner);
    transfer(&scalar.content, inner, scan);
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

/// Moves what was found in the decoded text of `fragment` to where it stands in the file; what has
/// no single place there is dropped.
fn transfer(fragment: &Fragment<'_>, inner: Scan<'_>, scan: &mut Scan<'_>) {
    let place = |span: Span| fragment.span(span.range());
    let mut indices = Vec::with_capacity(inner.definitions.len());
    for mut definition in inner.definitions {
        // A definition follows only earlier ones.
        definition.follows = definition.follows.map(|follow| renumber(follow, &indices));
        indices.push(place(definition.span).map(|span| {
            definition.span = span;
            scan.define(definition)
        }));
    }
    for (mut site, follow) in inner.sites {
        let Some(own) = place(site.span) else { continue };
        site.span = own;
        site.companions.retain_mut(|companion| {
            let moved = place(companion.span);
            companion.span = moved.unwrap_or(companion.span);
            moved.is_some()
        });
        scan.adopt(site, follow.map(|follow| renumber(follow, &indices)));
    }
    for (span, follow) in inner.deciders {
        scan.deciders.extend(place(span).map(|span| (span, renumber(follow, &indices))));
    }
}

fn renumber(follow: Follow, indices: &[Option<usize>]) -> Follow {
    match follow {
        Follow::Here(index) => match indices.get(index).copied().flatten() {
            Some(index) => Follow::Here(index),
            None => Follow::Outside("its value has no single place in the file".to_owned()),
        },
        follow => follow,
    }
}
