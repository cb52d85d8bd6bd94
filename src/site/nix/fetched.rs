//! Releases and sources of the CLI that an expression fetches.

use std::collections::BTreeMap;

use rnix::ast;
use rowan::ast::AstNode as _;

use super::attribute::{Attributes, attributes};
use super::file::File;
use super::function::{self, Argument};
use super::reach::reach;
use super::release::{self, Release};
use super::value::Reader;
use super::{place, tree};
use crate::site::{Companion, Companionship, Kind, Scan, Stated};
use crate::text::Span;

/// Attributes that hold a hash of what is fetched.
const HASHES: [&str; 5] = ["hash", "sha256", "sha512", "outputHash", "sha1"];

/// Functions that unpack what they fetch, so that the hash is not the archive's.
const UNPACKING: [&str; 6] =
    ["fetchzip", "fetchTarball", "fetchFromGitHub", "fetchgit", "fetchGit", "fetchTree"];

/// The sites that stand in a fetched set, by the place of the set.
pub(super) type Fetched = BTreeMap<Span, Vec<usize>>;

/// Adds the sites of every expression that fetches the CLI or its source, and returns which stand
/// in which set.
pub(super) fn find(file: &File, scan: &mut Scan<'_>) -> Fetched {
    let mut fetched = Fetched::new();
    for set in file.sets() {
        let attributes = attributes(&set);
        let mut sites = Vec::new();
        if attributes.contains_key("url") || attributes.contains_key("urls") {
            sites = releases(file, &set, &attributes, scan);
        }
        if attributes.contains_key("owner") && attributes.contains_key("repo") {
            sites.extend(sources(file, &set, &attributes, scan));
        }
        if !sites.is_empty() {
            fetched.insert(tree::span(set.syntax()), sites);
        }
    }
    for expr in file.exprs() {
        let is_text = matches!(expr, ast::Expr::Str(_) | ast::Expr::Literal(_) | ast::Expr::BinOp(_));
        if is_text && may_be_address(&expr) {
            for arguments in variants(file, &expr) {
                add_release(&mut Reader::with(file, arguments), &expr, scan);
            }
        }
    }
    fetched
}

