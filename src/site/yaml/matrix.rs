//! Matrices: several values for one name on purpose, in whatever way a CI system writes them.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::document::{Map, Node, Scalar};
use crate::site::scan::{Follow, Name, Role};
use crate::site::scope::Scope;
use crate::site::{Scan, assignment, image};

/// Matrices inside their wrappers are read this deep.
const MAX_DEPTH: usize = 6;

/// Keys that hold a matrix.
const MATRICES: [&str; 2] = ["matrix", "build-matrix"];

/// Keys between a job and its matrix.
const WRAPPERS: [&str; 3] = ["parallel", "strategy", "batch"];

/// Keys inside a matrix that are no names of values.
const STRUCTURE: [&str; 12] = [
    "adjustments",
    "axes",
    "dynamic",
    "env",
    "include",
    "jobs",
    "parameters",
    "params",
    "setup",
    "static",
    "variables",
    "with",
];

/// Returns the matrix of a job: its own, or that of its `parallel`, `strategy`, ….
pub(super) fn of<'n>(map: &'n Map<'n>) -> Option<&'n Node<'n>> {
    let own = |map: &'n Map<'n>| MATRICES.iter().find_map(|key| map.get(key));
    own(map)
        .or_else(|| WRAPPERS.iter().find_map(|key| own(map.get(key)?.as_map()?)))
        .filter(|matrix| matrix.as_scalar().is_none())
}

/// Makes the values of the matrix visible, and returns the scope with them. One value is a value
/// like any other; of several, what follows the name follows the first.
pub(super) fn declare(matrix: &Node<'_>, outer: &Rc<Scope>, scan: &mut Scan<'_>) -> Rc<Scope> {
    let name = |key: &str| Name::Variable(format!("matrix.{key}").trim_end_matches('.').to_owned());
    let mut scope = Scope::clone(outer);
    for (key, index) in define(matrix, &name, outer, scan) {
        let follow = Follow::Here(index);
        if key.is_empty() {
            scope.set("matrix", follow);
        } else {
            scope.set(format!("matrix.{key}"), follow.clone());
            scope.set(key, follow);
        }
    }
    Rc::new(scope)
}

/// Records the values of the matrix under what `name` makes of their names, and returns the first
/// definition of each; the values of a matrix without names have an empty one.
pub(super) fn define(
    matrix: &Node<'_>,
    name: &impl Fn(&str) -> Name,
    scope: &Scope,
    scan: &mut Scan<'_>,
) -> Vec<(String, usize)> {
    let mut values = BTreeMap::new();
    gather(matrix, "", 0, &mut values);
    let mut defined = Vec::new();
    for (key, values) in values {
        let first_site = scan.sites.len();
        let mut indices = Vec::new();
        for value in values {
            image::find(&value.content, scope, scan);
            if let Some(Follow::Here(index)) = assignment::define(&name(key), value, scope, scan) {
                indices.push(index);
            }
        }
        indices.dedup();
        if indices.len() > 1 {
            for index in &indices {
                scan.definitions[*index].is_intended = true;
            }
        }
        if scan.sites.len() > first_site + 1 {
            let literals = scan.sites[first_site..].iter_mut().filter(|(_, follow)| follow.is_none());
            literals.for_each(|(site, _)| site.role = Role::Intended);
        }
        defined.extend(indices.first().map(|first| (key.to_owned(), *first)));
    }
    defined
}

fn gather<'n>(
    node: &'n Node<'n>,
    name: &'n str,
    depth: usize,
    values: &mut BTreeMap<&'n str, Vec<&'n Scalar<'n>>>,
) {
    if depth > MAX_DEPTH {
        return;
    }
    match node.resolve() {
        Node::Scalar(scalar) => values.entry(name).or_default().push(scalar),
        Node::List(list) => list.items.iter().for_each(|item| gather(item, name, depth + 1, values)),
        Node::Map(map) => {
            if let Some((name, value)) = pair(map) {
                gather(value, name, depth + 1, values);
                return;
            }
            for (key, value) in &map.entries {
                match (key.text(), value.resolve()) {
                    ("exclude" | "skip" | "alias", _) => {}
                    (key, _) if STRUCTURE.contains(&key) => gather(value, "", depth + 1, values),
                    // A leg of Azure's matrix has a name of its own.
                    (_, Node::Map(_)) => gather(value, "", depth + 1, values),
                    (key, _) => gather(value, key, depth + 1, values),
                }
            }
        }
        Node::Alias(_) => {}
    }
}

/// `{name: X, value: [..]}` of Tekton, `{env_var: X, values: [..]}` of Semaphore.
fn pair<'n>(map: &'n Map<'n>) -> Option<(&'n str, &'n Node<'n>)> {
    let name = map.get("name").or_else(|| map.get("env_var"))?.as_str()?;
    let value = map.get("value").or_else(|| map.get("values"))?;
    Some((name, value))
}
