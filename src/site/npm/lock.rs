//! What a package manager has chosen: one site for each entry of its lock.

use std::ops::Range;

use super::{SDK, Scan};
use crate::document::{Node, Scalar};
use crate::site::{Kind, Stated, package};
use crate::text::Fragment;

const KIND: Kind = Kind::SdkNpmLock;

/// npm: `packages` by directory, in old locks `dependencies` by name.
pub(super) fn find_npm(root: &Node<'_>, scan: &mut Scan<'_>) {
    if let Some(packages) = root.get("packages").and_then(Node::as_map) {
        for (directory, entry) in &packages.entries {
            if directory.text().ends_with("node_modules/@dagger.io/dagger") {
                package::locked(KIND, entry.get("version"), scan);
            }
        }
        return;
    }
    let mut pending: Vec<&Node<'_>> = root.get("dependencies").into_iter().collect();
    while let Some(table) = pending.pop() {
        for (name, entry) in table.as_map().into_iter().flat_map(|map| &map.entries) {
            if name.text() == SDK {
                package::locked(KIND, entry.get("version"), scan);
            }
            pending.extend(entry.get("dependencies"));
        }
    }
}

/// pnpm: the keys of `packages`, `NAME@VERSION` since version 6 and `/NAME/VERSION` before.
pub(super) fn find_pnpm(root: &Node<'_>, scan: &mut Scan<'_>) {
    let packages = root.get("packages").and_then(Node::as_map);
    for (key, _) in packages.into_iter().flat_map(|map| &map.entries) {
        let text = key.text();
        let start = text.len() - text.strip_prefix('/').unwrap_or(text).len();
        let Some(rest) = text[start..].strip_prefix(SDK).filter(|rest| rest.starts_with(['@', '/'])) else {
            continue;
        };
        let end = rest.find(['(', '_']).unwrap_or(rest.len());
        let start = text.len() - rest.len() + 1;
        add(key, start..start + end.saturating_sub(1), scan);
    }
}

/// Bun: the first item of an entry is `NAME@VERSION`.
pub(super) fn find_bun(root: &Node<'_>, scan: &mut Scan<'_>) {
    let packages = root.get("packages").and_then(Node::as_map);
    for (_, entry) in packages.into_iter().flat_map(|map| &map.entries) {
        let first = entry.as_list().and_then(|list| list.items.first()).and_then(Node::as_scalar);
        let Some(first) = first else { continue };
        if first.text().strip_prefix(SDK).is_some_and(|rest| rest.starts_with('@')) {
            add(first, SDK.len() + 1..first.text().len(), scan);
        }
    }
}

/// Deno: the keys of `npm`, in old locks of `packages.npm`.
pub(super) fn find_deno(root: &Node<'_>, scan: &mut Scan<'_>) {
    let packages = root.get("npm").or_else(|| root.get("packages").and_then(|packages| packages.get("npm")));
    for (key, _) in packages.and_then(Node::as_map).into_iter().flat_map(|map| &map.entries) {
        let Some(rest) = key.text().strip_prefix(SDK).filter(|rest| rest.starts_with('@')) else { continue };
        let end = rest.find('_').unwrap_or(rest.len());
        add(key, SDK.len() + 1..SDK.len() + end, scan);
    }
}

fn add(scalar: &Scalar<'_>, range: Range<usize>, scan: &mut Scan<'_>) {
    let stated = Stated::of(&scalar.text()[range.clone()]);
    if matches!(stated, Stated::Version(_)) {
        scan.add_in(KIND, &scalar.content, range, stated);
    }
}

/// Yarn, classic and modern: entries begin at the start of a line with the requirements that they
/// fulfil, and hold a line `version`.
pub(super) fn find_yarn(text: &str, scan: &mut Scan<'_>) {
    let fragment = Fragment::verbatim(text, 0);
    let mut is_ours = false;
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let (at, line) = (start, line);
        start += line.len();
        if !line.starts_with([' ', '\t', '\r', '\n']) {
            is_ours =
                line.trim_start_matches('"').strip_prefix(SDK).is_some_and(|rest| rest.starts_with('@'));
            continue;
        }
        let entry = line.trim_start().trim_start_matches('"');
        let Some(rest) = entry.strip_prefix("version").filter(|_| is_ours) else { continue };
        let value = rest.trim_start_matches(['"', ':', ' ']).trim_end().trim_matches('"');
        let Some(offset) = line.find(value).filter(|_| !value.is_empty()) else { continue };
        is_ours = false;
        let stated = Stated::of(value);
        // `0.0.0` and such are a workspace's own: Yarn calls them `0.0.0-use.local`.
        if matches!(&stated, Stated::Version(version) if *version > crate::value::Version::new(0, 0, 0)) {
            scan.add_in(KIND, &fragment, at + offset..at + offset + value.len(), stated);
        }
    }
}
