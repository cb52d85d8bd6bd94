//! Uses of the flake that packages the CLI: flake inputs, `getFlake`, fetched trees.

use std::collections::BTreeMap;

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::attribute::attributes;
use super::file::File;
use super::place;
use super::tree::{self, Bound};
use super::value::Reader;
use crate::catalog;
use crate::site::address::{self, Address};
use crate::site::{Companion, Companionship, Kind, Scan, Stated};
use crate::text::Fragment;
use crate::value::{NarHash, Rev, Sha256};

/// Adds the inputs of a flake's own file (Nix manual, "Flake format").
pub(super) fn find_inputs(file: &File, scan: &mut Scan<'_>) {
    let set = file.expr().and_then(|expr| super::function::body_set(&expr));
    let Some(set) = set else { return };
    let mut leaves = Vec::new();
    flatten(set.syntax(), &[], &mut leaves);
    let mut inputs: BTreeMap<Vec<String>, BTreeMap<String, ast::Expr>> = BTreeMap::new();
    for (mut path, value) in leaves {
        let key = path.pop().unwrap_or_default();
        inputs.entry(path).or_default().insert(key, value);
    }
    for (_, input) in inputs.into_iter().filter(|(path, _)| path.len() > 1 && path[0] == "inputs") {
        add_input(&input, scan);
    }
}

/// Adds other uses: `getFlake`, and trees that are fetched by address or by owner and repository.
pub(super) fn find_uses(file: &File, scan: &mut Scan<'_>) {
    for set in file.sets() {
        add_fetched(file, &set, scan);
    }
    let strings = file.exprs();
    for expr in strings.filter(|expr| matches!(expr, ast::Expr::Str(_) | ast::Expr::Literal(_))) {
        let Some(fragment) = tree::literal(&expr) else { continue };
        let Some(address) = address::parse(fragment.text()) else { continue };
        let function = tree::application_of(expr.syntax())
            .and_then(|apply| tree::function_name(&apply.lambda()?))
            .unwrap_or_default();
        let is_use = matches!(function.as_str(), "getFlake" | "fetchTarball" | "fetchTree");
        let is_pinned = address.pin.clone().is_some_and(|pin| is_revision(&fragment.text()[pin]));
        if is_use || is_pinned {
            let kind = if is_use { Kind::NixInline } else { Kind::NixInput };
            add_address(kind, &fragment, &address, scan);
        }
    }
}

fn flatten(set: &SyntaxNode, path: &[String], leaves: &mut Vec<(Vec<String>, ast::Expr)>) {
    for (keys, bound) in tree::entries(set) {
        let (Some(keys), Bound::Value(value)) = (keys.into_iter().collect::<Option<Vec<String>>>(), bound)
        else {
            continue;
        };
        let path: Vec<String> = path.iter().cloned().chain(keys).collect();
        if path.first().is_some_and(|first| first != "inputs") {
            continue;
        }
        match super::function::body_set(&value) {
            Some(inner) => flatten(inner.syntax(), &path, leaves),
            None => leaves.push((path, value)),
        }
    }
}

fn add_input(input: &BTreeMap<String, ast::Expr>, scan: &mut Scan<'_>) {
    let text = |key: &str| input.get(key).and_then(tree::literal);
    if let Some(url) = text("url") {
        let unpinned = Address { pin: None, nar_hash: None };
        let repository = || address::is_repository(url.text()).then_some(unpinned);
        let Some(address) = address::parse(url.text()).or_else(repository) else { return };
        if address.pin.is_some() || (text("rev").is_none() && text("ref").is_none()) {
            add_address(Kind::NixInput, &url, &address, scan);
        }
    } else {
        let is =
            |key: &str, wanted: &str| text(key).is_some_and(|text| text.text().eq_ignore_ascii_case(wanted));
        if !is("owner", "dagger")
            || !is("repo", "nix")
            || text("host").is_some_and(|host| host.text() != "github.com")
        {
            return;
        }
        let repo = text("repo").filter(|_| text("rev").is_none() && text("ref").is_none());
        if let Some(repo) = repo.as_ref().and_then(place::whole) {
            place::add(scan, Kind::NixInput, &repo, Stated::Missing);
        }
    }
    let pin = text("rev").or_else(|| text("ref"));
    let hash = input.get("narHash").and_then(|hash| place::hash(hash, Companionship::LockNarHash));
    if let Some(pin) = pin {
        add_pin(Kind::NixInput, &pin, hash.as_slice(), scan);
    }
}

