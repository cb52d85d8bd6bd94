//! Matrices: several values for one name on purpose, in whatever way a CI system writes them.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::document::{Map, Node, Scalar};
use crate::site::scan::{Definition, Follow, Name, Role};
use crate::site::scope::Scope;
use crate::site::{Scan, assignment, image};

/// Matrices inside their wrappers are read this deep.
const MAX_DEPTH: usize = 6;

/// Keys that hold a matrix, and what its values are called by: the loops of Argo and Ansible too.
const MATRICES: [(&str, &str); 6] = [
    ("matrix", "matrix"),
    ("build-matrix", "matrix"),
    ("withItems", "item"),
    ("with_items", "item"),
    ("with_list", "item"),
    ("loop", "item"),
];

/// Keys between a job and its matrix.
const WRAPPERS: [&str; 4] = ["parallel", "strategy", "batch", "environment"];

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

/// The values of a matrix, and the word that they are called by.
pub(super) struct Matrix<'n> {
    pub node: &'n Node<'n>,
    word: &'static str,
}

/// Returns the matrix of a job: its own, or that of its `parallel`, `strategy`, ….
pub(super) fn of<'n>(map: &'n Map<'n>) -> Option<Matrix<'n>> {
    let own =
        |map: &'n Map<'n>| MATRICES.iter().find_map(|(key, word)| Some(Matrix { node: map.get(key)?, word }));
    own(map)
        .or_else(|| WRAPPERS.iter().find_map(|key| own(map.get(key)?.as_map()?)))
        .filter(|matrix| matrix.node.as_scalar().is_none())
}

/// Makes the values of the matrix visible, and returns the scope with them. One value is a value
/// like any other; of several, what follows the name follows the first.
pub(super) fn declare(matrix: &Matrix<'_>, outer: &Rc<Scope>, scan: &mut Scan<'_>) -> Rc<Scope> {
    let dotted = |key: &str| match key {
        "" => matrix.word.to_owned(),
        key => format!("{}.{key}", matrix.word),
    };
    let mut scope = Scope::clone(outer);
    for (key, index) in define(matrix.node, &|key| Name::Variable(dotted(key)), outer, scan) {
        scope.set(dotted(&key), Follow::Here(index));
        if !key.is_empty() {
            scope.set(key, Follow::Here(index));
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

/// Marks the values of every name that has several.
pub(super) fn mark(definitions: &mut [Definition]) {
    let mut count = BTreeMap::new();
    for definition in &*definitions {
        *count.entry(definition.name.clone()).or_insert(0) += 1;
    }
    for definition in definitions {
        definition.is_intended |= count.get(&definition.name).is_some_and(|count| *count > 1);
    }
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
