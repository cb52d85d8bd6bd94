//! `flake.lock` (Nix manual, "Lock files"; NixOS/nix `src/libflake/lockfile.cc`).
//!
//! Versions 5, 6 and 7 have the same graph; 5 keeps `narHash` and `lastModified` in `info` instead
//! of `locked`. What an older version holds is not a graph, so nothing is found in it.

mod graph;

use self::graph::Graph;
use super::format::Spec;
use super::{Companion, Companionship, Kind, Role, Scan, Stated};
use crate::catalog;
use crate::document::{self, Node, Scalar};
use crate::value::{NarHash, Rev};

/// The lock that Nix keeps beside `flake.nix`.
pub(super) const FORMAT: Spec = Spec {
    names: &["flake.lock"],
    is_known: true,
    ..Spec::of(|source, scan| {
        find(Kind::NixLock, &document::parse_json(source.text())?, scan);
        Ok(())
    })
};

/// Adds the lock nodes of `github:dagger/nix` that are reachable from the root, as sites of `kind`.
///
/// The root's own inputs are mirrors; a node that only another flake uses states that flake's
/// version and is [`Role::Generated`].
pub(super) fn find(kind: Kind, root: &Node<'_>, scan: &mut Scan<'_>) {
    let Some(graph) = Graph::of(root) else { return };
    for found in graph.reachable() {
        let Some(node) = graph.node(found.name) else { continue };
        let Some(place) = pin(node) else { continue };
        let stated = stated(node, place);
        let Some(site) = scan.add_in(kind, &place.content, range(place), stated) else { continue };
        if !found.is_own {
            site.role = Role::Generated;
        }
        site.companions = companions(node, place, &graph);
    }
}

/// Returns the text that pins a node of the flake which packages the CLI: the revision, else the
/// one in a tarball's address, else the tree's hash.
fn pin<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Scalar<'a>> {
    let locked = node.get("locked")?;
    if !is_dagger(locked) {
        return None;
    }
    let text = |scalar: &&Scalar<'_>| !scalar.text().is_empty();
    let rev = locked.get("rev").and_then(Node::as_scalar).filter(text);
    let url = || {
        let url = locked.get("url").and_then(Node::as_scalar)?;
        rev_in(url.text()).map(|_| url)
    };
    rev.or_else(url).or_else(|| nar_hash(node).filter(text))
}

fn range(place: &Scalar<'_>) -> std::ops::Range<usize> {
    rev_in(place.text()).unwrap_or(0..place.text().len())
}

fn is_dagger(locked: &Node<'_>) -> bool {
    let text = |key: &str| locked.get(key).and_then(Node::as_str);
    let is = |key: &str, wanted: &str| text(key).is_some_and(|text| text.eq_ignore_ascii_case(wanted));
    match text("type") {
        Some("github") => {
            is("owner", "dagger") && is("repo", "nix") && text("host").is_none_or(|host| host == "github.com")
        }
        Some("git" | "tarball" | "file") => text("url").is_some_and(is_dagger_url),
        _ => false,
    }
}

fn is_dagger_url(url: &str) -> bool {
    let rest = ["https://github.com/", "http://github.com/", "ssh://git@github.com/", "git://github.com/"]
        .iter()
        .find_map(|prefix| url.strip_prefix(prefix));
    let rest = rest.or_else(|| url.strip_prefix("https://codeload.github.com/"));
    let path = rest.and_then(|rest| {
        let head = rest.get(.."dagger/nix".len())?;
        head.eq_ignore_ascii_case("dagger/nix").then(|| &rest[head.len()..])
    });
    path.is_some_and(|path| path.is_empty() || path.starts_with(['/', '?']) || path.starts_with(".git"))
}

/// Returns where a 40-digit revision stands in the path of an address.
fn rev_in(text: &str) -> Option<std::ops::Range<usize>> {
    text.split(['/', '?', '=', '&', '.']).find(|part| Rev::parse(part).is_some()).map(|part| {
        let start = part.as_ptr().addr() - text.as_ptr().addr();
        start..start + part.len()
    })
}

fn nar_hash<'n, 'a>(node: &'n Node<'a>) -> Option<&'n Scalar<'a>> {
    detail(node, "narHash")
}

/// Returns a detail of what was fetched, which version 5 keeps apart.
fn detail<'n, 'a>(node: &'n Node<'a>, key: &str) -> Option<&'n Scalar<'a>> {
    let part = |name: &str| node.get(name)?.get(key)?.as_scalar();
    part("locked").or_else(|| part("info"))
}

/// The revision decides; a tree hash that belongs to another revision is left to be found by
/// whoever compares the companions with the catalog ([`super::mismatches`]).
fn stated(node: &Node<'_>, place: &Scalar<'_>) -> Stated {
    let pin = &place.text()[range(place)];
    let by_rev = Rev::parse(pin).and_then(|rev| catalog::revision(&rev));
    let by_tree = || {
        let hash = nar_hash(node).and_then(|hash| NarHash::parse(hash.text()))?;
        catalog::revision_by_nar_hash(&hash)
    };
    by_rev.or_else(by_tree).map_or_else(|| Stated::Revision(pin.to_owned()), Stated::of_revision)
}

fn companions(node: &Node<'_>, place: &Scalar<'_>, graph: &Graph<'_, '_>) -> Vec<Companion> {
    let mut companions = Vec::new();
    let mut add = |scalar: Option<&Scalar<'_>>, what: Companionship| {
        let span = scalar.and_then(|scalar| {
            let range =
                if what == Companionship::LockOriginal { range(scalar) } else { 0..scalar.text().len() };
            scalar.content.span(range).filter(|span| !span.is_empty())
        });
        companions.extend(span.map(|span| Companion { span, what }));
    };
    let nar = nar_hash(node).filter(|hash| hash.span != place.span);
    add(nar, Companionship::LockNarHash);
    add(detail(node, "lastModified"), Companionship::LockModified);
    add(detail(node, "revCount"), Companionship::RevCount);
    // What Nix wrote while it could also lock through git itself; no table has it.
    add(detail(node, "treeHash"), Companionship::OpaqueHash);

    let part = |name: &str, key: &str| node.get(name)?.get(key)?.as_scalar();
    let is_revision = |pin: &&Scalar<'_>| rev_in(pin.text()).is_some();
    add(part("original", "rev"), Companionship::LockOriginal);
    add(part("original", "url").filter(is_revision), Companionship::LockOriginal);
    // `?ref=` may hold a revision, too; the lock repeats it.
    for name in ["original", "locked"] {
        add(part(name, "ref").filter(is_revision), Companionship::LockOriginal);
    }

    if let Some(nixpkgs) = graph.own_nixpkgs(node) {
        add(detail(nixpkgs, "rev"), Companionship::NixpkgsRev);
        add(detail(nixpkgs, "narHash"), Companionship::NixpkgsNarHash);
        add(detail(nixpkgs, "lastModified"), Companionship::NixpkgsModified);
    }
    companions
}

#[cfg(test)]
mod tests;
