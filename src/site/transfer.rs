//! Files inside strings of other files: what is found in them stands in the outer one.

use super::Scan;
use super::scan::Follow;
use crate::text::{Fragment, Span};

/// Moves what was found in the decoded text of `fragment` to where it stands in the file; what has
/// no single place there is dropped.
pub(super) fn transfer(fragment: &Fragment<'_>, inner: Scan<'_>, scan: &mut Scan<'_>) {
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
    for (span, copy) in inner.copies {
        scan.copies.extend(place(span).zip(place(copy)));
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
