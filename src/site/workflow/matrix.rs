use std::collections::BTreeMap;

use crate::document::{Map, Node, Scalar};
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Scan, assignment, image};

use super::runner;

/// Makes the values of a job's matrix visible. One value is a value like any other; several are
/// several on purpose, and are defined one after the other: what follows the key follows the first.
///
/// A matrix that an expression makes is not in this file and makes nothing visible.
pub(super) fn declare(job: &Map<'_>, scope: &mut Scope, scan: &mut Scan<'_>) {
    let matrix = job.get("strategy").and_then(|strategy| strategy.get("matrix")).and_then(Node::as_map);
    let Some(matrix) = matrix else { return };
    let labels = runner::matrix_keys(job);
    for (key, values) in values(matrix) {
        let mut indices = Vec::new();
        for value in values {
            image::find(&value.content, scope, scan);
            if labels.iter().any(|label| *label == key) {
                runner::find_label(value, scope, scan);
            } else {
                runner::find_assigned(value, scope, scan);
            }
            let name = Name::Variable(format!("matrix.{key}"));
            if let Some(Follow::Here(index)) = assignment::define(&name, value, scope, scan) {
                indices.push(index);
            }
        }
        indices.dedup();
        if indices.len() > 1 {
            for index in &indices {
                scan.definitions[*index].is_intended = true;
            }
        }
        if let Some(first) = indices.first() {
            scope.set(format!("matrix.{key}"), Follow::Here(*first));
        }
    }
}

/// Returns the scalars that each key takes, in the order of the file; a list of maps gives dotted
/// keys.
fn values<'n>(matrix: &'n Map<'_>) -> BTreeMap<String, Vec<&'n Scalar<'n>>> {
    let mut found: BTreeMap<String, Vec<&Scalar<'_>>> = BTreeMap::new();
    for (key, values) in &matrix.entries {
        let items = values.as_list().map(|list| list.items.as_slice()).unwrap_or_default();
        match key.text() {
            "exclude" => {}
            "include" => {
                for (key, value) in items.iter().filter_map(Node::as_map).flat_map(|map| &map.entries) {
                    add(key.text(), value, &mut found);
                }
            }
            key => items.iter().for_each(|item| add(key, item, &mut found)),
        }
    }
    found
}

fn add<'n>(key: &str, value: &'n Node<'_>, found: &mut BTreeMap<String, Vec<&'n Scalar<'n>>>) {
    match value.resolve() {
        Node::Scalar(scalar) => found.entry(key.to_owned()).or_default().push(scalar),
        Node::Map(map) => {
            for (inner, value) in &map.entries {
                if let Some(scalar) = value.as_scalar() {
                    found.entry(format!("{key}.{}", inner.text())).or_default().push(scalar);
                }
            }
        }
        _ => {}
    }
}
