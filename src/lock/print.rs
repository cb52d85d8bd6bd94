use std::fmt::Write as _;

use super::{TOOLCHAIN, VERSION};
use crate::catalog::{Archive, Catalog, Image, Learnt, Nixpkgs, Revision};
use crate::document::toml_string;
use crate::value::HashEncoding;

const HEAD: &str = "\
# What pin has learnt about the versions in this repository. Written by pin; commit it.
# Each line is one fact. When branches meet, keep the lines of both: `pin.lock merge=union` in
# .gitattributes does, and so does `pin catalog update` on a conflict.
";

/// Returns the text of the lock that holds what the catalog has learnt; the same facts give the same
/// bytes.
pub fn print(catalog: &Catalog) -> String {
    let mut out = format!("{HEAD}version = {VERSION}\n");
    list(&mut out, "images", catalog.learnt_images().map(image));
    let _ = writeln!(out, "\n# What commits of its flake package.\n[toolchain.{TOOLCHAIN}]");
    list(&mut out, "revisions", catalog.learnt_revisions().map(revision));
    out.push_str("\n# The published archives of its CLI.\n");
    list(&mut out, "archives", catalog.learnt_archives().map(archive));
    out
}

fn list(out: &mut String, name: &str, lines: impl Iterator<Item = String>) {
    let _ = writeln!(out, "{name} = [");
    for line in lines {
        let _ = writeln!(out, "  {{ {line} }},");
    }
    out.push_str("]\n");
}

fn revision(learnt: &Learnt<Revision>) -> String {
    let Revision { rev, nar_hash, last_modified, nixpkgs, .. } = &learnt.fact;
    let version =
        learnt.fact.version().map(|version| format!("version = \"{version}\", ")).unwrap_or_default();
    let Nixpkgs { rev: nixpkgs, nar_hash: nixpkgs_hash, last_modified: nixpkgs_modified } = nixpkgs;
    format!(
        "rev = \"{rev}\", {version}nar-hash = \"{nar_hash}\", last-modified = {last_modified}, nixpkgs = {{ \
         rev = \"{nixpkgs}\", nar-hash = \"{nixpkgs_hash}\", last-modified = {nixpkgs_modified} }}, from = {}",
        toml_string(&learnt.from)
    )
}

fn archive(learnt: &Learnt<Archive>) -> String {
    let Archive { version, system, sha256 } = &learnt.fact;
    let hash = sha256.print(HashEncoding::Hex);
    let (system, from) = (toml_string(system), toml_string(&learnt.from));
    format!("version = \"{version}\", system = {system}, sha256 = \"{hash}\", from = {from}")
}

fn image(learnt: &Learnt<Image>) -> String {
    let Image { reference, digest, platforms } = &learnt.fact;
    let platforms: Vec<String> = platforms
        .iter()
        .map(|(platform, digest)| format!("{} = \"{digest}\"", toml_string(platform)))
        .collect();
    let platforms = match platforms.as_slice() {
        [] => String::new(),
        all => format!("platforms = {{ {} }}, ", all.join(", ")),
    };
    let (reference, from) = (toml_string(reference), toml_string(&learnt.from));
    format!("reference = {reference}, digest = \"{digest}\", {platforms}from = {from}")
}
