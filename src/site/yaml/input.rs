//! Inputs that one part of a pipeline declares and another one gives: templates, commands, jobs.

use std::rc::Rc;

use super::dialect::{Declared, Given};
use super::matrix;
use crate::document::{Map, Node, Scalar};
use crate::site::scan::{Follow, Name};
use crate::site::scope::Scope;
use crate::site::{Scan, assignment};

/// Keys that hold the values of which an input's default is one.
const OPTIONS: [&str; 5] = ["options", "values", "enum", "allowed-values", "allowedValues"];

/// Makes declared inputs visible, and returns the scope with them: each as its default, or, without
/// one, as whatever it is given.
pub(super) fn declare(declared: &Declared<'_>, outer: &Rc<Scope>, scan: &mut Scan<'_>) -> Rc<Scope> {
    let mut scope = Scope::clone(outer);
    for (key, default, options) in inputs(declared.inputs) {
        let name = Name::Input { file: declared.owner.clone(), name: key.to_owned() };
        let defined = default.and_then(|default| assignment::define(&name, default, outer, scan));
        if let Some(default) = default {
            allow(default, options, scan);
        }
        let follow = defined.unwrap_or(Follow::There(name));
        for prefix in declared.prefixes {
            scope.set(format!("{prefix}{key}"), follow.clone());
        }
    }
    Rc::new(scope)
}

/// Records the values that inputs are given; those of a matrix are several on purpose.
pub(super) fn give(given: &Given<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    let name = |key: &str| Name::Input { file: given.owner.clone(), name: key.to_owned() };
    for (key, value, _) in inputs(given.values) {
        if let Some(value) = value {
            assignment::define(&name(key), value, scope, scan);
        }
    }
    if let Some(matrix) = given.values.as_map().and_then(matrix::of) {
        matrix::define(matrix.node, &name, scope, scan);
    }
}

/// Records that the literal is one of the values that stand beside it: where it changes, the list
/// has to.
pub(super) fn allow(literal: &Scalar<'_>, options: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let list = options.and_then(Node::as_list);
    let own = literal.text_span();
    let same = list.into_iter().flat_map(|list| &list.items).filter_map(Node::as_scalar);
    for option in same.filter(|option| option.text() == literal.text()) {
        scan.copies.push((own, option.text_span()));
    }
}

/// Returns the list of values that stands beside a default.
pub(super) fn options<'n>(input: &'n Node<'n>) -> Option<&'n Node<'n>> {
    input.as_map().and_then(options_of)
}

/// Does what [`options`] does, for a map.
pub(super) fn options_of<'n>(input: &'n Map<'n>) -> Option<&'n Node<'n>> {
    OPTIONS.iter().find_map(|key| input.get(key))
}

/// An input's name, what stands there for its value, and the values it may have.
type Input<'n> = (&'n str, Option<&'n Scalar<'n>>, Option<&'n Node<'n>>);

fn inputs<'n>(node: &'n Node<'n>) -> Vec<Input<'n>> {
    let value = |node: &'n Node<'n>| {
        let below = || node.get("default").or_else(|| node.get("value"))?.as_scalar();
        node.as_scalar().or_else(below)
    };
    match node.resolve() {
        Node::Map(map) => {
            map.entries.iter().map(|(key, node)| (key.text(), value(node), options(node))).collect()
        }
        Node::List(list) => list
            .items
            .iter()
            .filter_map(|item| Some((item.get("name")?.as_str()?, value(item), options(item))))
            .collect(),
        _ => Vec::new(),
    }
}
