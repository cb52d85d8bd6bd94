//! `devbox.json` and `devbox.lock` (jetify.com/docs/devbox, "devbox.json reference";
//! jetify-com/devbox `internal/lock/package.go`).

mod lock;

use std::ops::Range;

use super::format::{FilePath, Spec};
use super::overrides::Medium;
use super::scope::Scope;
use super::{Kind, Scan, Stated, address, commands, script, workflow};
use crate::document::{self, Node, Scalar, SyntaxError};
use crate::text::{Fragment, Source};

/// Packages with the shell that they are there for, and what they were resolved to.
pub(super) const FORMAT: Spec =
    Spec { names: &["devbox.json", "devbox.lock"], is_known: true, ..Spec::of(find_file) };

/// What the CLI is called in nixpkgs, and by its repository where releases are downloaded from
/// GitHub.
const PACKAGES: [&str; 2] = ["dagger", "runx:dagger/dagger"];

fn find_file(source: &Source, scan: &mut Scan<'_>) -> Result<(), SyntaxError> {
    let root = document::parse_json(source.text())?;
    if FilePath::new(scan.path).extension == "lock" {
        lock::find(&root, scan);
    } else {
        find(&root, scan);
    }
    Ok(())
}

/// Adds the packages of a `devbox.json`, and the sites of its shell.
fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    match root.get("packages").map(Node::resolve) {
        Some(Node::List(list)) => {
            list.items.iter().filter_map(Node::as_scalar).for_each(|entry| package(entry, None, scan));
        }
        Some(Node::Map(map)) => {
            map.entries.iter().for_each(|(name, value)| package(name, Some(value), scan));
        }
        _ => {}
    }
    let mut scope = Scope::default();
    workflow::declare_environment(root.get("env"), &mut scope, scan);
    lasting(root, scan);
    for key in ["init_hook", "scripts"] {
        if let Some(node) = root.get("shell").and_then(|shell| shell.get(key)) {
            commands::find(node, &scope, scan);
        }
    }
    if let Some(aliases) = root.get("aliases") {
        commands::find(aliases, &scope, scan);
    }
}

/// Adds what the shell is given, and what it starts with leaves behind.
fn lasting(root: &Node<'_>, scan: &mut Scan<'_>) {
    let env = root.get("env").and_then(Node::as_map);
    for (name, value) in env.into_iter().flat_map(|map| &map.entries) {
        scan.set_variable(name, value.as_str().unwrap_or_default(), Medium::DevboxEnv);
    }
    if let Some(file) = root.get("env_from").and_then(Node::as_scalar) {
        scan.load(file);
    }
    let Some(hook) = root.get("shell").and_then(|shell| shell.get("init_hook")) else { return };
    let lines = hook.as_list().map_or(std::slice::from_ref(hook), |list| &list.items);
    let mut text = Fragment::empty();
    for line in lines.iter().filter_map(Node::as_scalar) {
        text.append(&line.content);
        text.push_unplaced("\n");
    }
    script::find_lasting(&text, Medium::JsonText, scan);
}

/// `"dagger@0.21.8"`, `"dagger": "0.21.8"`, `"dagger": {"version": "0.21.8"}`, or the address of the
/// flake with or without a map behind it.
fn package(name: &Scalar<'_>, value: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    if address::add(Kind::Devbox, &name.content, scan).is_some() {
        return;
    }
    let Some((_, version)) = parts(name.text()) else { return };
    let value = value.map(|value| value.get("version").unwrap_or(value)).and_then(Node::as_scalar);
    let (scalar, range) = match (version, value) {
        (Some(version), _) => (name, version),
        (None, Some(value)) if !value.text().is_empty() => (value, 0..value.text().len()),
        (None, _) => {
            scan.add_in(Kind::Devbox, &name.content, 0..name.text().len(), Stated::Missing);
            return;
        }
    };
    let stated = Stated::of(&scalar.text()[range.clone()]);
    scan.add_in(Kind::Devbox, &scalar.content, range, stated);
}

/// Returns which of the packages a name means, and where the version stands in it.
fn parts(name: &str) -> Option<(&'static str, Option<Range<usize>>)> {
    let (package, version) = match name.rsplit_once('@') {
        Some((package, version)) if !version.is_empty() => {
            (package, Some(name.len() - version.len()..name.len()))
        }
        _ => (name, None),
    };
    let package = PACKAGES.into_iter().find(|known| *known == package)?;
    Some((package, version))
}

#[cfg(test)]
mod tests;