/// Adds a set with `owner` and `repo`, or with `url` of the repository or of an archive, and what
/// it pins: an argument of `fetchFromGitHub`, `fetchGit`, `fetchTarball`, `fetchTree`.
fn add_fetched(file: &File, set: &ast::AttrSet, scan: &mut Scan<'_>) {
    let mut reader = Reader::new(file);
    let attributes = attributes(set);
    let mut text = |key: &str| {
        let expr = attributes.get(key)?.value(&mut reader, set.syntax())?;
        reader.text(&expr)
    };
    let is = |text: &Option<Fragment<'_>>, wanted: &str| {
        text.as_ref().is_some_and(|text| text.text().eq_ignore_ascii_case(wanted))
    };
    let (owner, repo, url) = (text("owner"), text("repo"), text("url"));
    let hashes: Vec<ast::Expr> = ["hash", "sha256", "narHash"]
        .iter()
        .filter_map(|key| attributes.get(*key)?.value(&mut Reader::new(file), set.syntax()))
        .collect();
    if (is(&owner, "dagger") && is(&repo, "nix"))
        || url.as_ref().is_some_and(|url| address::is_repository(url.text()))
    {
        if let Some(pin) = text("rev").or_else(|| text("ref")).or_else(|| text("tag")) {
            let companions = tree_hashes(pin.text(), &hashes);
            add_pin(Kind::NixInline, &pin, &companions, scan);
        }
    } else if let Some(url) = url {
        let Some(address) = address::parse(url.text()) else { return };
        let Some(pin) = address.pin.clone() else { return };
        let companions = tree_hashes(&url.text()[pin.clone()], &hashes);
        let Some(pin) = place::locate(&url, pin) else { return };
        let stated = address::stated(pin.text);
        let Some(site) = place::add(scan, Kind::NixInline, &pin, stated) else { return };
        place::join(scan, site, &companions);
    }
}

/// Returns the hashes beside a pin: of the tree, as the catalog has it, or of something else.
fn tree_hashes(pin: &str, hashes: &[ast::Expr]) -> Vec<Companion> {
    let known = Rev::parse(pin).and_then(|rev| catalog::revision(&rev)).map(|revision| revision.nar_hash);
    hashes
        .iter()
        .filter_map(|expr| {
            let text = tree::literal(expr)?;
            let value = Sha256::parse(text.text()).map(|(value, _)| value);
            let is_tree = value.is_some() && value == known.map(NarHash::sha256);
            place::hash(expr, if is_tree { Companionship::LockNarHash } else { Companionship::OpaqueHash })
        })
        .collect()
}

fn add_pin(kind: Kind, pin: &Fragment<'_>, companions: &[Companion], scan: &mut Scan<'_>) {
    let Some(pin) = place::whole(pin) else { return };
    if let Some(site) = place::add(scan, kind, &pin, address::stated(pin.text)) {
        place::join(scan, site, companions);
    }
}

fn add_address(kind: Kind, url: &Fragment<'_>, address: &Address, scan: &mut Scan<'_>) {
    let nar_hash = address.nar_hash.clone().and_then(|range| url.span(range));
    let companions: Vec<_> =
        nar_hash.into_iter().map(|span| Companion { span, what: Companionship::LockNarHash }).collect();
    let (place, stated) = match address.pin.clone() {
        Some(pin) => (place::locate(url, pin.clone()), address::stated(&url.text()[pin])),
        None => (place::whole(url), Stated::Missing),
    };
    let Some(place) = place else { return };
    if let Some(site) = place::add(scan, kind, &place, stated) {
        place::join(scan, site, &companions);
    }
}

fn is_revision(pin: &str) -> bool {
    Rev::parse(pin).is_some()
}
