//! The CLI's version given in an expression: own derivations, overrides, fetched releases.

use std::collections::BTreeMap;

use rnix::SyntaxNode;
use rnix::ast;
use rowan::ast::AstNode as _;

use super::place;
use super::reach::{self, reach};
use super::release;
use super::tree::{self, Bound};
use super::value::{self, Argument, Reader};
use crate::site::{Companion, Companionship, Kind, Role, Scan, Stated};
use crate::text::{Fragment, Span};

/// Attributes that hold a hash of what is fetched.
const HASHES: [&str; 5] = ["hash", "sha256", "sha512", "outputHash", "sha1"];

/// Attributes that hold a hash of what a build downloads.
const VENDOR_HASHES: [&str; 5] = ["vendorHash", "vendorSha256", "cargoHash", "modSha256", "npmDepsHash"];

/// Names of the CLI's packages.
const PACKAGES: [&str; 4] = ["dagger", "dagger-cli", "dagger-bin", "dagger-engine"];

/// Functions that unpack what they fetch, so that the hash is not the archive's.
const UNPACKING: [&str; 6] =
    ["fetchzip", "fetchTarball", "fetchFromGitHub", "fetchgit", "fetchGit", "fetchTree"];

/// The sites that stand in a fetched set, by the place of the set.
type Fetched = BTreeMap<Span, Vec<usize>>;

/// Adds the sites of every expression that fetches or builds the CLI.
pub(super) fn find(root: &SyntaxNode, scan: &mut Scan<'_>) {
    let mut fetched = Fetched::new();
    for set in tree::sets(root) {
        let attributes = attributes(&set);
        let mut sites = Vec::new();
        if attributes.contains_key("url") || attributes.contains_key("urls") {
            sites = releases(root, &set, &attributes, scan);
        }
        if attributes.contains_key("owner") && attributes.contains_key("repo") {
            sites.extend(sources(root, &set, &attributes, scan));
        }
        if !sites.is_empty() {
            fetched.insert(tree::span(set.syntax()), sites);
        }
    }
    for expr in root.descendants().filter_map(ast::Expr::cast) {
        let is_text = matches!(expr, ast::Expr::Str(_) | ast::Expr::Literal(_) | ast::Expr::BinOp(_));
        if is_text && may_be_address(&expr) {
            for arguments in variants(root, &expr) {
                add_release(&mut Reader::with(arguments), &expr, scan);
            }
        }
    }
    for set in tree::sets(root) {
        built(root, &set, &fetched, scan);
    }
}

/// An attribute of a set, wherever its value is written.
pub(super) enum Attribute {
    Value(ast::Expr),
    Outer(String),
    From(ast::Expr, String),
}

impl Attribute {
    /// Returns the attribute's expression; for an inherited one, what it stands for.
    pub(super) fn value(&self, reader: &mut Reader, set: &SyntaxNode) -> Option<ast::Expr> {
        match self {
            Self::Value(value) => Some(value.clone()),
            Self::Outer(name) => reader.meaning(name, &set.parent()?),
            Self::From(source, name) => {
                // Which set it is from may be for the evaluation to say: all of them, then.
                reader.inherited(source, name).or_else(|| Some(source.clone()))
            }
        }
    }
}

/// Returns the attributes of a set that have plain names.
pub(super) fn attributes(set: &ast::AttrSet) -> BTreeMap<String, Attribute> {
    let mut found = BTreeMap::new();
    for (mut keys, bound) in tree::entries(set.syntax()) {
        let (1, Some(Some(name))) = (keys.len(), keys.pop()) else { continue };
        let attribute = match bound {
            Bound::Value(value) => Attribute::Value(value),
            Bound::Outer => Attribute::Outer(name.clone()),
            Bound::From(source) => Attribute::From(source, name.clone()),
        };
        found.insert(name, attribute);
    }
    found
}

