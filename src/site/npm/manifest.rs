//! What a package asks for, and the catalogs that it may take its requirement from.

use std::ops::Range;

use super::{SDK, Scan};
use crate::document::{Node, Scalar};
use crate::site::scan::{Definition, Follow, Name};
use crate::site::{Kind, Stated};
use crate::value::Grammar;

/// Tables of requirements by name.
const TABLES: [&str; 4] = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];

/// What a catalog's entry is looked up by: `catalog:` is the nameless one.
fn catalog(name: &str) -> Name {
    // `catalog:default` is `catalog:`.
    Name::Catalog(if name == "default" { String::new() } else { name.to_owned() })
}

/// Adds the requirements of a `package.json`.
pub(super) fn find(root: &Node<'_>, scan: &mut Scan<'_>) {
    // Bun keeps catalogs in the manifest of a workspace.
    for place in [root.get("workspaces"), Some(root)].into_iter().flatten() {
        catalogs(place, scan);
    }
    for table in TABLES.into_iter().filter_map(|key| root.get(key)) {
        requirements(table, scan);
    }
    let pnpm = root.get("pnpm").and_then(|pnpm| pnpm.get("overrides"));
    for overrides in [root.get("overrides"), root.get("resolutions"), pnpm].into_iter().flatten() {
        overrides.walk(&mut |node| requirements(node, scan));
    }
}

/// Adds the catalogs of a `pnpm-workspace.yaml`.
pub(super) fn find_workspace(root: &Node<'_>, scan: &mut Scan<'_>) {
    catalogs(root, scan);
    if let Some(overrides) = root.get("overrides") {
        requirements(overrides, scan);
    }
}

/// Adds the imports of a Deno project or an import map, whatever they are called.
pub(super) fn find_imports(root: &Node<'_>, scan: &mut Scan<'_>) {
    let imports = root.get("imports").and_then(Node::as_map);
    for value in imports.into_iter().flat_map(|map| &map.entries).filter_map(|(_, value)| value.as_scalar()) {
        let Some(range) = reference(value.text()) else { continue };
        let stated = Stated::of_requirement(Grammar::Npm, &value.text()[range.clone()]);
        scan.add_in(Kind::SdkNpm, &value.content, range, stated);
    }
}

fn catalogs(place: &Node<'_>, scan: &mut Scan<'_>) {
    let named = place.get("catalogs").and_then(Node::as_map);
    let named = named.into_iter().flat_map(|map| &map.entries).map(|(name, table)| (name.text(), table));
    for (name, table) in place.get("catalog").map(|table| ("", table)).into_iter().chain(named) {
        let Some(value) = table.get(SDK).and_then(Node::as_scalar) else { continue };
        let stated = Stated::of_requirement(Grammar::Npm, value.text());
        let Some(span) = value.content.span(0..value.text().len()) else { continue };
        let text = value.text().to_owned();
        scan.add(Kind::SdkNpm, span, &text, stated.clone());
        let (follows, is_intended) = (None, false);
        scan.define(Definition { name: catalog(name), span, text, stated, follows, is_intended });
    }
}

/// Adds the requirement of every entry that is the SDK, under its own name or another.
fn requirements(table: &Node<'_>, scan: &mut Scan<'_>) {
    let Some(map) = table.as_map() else { return };
    for (name, value) in &map.entries {
        let Some(value) = value.as_scalar() else { continue };
        let is_named =
            name.text() == SDK || name.text().ends_with("/@dagger.io/dagger") || overridden(name.text());
        if let Some(range) = value.text().starts_with("npm:").then(|| reference(value.text())).flatten() {
            add(value, range, scan);
        } else if is_named {
            add(value, 0..value.text().len(), scan);
        }
    }
}

/// `@dagger.io/dagger@^0.17`, as a key of overrides: those versions are replaced.
fn overridden(name: &str) -> bool {
    name.strip_prefix(SDK).is_some_and(|rest| rest.starts_with('@'))
}

fn add(value: &Scalar<'_>, range: Range<usize>, scan: &mut Scan<'_>) {
    let text = &value.text()[range.clone()];
    if let Some(name) = text.strip_prefix("catalog:") {
        let definition = scan.definitions.iter().position(|definition| definition.name == catalog(name));
        let follow = definition.map_or_else(|| Follow::There(catalog(name)), Follow::Here);
        if let Some(span) = value.content.span(range.clone()) {
            scan.add_derived(Kind::SdkNpm, span, text, follow);
        }
        return;
    }
    // A directory, an address, a repository, another name.
    if text.contains([':', '/', '$']) {
        return;
    }
    let stated = Stated::of_requirement(Grammar::Npm, text);
    if !matches!(stated, Stated::Missing | Stated::Invalid(_)) {
        scan.add_in(Kind::SdkNpm, &value.content, range, stated);
    }
}

/// Returns the requirement in `npm:@dagger.io/dagger@^0.18.2/path` or an address with the same.
fn reference(text: &str) -> Option<Range<usize>> {
    let at = text.find("@dagger.io/dagger@")? + SDK.len() + 1;
    let end = text[at..].find(['/', '?', '#']).map_or(text.len(), |len| at + len);
    (end > at).then_some(at..end)
}
