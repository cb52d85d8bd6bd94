//! Terraform, `OpenTofu`, Packer, Nomad and Bake: variables and locals, and everything that other
//! data files hold, too (developer.hashicorp.com, "Configuration Language").
//!
//! The files of one directory share their names, and so `var.x` is looked up in all of them.

mod expressions;

use std::rc::Rc;

use super::format::Spec;
use super::scan::{Definition, Follow, Name};
use super::scope::Scope;
use super::{Scan, Stated, assignment, expression, lines, name, yaml};
use crate::document::{self, Node, Scalar};
use crate::text::Source;

/// HCL by the usual extensions.
pub(super) const FORMAT: Spec = Spec {
    extensions: &["tf", "tfvars", "tofu", "hcl", "nomad"],
    ..Spec::of(|source, scan| {
        if scan.path.ends_with(".terraform.lock.hcl") {
            return Ok(());
        }
        match document::parse_hcl(source.text()) {
            Ok(document) => find(&expressions::readable(&document), source, scan),
            Err(_) => lines::find(source.text(), scan),
        }
        Ok(())
    })
};

/// Lists inside calls and conditions are looked into this deep.
const MAX_DEPTH: usize = 4;

/// Adds the sites of a file.
fn find(document: &Node<'_>, source: &Source, scan: &mut Scan<'_>) {
    let mut scope = mentioned(source.text());
    if let Some(variables) = document.get("variable").and_then(Node::as_map) {
        for (name, body) in &variables.entries {
            if let Some(default) = body.get("default") {
                define("var", name.text(), default, source, &mut scope, scan);
            }
        }
    }
    for locals in blocks(document, "locals") {
        for (name, value) in locals {
            define("local", name.text(), value, source, &mut scope, scan);
        }
    }
    if scan.path.ends_with(".tfvars") {
        for (name, value) in document.as_map().into_iter().flat_map(|map| &map.entries) {
            define("var", name.text(), value, source, &mut scope, scan);
        }
    }
    alternatives(document, &scope, scan);
    yaml::find_data(document, &Rc::new(scope), scan);
}

/// Returns the entries of all blocks of one type.
fn blocks<'n, 'a>(
    document: &'n Node<'a>,
    kind: &str,
) -> Vec<impl Iterator<Item = (&'n Scalar<'a>, &'n Node<'a>)>> {
    let of = |node: &'n Node<'a>| {
        let entries = node.as_map().map(|map| map.entries.as_slice()).unwrap_or_default();
        entries.iter().map(|(name, value)| (name, value))
    };
    match document.get(kind) {
        Some(Node::List(list)) => list.items.iter().map(of).collect(),
        Some(node) => vec![of(node)],
        None => Vec::new(),
    }
}

/// Returns a scope in which every `var.x` and `local.x` of the text may be defined in another file.
fn mentioned(text: &str) -> Scope {
    let mut scope = Scope::default();
    for kind in ["var", "local"] {
        let dotted = format!("{kind}.");
        for at in memchr::memmem::find_iter(text.as_bytes(), dotted.as_bytes()) {
            let own = &text[at + dotted.len()..];
            let own = &own[..expression::name_len(own)];
            if !own.is_empty() {
                scope.set(format!("{dotted}{own}"), Follow::There(definition(kind, own)));
            }
        }
    }
    scope
}

/// Returns the name of a definition: variables in upper case are those of the environment.
fn definition(kind: &str, own: &str) -> Name {
    Name::Variable(if name::is_environment(own) { own.to_owned() } else { format!("{kind}.{own}") })
}

/// Records the value of a variable or a local, and makes it visible.
fn define(kind: &str, own: &str, value: &Node<'_>, source: &Source, scope: &mut Scope, scan: &mut Scan<'_>) {
    let key = format!("{kind}.{own}");
    let name = definition(kind, own);
    let follow = match value.resolve() {
        _ if reads_module(value, source) => module(name, value, source, scan),
        Node::Scalar(scalar) => assignment::define(&name, scalar, scope, scan),
        Node::List(_) => several(kind, own, value, scope, scan),
        _ => None,
    };
    let Some(follow) = follow else { return };
    // Bake calls its variables by their names alone.
    if kind == "var" {
        scope.set(own, follow.clone());
    }
    scope.set(key, follow);
}

/// Returns whether the value is taken from a module file:
/// `jsondecode(file("dagger.json")).engineVersion`.
fn reads_module(value: &Node<'_>, source: &Source) -> bool {
    let text = source.slice(value.span());
    text.contains("engineVersion") && text.contains("dagger") && matches!(value, Node::List(_))
}

fn module(name: Name, value: &Node<'_>, source: &Source, scan: &mut Scan<'_>) -> Option<Follow> {
    let text = source.slice(value.span());
    let files = ["dagger.json", "dagger-module.toml"];
    let file = files.iter().find_map(|file| text.find(file).map(|at| at..at + file.len()))?;
    let path = text[..file.end].rsplit(['"', '}']).next().map(|path| path.trim_start_matches('/').to_owned());
    let definition = Definition {
        name,
        span: value.span(),
        text: text.to_owned(),
        stated: Stated::Unresolved(String::new()),
        follows: Some(Follow::Module(path)),
        is_intended: false,
    };
    Some(Follow::Here(scan.define(definition)))
}

/// Records the versions in a list: several on purpose when the name is a plural, else each of them
/// can be the value.
fn several(kind: &str, own: &str, value: &Node<'_>, scope: &Scope, scan: &mut Scan<'_>) -> Option<Follow> {
    let singular = own.strip_suffix(['s', 'S']).filter(|singular| name::says_dagger_version(singular));
    // No other name means an item of the list.
    let name = match singular {
        Some(singular) => Name::Variable(format!("{kind}.{own}.{singular}")),
        None => definition(kind, own),
    };
    let first = scan.definitions.len();
    let mut follow = None;
    for version in versions(value, 0) {
        follow = follow.or(assignment::define(&name, version, scope, scan));
    }
    if singular.is_some() && scan.definitions.len() > first + 1 {
        scan.definitions[first..].iter_mut().for_each(|definition| definition.is_intended = true);
    }
    follow
}

/// Returns the texts in a list, and in those below it, that state a version.
fn versions<'n, 'a>(value: &'n Node<'a>, depth: usize) -> Vec<&'n Scalar<'a>> {
    match value.resolve() {
        Node::Scalar(scalar) if expression::states_version(scalar.text()) => vec![scalar],
        Node::List(list) if depth < MAX_DEPTH => {
            list.items.iter().flat_map(|item| versions(item, depth + 1)).collect()
        }
        _ => Vec::new(),
    }
}

/// `dagger_version = coalesce(var.x, "0.21.8")`, `optional(string, "0.21.8")`: wherever it stands.
fn alternatives(document: &Node<'_>, scope: &Scope, scan: &mut Scan<'_>) {
    document.walk(&mut |node| {
        let Node::Map(map) = node else { return };
        for (key, value) in &map.entries {
            let list = value.as_list().filter(|_| name::says_dagger_version(key.text()));
            if list.is_some() {
                several("input", key.text(), value, scope, scan);
            }
        }
    });
}

#[cfg(test)]
mod tests;
