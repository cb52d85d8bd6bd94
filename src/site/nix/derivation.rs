//! The CLI's version as an attribute: own derivations, overrides, arguments of a package's file.

use rnix::ast;
use rowan::ast::AstNode as _;

use super::attribute::{Attributes, attributes};
use super::fetched::{self, Fetched};
use super::file::File;
use super::reach::{self, reach};
use super::value::Reader;
use super::{place, tree};
use crate::site::{Companion, Companionship, Kind, Role, Scan, Stated};
use crate::text::Fragment;

/// Attributes that hold a hash of what a build downloads.
const VENDOR_HASHES: [&str; 5] = ["vendorHash", "vendorSha256", "cargoHash", "modSha256", "npmDepsHash"];

/// Names of the CLI's packages.
const PACKAGES: [&str; 4] = ["dagger", "dagger-cli", "dagger-bin", "dagger-engine"];

/// Adds the version of every package of the CLI that a set describes.
pub(super) fn find(file: &File, scan: &mut Scan<'_>) {
    let fetched = fetched::find(file, scan);
    for set in file.sets() {
        built(file, &set, &fetched, scan);
    }
}

/// Adds the version of a set that a derivation of the CLI is made of.
fn built(file: &File, set: &ast::AttrSet, fetched: &Fetched, scan: &mut Scan<'_>) {
    let attributes = attributes(set);
    let is_package = is_override(set) || is_file_call(set) || is_named(file, set, &attributes);
    let src = ["src", "srcs"].iter().find_map(|key| attributes.get(*key));
    if !is_package && src.is_none() {
        return;
    }
    let mut reader = Reader::new(file);
    let src = src.and_then(|src| src.value(&mut reader, set.syntax())).map(|src| reach(&mut reader, &src));
    let sites: Vec<usize> = src
        .iter()
        .flat_map(|src| &src.sets)
        .filter_map(|set| fetched.get(&tree::span(set.syntax())))
        .flatten()
        .copied()
        .collect();
    let vendored =
        fetched::hashes(&mut reader, set, &attributes, &VENDOR_HASHES, |_| Companionship::OpaqueHash);
    let mut companions: Vec<_> = vendored.into_iter().map(|(companion, _)| companion).collect();
    for site in &sites {
        place::join(scan, *site, &companions);
    }
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
    for arguments in fetched::variants(file, &version) {
        let Some(fragment) = Reader::with(file, arguments).text(&version) else { continue };
        if let Some(site) = add_version(&fragment, &sites, scan) {
            place::join(scan, site, &companions);
        }
    }
}

/// Adds the version attribute of a package. What is fetched decides: an attribute that says
/// otherwise is shadowed by it.
fn add_version(fragment: &Fragment<'_>, sites: &[usize], scan: &mut Scan<'_>) -> Option<usize> {
    let place = place::whole(fragment)?;
    let stated = Stated::of(place.text);
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
    let site = place::add(scan, Kind::NixInline, &place, stated)?;
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
fn is_named(file: &File, set: &ast::AttrSet, attributes: &Attributes) -> bool {
    let mut reader = Reader::new(file);
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
fn is_elsewhere(reader: &mut Reader<'_>, src: &reach::Reach) -> bool {
    let has_owner = src.sets.iter().any(|set| {
        let attributes = attributes(set);
        attributes.contains_key("owner") && !fetched::is_engine_repository(reader.file, set, &attributes)
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