/// Returns what the parameters can be that the expression's text depends on: one empty choice when
/// it depends on none.
fn variants(root: &SyntaxNode, expr: &ast::Expr) -> Vec<Vec<Argument>> {
    let mut reader = Reader::default();
    for string in reach(&mut reader, expr).strings {
        reader.text(&string.expr);
    }
    let found: Vec<_> = reader
        .open
        .iter()
        .map(|lambda| value::applications(root, lambda))
        .find(|found| !found.is_empty())
        .unwrap_or_default();
    if found.is_empty() { vec![Vec::new()] } else { found }
}

fn may_be_address(expr: &ast::Expr) -> bool {
    let text = expr.syntax().text();
    let length: usize = text.len().into();
    // Whole scripts are looked at elsewhere.
    length < 1000 && text.to_string().contains("://")
}

/// Adds the versions of the releases that a set with `url` fetches, with the hashes beside it.
fn releases(
    root: &SyntaxNode,
    set: &ast::AttrSet,
    attributes: &BTreeMap<String, Attribute>,
    scan: &mut Scan<'_>,
) -> Vec<usize> {
    let mut found = Vec::new();
    let is_unpacked = tree::application_of(set.syntax())
        .and_then(|apply| tree::function_name(&apply.lambda()?))
        .is_some_and(|name| UNPACKING.contains(&name.as_str()));
    for key in ["url", "urls"] {
        let Some(url) = attributes.get(key).and_then(|url| url.value(&mut Reader::default(), set.syntax()))
        else {
            continue;
        };
        for arguments in variants(root, &url) {
            let mut reader = Reader::with(arguments);
            let mut sites: Vec<(usize, Option<&'static str>)> = Vec::new();
            let mut is_source = is_unpacked;
            for string in reach(&mut reader, &url).strings {
                if let Some((site, release)) = add_release(&mut reader, &string.expr, scan) {
                    is_source |= release.is_source;
                    sites.push((site, release.system.or(string.system)));
                }
            }
            if sites.is_empty() {
                continue;
            }
            let values: Vec<_> = HASHES
                .iter()
                .filter_map(|key| attributes.get(*key)?.value(&mut reader, set.syntax()))
                .collect();
            for value in values {
                for string in reach(&mut reader, &value).strings {
                    let own = string.system;
                    let single = sites.first().filter(|_| sites.len() == 1).and_then(|(_, system)| *system);
                    let system = own.or(single).map(str::to_owned);
                    let what =
                        if is_source { Companionship::OpaqueHash } else { Companionship::Archive(system) };
                    let Some(companion) = place::hash(&string.expr, what) else { continue };
                    let of_system: Vec<usize> = sites
                        .iter()
                        .filter(|(_, system)| own.is_some() && *system == own)
                        .map(|(site, _)| *site)
                        .collect();
                    let all = || sites.iter().map(|(site, _)| *site).collect();
                    let owners: Vec<usize> = if of_system.is_empty() { all() } else { of_system };
                    owners.iter().for_each(|site| place::join(scan, *site, std::slice::from_ref(&companion)));
                }
            }
            found.extend(sites.into_iter().map(|(site, _)| site));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// Adds the version in a release's address, and returns its site.
fn add_release(
    reader: &mut Reader,
    expr: &ast::Expr,
    scan: &mut Scan<'_>,
) -> Option<(usize, release::Release)> {
    let fragment = reader.text(expr)?;
    let release = release::parse(fragment.text())?;
    let (span, text) = place::locate(&fragment, release.version.clone())?;
    let stated = if release.is_source { Stated::of_tag(text) } else { Stated::of(text) };
    let site = place::add(scan, Kind::NixInline, span, text, stated)?;
    let mention = release.mention.clone().and_then(|range| place::locate(&fragment, range));
    if let Some((span, _)) = mention {
        place::join(scan, site, &[Companion { span, what: Companionship::Mention }]);
    }
    Some((site, release))
}

/// Adds the version in a set with `owner` and `repo` of the engine's own repository.
fn sources(
    root: &SyntaxNode,
    set: &ast::AttrSet,
    attributes: &BTreeMap<String, Attribute>,
    scan: &mut Scan<'_>,
) -> Vec<usize> {
    if !is_engine_repository(set, attributes) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let pin = ["tag", "rev", "ref"].iter().find_map(|key| attributes.get(*key));
    let Some(pin) = pin.and_then(|pin| pin.value(&mut Reader::default(), set.syntax())) else { return found };
    for arguments in variants(root, &pin) {
        let mut reader = Reader::with(arguments);
        let Some(fragment) = reader.text(&pin) else { continue };
        let start = if fragment.text().starts_with("refs/tags/") { "refs/tags/".len() } else { 0 };
        let tag = &fragment.text()[start..];
        // Other parts of the repository have tags of their own: `sdk/go/v0.21.4`.
        if tag.contains('/') {
            continue;
        }
        let Some((span, text)) = place::locate(&fragment, start..fragment.text().len()) else { continue };
        let Some(site) = place::add(scan, Kind::NixInline, span, text, Stated::of_tag(text)) else {
            continue;
        };
        let values: Vec<_> =
            HASHES.iter().filter_map(|key| attributes.get(*key)?.value(&mut reader, set.syntax())).collect();
        for value in values {
            let companions: Vec<_> = reach(&mut reader, &value)
                .strings
                .iter()
                .filter_map(|string| place::hash(&string.expr, Companionship::OpaqueHash))
                .collect();
            place::join(scan, site, &companions);
        }
        found.push(site);
    }
    found
}

fn is_engine_repository(set: &ast::AttrSet, attributes: &BTreeMap<String, Attribute>) -> bool {
    let mut reader = Reader::default();
    ["owner", "repo"].iter().all(|key| {
        let value = attributes.get(*key).and_then(|value| value.value(&mut reader, set.syntax()));
        let text = value.and_then(|value| reader.text(&value));
        text.is_some_and(|text| text.text().eq_ignore_ascii_case("dagger"))
    })
}

/// Adds the version of a set that a derivation of the CLI is made of.
fn built(root: &SyntaxNode, set: &ast::AttrSet, fetched: &Fetched, scan: &mut Scan<'_>) {
    let attributes = attributes(set);
    let is_package = is_override(set) || is_file_call(set) || is_named(set, &attributes);
    let src = ["src", "srcs"].iter().find_map(|key| attributes.get(*key));
    if !is_package && src.is_none() {
        return;
    }
    let mut reader = Reader::default();
    let src = src.and_then(|src| src.value(&mut reader, set.syntax())).map(|src| reach(&mut reader, &src));
    let sites: Vec<usize> = src
        .iter()
        .flat_map(|src| &src.sets)
        .filter_map(|set| fetched.get(&tree::span(set.syntax())))
        .flatten()
        .copied()
        .collect();
    let mut companions = Vec::new();
    for key in VENDOR_HASHES {
        let value = attributes.get(key).and_then(|value| value.value(&mut reader, set.syntax()));
        companions.extend(value.and_then(|value| place::hash(&value, Companionship::OpaqueHash)));
    }
    sites.iter().for_each(|site| place::join(scan, *site, &companions));
    let is_other = sites.is_empty() && src.as_ref().is_some_and(|src| is_elsewhere(&mut reader, src));
    if !is_package || is_other {
        return;
    }
    let Some(version) = attributes.get("version").and_then(|value| value.value(&mut reader, set.syntax()))
    else {
        return;
    };
    if is_file_call(set) {
        let hashes = reach(&mut reader, &ast::Expr::AttrSet(set.clone())).strings;
        companions.extend(hashes.iter().filter_map(|string| {
            place::hash(&string.expr, Companionship::Archive(string.system.map(str::to_owned)))
        }));
    }
    for arguments in variants(root, &version) {
        let Some(fragment) = Reader::with(arguments).text(&version) else { continue };
        if let Some(site) = add_version(&fragment, &sites, scan) {
            place::join(scan, site, &companions);
        }
    }
}

/// Adds the version attribute of a package. What is fetched decides: an attribute that says
/// otherwise is shadowed by it.
fn add_version(fragment: &Fragment<'_>, sites: &[usize], scan: &mut Scan<'_>) -> Option<usize> {
    let (span, text) = place::locate(fragment, 0..fragment.text().len())?;
    let stated = Stated::of(text);
    if matches!(stated, Stated::Invalid(_)) {
        return None;
    }
    let said: Vec<&Stated> = sites.iter().filter_map(|site| Some(&scan.sites.get(*site)?.0.stated)).collect();
    let is_shadowed = said.iter().any(|said| said.version().is_some()) && !said.contains(&&stated);
    let hashes: Vec<Companion> = sites
        .iter()
        .filter_map(|site| scan.sites.get(*site))
        .flat_map(|(site, _)| &site.companions)
        .filter(|companion| companion.what != Companionship::Mention)
        .cloned()
        .collect();
    let site = place::add(scan, Kind::NixInline, span, text, stated)?;
    if is_shadowed {
        if let Some((site, _)) = scan.sites.get_mut(site) {
            site.role = Role::Shadowed;
        }
    } else {
        place::join(scan, site, &hashes);
    }
    Some(site)
}

/// Returns whether the package's name is the CLI's.
fn is_named(set: &ast::AttrSet, attributes: &BTreeMap<String, Attribute>) -> bool {
    let mut reader = Reader::default();
    ["pname", "name"].iter().any(|key| {
        let value = attributes.get(*key).and_then(|value| value.value(&mut reader, set.syntax()));
        let Some(name) = value.and_then(|value| reader.text(&value)) else { return false };
        let versioned = |name: &str| {
            name.strip_prefix("dagger-").is_some_and(|rest| matches!(Stated::of(rest), Stated::Version(_)))
        };
        PACKAGES.contains(&name.text()) || versioned(name.text())
    })
}

/// Returns whether the set overrides attributes of a package called `dagger`.
fn is_override(set: &ast::AttrSet) -> bool {
    let mut at = set.syntax().clone();
    // The set may be what functions return: `old: final: rec { … }`.
    while let Some(parent) = at.parent() {
        let is_wrapping = ast::Lambda::can_cast(parent.kind())
            || ast::Paren::can_cast(parent.kind())
            || ast::LetIn::cast(parent.clone())
                .is_some_and(|binding| binding.body().is_some_and(|body| *body.syntax() == at));
        if !is_wrapping {
            break;
        }
        at = parent;
    }
    let apply = at.parent().and_then(ast::Apply::cast);
    let Some(ast::Expr::Select(select)) = apply.and_then(|apply| apply.lambda()) else { return false };
    let mut names = select.attrpath().map(|path| tree::names(&path)).unwrap_or_default();
    let function = names.pop().flatten().unwrap_or_default();
    let package = match names.pop() {
        Some(name) => name,
        None => select.expr().and_then(|expr| tree::function_name(&expr)),
    };
    matches!(function.as_str(), "overrideAttrs" | "override" | "overrideDerivation")
        && package.is_some_and(|package| PACKAGES.contains(&package.as_str()))
}

/// Returns whether the set is what a file about the CLI is called with: `callPackage ./dagger.nix`.
fn is_file_call(set: &ast::AttrSet) -> bool {
    let apply = tree::application_of(set.syntax()).and_then(|apply| apply.lambda());
    let Some(ast::Expr::Apply(inner)) = apply else { return false };
    let function = inner.lambda().and_then(|function| tree::function_name(&function));
    let is_call = function.is_some_and(|name| name.starts_with("callPackage") || name == "import");
    let path = inner.argument().map(|path| path.syntax().text().to_string()).unwrap_or_default();
    is_call && super::is_about_dagger(&path)
}

/// Returns whether the source comes from elsewhere than the engine's own places.
fn is_elsewhere(reader: &mut Reader, src: &reach::Reach) -> bool {
    let has_owner = src.sets.iter().any(|set| {
        let attributes = attributes(set);
        attributes.contains_key("owner") && !is_engine_repository(set, &attributes)
    });
    has_owner
        || src.strings.iter().any(|string| {
            let text = reader.text(&string.expr);
            text.is_some_and(|text| {
                text.text().contains("://")
                    && !text.text().contains("dagger.io")
                    && !text.text().contains("/dagger/dagger")
            })
        })
}