/// Returns what the parameters can be that the expression's text depends on: one empty choice when
/// it depends on none.
pub(super) fn variants(file: &File, expr: &ast::Expr) -> Vec<Vec<Argument>> {
    let mut reader = Reader::new(file);
    for string in reach(&mut reader, expr).strings {
        reader.text(&string.expr);
    }
    let found: Vec<_> = reader
        .open
        .iter()
        .map(|lambda| function::applications(file, lambda))
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
fn releases(file: &File, set: &ast::AttrSet, attributes: &Attributes, scan: &mut Scan<'_>) -> Vec<usize> {
    let mut found = Vec::new();
    let is_unpacked = tree::application_of(set.syntax())
        .and_then(|apply| tree::function_name(&apply.lambda()?))
        .is_some_and(|name| UNPACKING.contains(&name.as_str()));
    for key in ["url", "urls"] {
        let Some(url) = attributes.get(key).and_then(|url| url.value(&mut Reader::new(file), set.syntax()))
        else {
            continue;
        };
        for arguments in variants(file, &url) {
            let mut reader = Reader::with(file, arguments);
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
            let single = sites.first().filter(|_| sites.len() == 1).and_then(|(_, system)| *system);
            let what = |system: Option<&'static str>| {
                let archive = Companionship::Archive(system.or(single).map(str::to_owned));
                if is_source { Companionship::OpaqueHash } else { archive }
            };
            for (companion, system) in hashes(&mut reader, set, attributes, &HASHES, what) {
                let is_its_own = |site: &&(usize, Option<&'static str>)| system.is_some() && site.1 == system;
                let mut owners: Vec<_> = sites.iter().filter(is_its_own).collect();
                if owners.is_empty() {
                    owners.extend(&sites);
                }
                for (site, _) in owners {
                    place::join(scan, *site, std::slice::from_ref(&companion));
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
fn add_release(reader: &mut Reader<'_>, expr: &ast::Expr, scan: &mut Scan<'_>) -> Option<(usize, Release)> {
    let fragment = reader.text(expr)?;
    let release = release::parse(fragment.text())?;
    let place = place::locate(&fragment, release.version.clone())?;
    let stated = if release.is_source { Stated::of_tag(place.text) } else { Stated::of(place.text) };
    let site = place::add(scan, Kind::NixInline, &place, stated)?;
    let mention = release.mention.clone().and_then(|range| place::locate(&fragment, range));
    if let Some(mention) = mention {
        place::join(scan, site, &[Companion { span: mention.at, what: Companionship::Mention }]);
    }
    Some((site, release))
}

/// Adds the version in a set with `owner` and `repo` of the engine's own repository.
fn sources(file: &File, set: &ast::AttrSet, attributes: &Attributes, scan: &mut Scan<'_>) -> Vec<usize> {
    if !is_engine_repository(file, set, attributes) || is_for_sdk(set) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let pin = ["tag", "rev", "ref"].iter().find_map(|key| attributes.get(*key));
    let Some(pin) = pin.and_then(|pin| pin.value(&mut Reader::new(file), set.syntax())) else { return found };
    for arguments in variants(file, &pin) {
        let mut reader = Reader::with(file, arguments);
        let Some(fragment) = reader.text(&pin) else { continue };
        let start = if fragment.text().starts_with("refs/tags/") { "refs/tags/".len() } else { 0 };
        let tag = &fragment.text()[start..];
        // Other parts of the repository have tags of their own: `sdk/go/v0.21.4`.
        if tag.contains('/') {
            continue;
        }
        let Some(place) = place::locate(&fragment, start..fragment.text().len()) else { continue };
        let stated = Stated::of_tag(place.text);
        let Some(site) = place::add(scan, Kind::NixInline, &place, stated) else { continue };
        for (companion, _) in hashes(&mut reader, set, attributes, &HASHES, |_| Companionship::OpaqueHash) {
            place::join(scan, site, &[companion]);
        }
        found.push(site);
    }
    found
}

/// Returns whether only an SDK's directory of the source is used: `fetchFromGitHub { … } + "/sdk/go"`.
fn is_for_sdk(set: &ast::AttrSet) -> bool {
    let outer = tree::application_of(set.syntax()).and_then(|apply| apply.syntax().parent());
    let path = outer.and_then(ast::BinOp::cast).and_then(|sum| tree::literal(&sum.rhs()?));
    path.is_some_and(|path| path.text().starts_with("/sdk/"))
}

/// Returns the hashes that the named attributes hold, each with its system. One that the file does
/// not spell is returned as what it is: an expression that would have to change, too.
pub(super) fn hashes(
    reader: &mut Reader<'_>,
    set: &ast::AttrSet,
    attributes: &Attributes,
    names: &[&str],
    what: impl Fn(Option<&'static str>) -> Companionship,
) -> Vec<(Companion, Option<&'static str>)> {
    let mut found = Vec::new();
    for name in names {
        let value = attributes.get(*name).and_then(|value| value.value(reader, set.syntax()));
        let Some(value) = value else { continue };
        let strings = reach(reader, &value).strings;
        let known = found.len();
        found.extend(strings.iter().filter_map(|string| {
            place::hash(&string.expr, what(string.system)).map(|companion| (companion, string.system))
        }));
        let is_none = value.syntax().text() == "null"
            || tree::literal(&value).is_some()
            || tree::function_name(&value).is_some_and(|name| name.starts_with("fake"));
        if found.len() == known && !is_none {
            let span = tree::span(value.syntax());
            found.push((Companion { span, what: Companionship::OpaqueHash }, None));
        }
    }
    found
}

pub(super) fn is_engine_repository(file: &File, set: &ast::AttrSet, attributes: &Attributes) -> bool {
    let mut reader = Reader::new(file);
    ["owner", "repo"].iter().all(|key| {
        let value = attributes.get(*key).and_then(|value| value.value(&mut reader, set.syntax()));
        let text = value.and_then(|value| reader.text(&value));
        text.is_some_and(|text| text.text().eq_ignore_ascii_case("dagger"))
    })
}
