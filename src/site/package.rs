//! What the manifests and locks of package managers have in common.

use std::collections::BTreeSet;
use std::path::Path;

use super::{Class, Kind, Role, Scan, Site, Stated};
use crate::document::{Map, Node, Scalar};
use crate::value::Grammar;

/// Keys of a dependency that comes from elsewhere than a registry, or takes its version from the
/// workspace.
const ELSEWHERE: [&str; 9] =
    ["path", "git", "url", "workspace", "editable", "directory", "file", "virtual", "index-of"];

/// Adds a requirement, given as text or as a table with `version`; one that names a place instead
/// of a version is none.
pub(super) fn require_value(
    kind: Kind,
    grammar: Grammar,
    name: &Scalar<'_>,
    value: &Node<'_>,
    scan: &mut Scan<'_>,
) {
    match value.resolve() {
        Node::Scalar(text) => require(kind, grammar, text, scan),
        Node::Map(map) if is_elsewhere(map) => {}
        Node::Map(map) => match map.get("version").and_then(Node::as_scalar) {
            Some(text) => require(kind, grammar, text, scan),
            None => missing(kind, name, scan),
        },
        // Poetry: one requirement per Python version.
        Node::List(list) => {
            let tables = list.items.iter().filter_map(Node::as_map).filter(|map| !is_elsewhere(map));
            let versions = tables.filter_map(|map| map.get("version").and_then(Node::as_scalar));
            versions.for_each(|text| require(kind, grammar, text, scan));
        }
        Node::Alias(_) => {}
    }
}

/// Returns whether a table takes the package from a directory, a repository or an address.
pub(super) fn is_elsewhere(map: &Map<'_>) -> bool {
    ELSEWHERE.iter().any(|key| map.entry(key).is_some())
}

/// Adds the requirement that the whole scalar is.
pub(super) fn require(kind: Kind, grammar: Grammar, text: &Scalar<'_>, scan: &mut Scan<'_>) {
    let stated = Stated::of_requirement(grammar, text.text());
    if stated == Stated::Missing {
        return;
    }
    scan.add_in(kind, &text.content, 0..text.text().len(), stated);
}

/// Adds a dependency without any requirement, at its name.
pub(super) fn missing(kind: Kind, name: &Scalar<'_>, scan: &mut Scan<'_>) {
    scan.add_in(kind, &name.content, 0..name.text().len(), Stated::Missing);
}

/// Adds the entries of a lock with `[[package]]` tables (Cargo, uv, Poetry, PDM) that come from a
/// registry.
pub(super) fn find_locked(root: &Node<'_>, name: &str, kind: Kind, scan: &mut Scan<'_>) {
    let packages = root.get("package").or_else(|| root.get("packages")).and_then(Node::as_list);
    for package in packages.into_iter().flat_map(|list| &list.items) {
        let is_named = package.get("name").and_then(Node::as_str).is_some_and(|own| own == name);
        if is_named && is_from_registry(package, kind) {
            locked(kind, package.get("version"), scan);
        }
    }
}

/// Adds the version that a lock's entry states.
pub(super) fn locked(kind: Kind, version: Option<&Node<'_>>, scan: &mut Scan<'_>) {
    let Some(version) = version.and_then(Node::as_scalar) else { return };
    let stated = Stated::of(version.text());
    if matches!(stated, Stated::Version(_)) {
        scan.add_in(kind, &version.content, 0..version.text().len(), stated);
    }
}

/// A workspace's own member, and what is taken from a directory or a repository, has no release.
fn is_from_registry(package: &Node<'_>, kind: Kind) -> bool {
    match package.get("source").map(Node::resolve) {
        Some(Node::Scalar(source)) => {
            source.text().starts_with("registry") || source.text().starts_with("sparse")
        }
        // uv and Poetry.
        Some(Node::Map(source)) => {
            let is_local = source.get("type").and_then(Node::as_str);
            !is_elsewhere(source) && !matches!(is_local, Some("directory" | "file" | "git" | "url"))
        }
        None => kind != Kind::SdkRustLock && package.as_map().is_none_or(|map| !is_elsewhere(map)),
        _ => false,
    }
}

/// What a module's code generator writes into its package files is its own.
pub(super) fn settle(files: &[Scan<'_>], sites: &mut [Site]) {
    let directories: BTreeSet<&str> =
        files.iter().flat_map(|scan| &scan.generated).map(String::as_str).collect();
    let is_below = |path: &str| directories.iter().any(|directory| Path::new(path).starts_with(directory));
    let is_package = |site: &Site| matches!(site.kind.class(), Class::Sdk | Class::SdkLock);
    let is_stated = |site: &Site| is_package(site) && site.role == Role::Mirror;
    for site in sites.iter_mut().filter(|site| is_stated(site) && is_below(&site.path)) {
        site.role = Role::Generated;
    }
}
