//! Names that say they hold the CLI's version, whether anything here uses them or not: variables of
//! a development shell, bindings, tables of versions.

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::attribute::{Attribute, attributes};
use super::file::File;
use super::place;
use super::reach::reach;
use super::tree;
use super::value::Reader;
use crate::site::scan::Definition;
use crate::site::{Companionship, Follow, Kind, Name, Scan, Stated, name};
use crate::text::Fragment;

/// Adds a definition for every binding whose name says what it holds, and a site where hashes stand
/// beside the version.
pub(super) fn find(file: &File, scan: &mut Scan<'_>) {
    data_file(file, scan);
    for node in file.root.descendants() {
        if let Some(entry) = ast::AttrpathValue::cast(node.clone()) {
            binding(file, &entry, scan);
        } else if let Some(entry) = ast::PatEntry::cast(node) {
            let name = entry.ident().map(|ident| ident.syntax().text().to_string());
            if let (Some(name), Some(default)) =
                (name.filter(|name| name::says_dagger_version(name)), entry.default())
            {
                define(file, &name, &default, scan);
            }
        }
    }
}

fn binding(file: &File, entry: &ast::AttrpathValue, scan: &mut Scan<'_>) {
    let (Some(path), Some(value)) = (entry.attrpath(), entry.value()) else { return };
    let mut keys = tree::names(&path);
    let Some(Some(key)) = keys.pop() else { return };
    if name::says_dagger_version(&key) {
        define(file, &key, &value, scan);
        return;
    }
    let Some(set) = entry.syntax().parent().and_then(ast::AttrSet::cast) else { return };
    let owner = match keys.pop() {
        Some(owner) => owner,
        None => tree::bound_name(set.syntax()),
    };
    let Some(owner) = owner.or_else(|| file_name(set.syntax(), scan.path)) else { return };
    let is_version = matches!(key.as_str(), "version" | "tag") && is_tool(&owner);
    let is_listed = is_tool(&key) && owner.to_ascii_lowercase().ends_with("versions");
    if !is_version && !is_listed {
        return;
    }
    let Some(fragment) = tree::literal(&value) else { return };
    let hashes = reach(&mut Reader::new(file), &ast::Expr::AttrSet(set.clone())).strings;
    let hashes: Vec<_> = hashes
        .iter()
        .filter_map(|string| {
            place::hash(&string.expr, Companionship::Archive(string.system.map(str::to_owned)))
        })
        .collect();
    let has_hashes = is_version && !hashes.is_empty() && attributes(&set).len() > 1;
    if !has_hashes {
        define(file, "dagger.version", &value, scan);
        return;
    }
    let Some(place) = place::whole(&fragment) else { return };
    let stated = Stated::of(place.text);
    if matches!(stated, Stated::Invalid(_)) {
        return;
    }
    if let Some(site) = place::add(scan, Kind::NixInline, &place, stated) {
        place::join(scan, site, &hashes);
    }
}

/// Adds the version of a file that holds nothing but data about the CLI: `dagger/current.nix` with
/// a version, and hashes by system.
fn data_file(file: &File, scan: &mut Scan<'_>) {
    let Some(ast::Expr::AttrSet(set)) = file.expr() else { return };
    if !super::is_about_dagger(scan.path) {
        return;
    }
    let attributes = attributes(&set);
    let Some(Attribute::Value(value)) = attributes.get("version") else { return };
    let Some(fragment) = tree::literal(value) else { return };
    let Some(place) = place::whole(&fragment) else { return };
    let stated = Stated::of(place.text);
    if stated.version().is_none() {
        return;
    }
    let Some(site) = place::add(scan, Kind::NixInline, &place, stated) else { return };
    let strings = reach(&mut Reader::new(file), &ast::Expr::AttrSet(set)).strings;
    for string in strings {
        let what = Companionship::Archive(string.system.map(str::to_owned));
        if let Some(companion) = place::hash(&string.expr, what) {
            place::join(scan, site, &[companion]);
        }
    }
}

/// Records what the name holds: a literal, or what it follows.
fn define(file: &File, name: &str, value: &ast::Expr, scan: &mut Scan<'_>) {
    if let Some(fragment) = tree::literal(value) {
        literal(name, &fragment, scan);
        return;
    }
    // Only a value that is put together can follow another one.
    if !matches!(value, ast::Expr::Ident(_) | ast::Expr::Select(_) | ast::Expr::Str(_) | ast::Expr::BinOp(_))
    {
        return;
    }
    let Some(fragment) = Reader::new(file).text(value) else { return };
    let Some(target) = local(&fragment, scan) else { return };
    scan.define(Definition {
        name: Name::Variable(name.to_owned()),
        span: tree::span(value.syntax()),
        text: value.syntax().text().to_string(),
        stated: scan.definitions[target].stated.clone(),
        follows: Some(Follow::Here(target)),
        is_intended: false,
    });
}

/// Records what a binding of the file holds, for others in the file to follow, and returns its
/// definition. No other file can ask for it: the name is none that a look-up could have.
pub(super) fn local(fragment: &Fragment<'_>, scan: &mut Scan<'_>) -> Option<usize> {
    literal("let", fragment, scan)
}

/// Records a literal once, and returns its definition.
fn literal(name: &str, fragment: &Fragment<'_>, scan: &mut Scan<'_>) -> Option<usize> {
    let place::Place { at, text } = place::whole(fragment)?;
    let is_word = !text.contains(|character: char| character.is_whitespace() || "/\\$".contains(character));
    if !is_word {
        return None;
    }
    if let Some(known) = scan.definitions.iter().position(|known| known.span == at) {
        if name::says_dagger_version(name) {
            scan.definitions[known].name = Name::Variable(name.to_owned());
        }
        return Some(known);
    }
    let stated = if name == name::RELEASE_OVERRIDE { Stated::of_tag(text) } else { Stated::of(text) };
    let (name, text) = (Name::Variable(name.to_owned()), text.to_owned());
    Some(scan.define(Definition { name, span: at, text, stated, follows: None, is_intended: false }))
}

fn is_tool(name: &str) -> bool {
    matches!(name, "dagger" | "dagger-cli" | "dagger-engine" | "daggerCli" | "daggerEngine" | "dagger_cli")
}

/// Returns what the file's own name says its only set is: `versions` of `nix/versions.nix`.
fn file_name(set: &SyntaxNode, path: &str) -> Option<String> {
    let is_root = set.parent().is_some_and(|parent| ast::Root::can_cast(parent.kind()));
    let stem = path.rsplit('/').next().and_then(|file| file.strip_suffix(".nix"));
    stem.filter(|_| is_root).map(str::to_owned)
}
