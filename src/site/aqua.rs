//! The configuration of aqua and its checksums (aquaproj.github.io, "Configuration" and
//! "Checksum").

use std::ops::Range;

use super::format::{FilePath, Spec};
use super::scan::Follow;
use super::{Companion, Companionship, Kind, Scan, Site, Stated, lines, release};
use crate::document::{self, Map, Node, Scalar};
use crate::text::Source;

/// Packages, and what their archives hash to. Files that a configuration imports may have any name:
/// they are read as other YAML, which looks at its packages here.
pub(super) const FORMAT: Spec = Spec {
    names: &[
        "aqua.yaml",
        "aqua.yml",
        ".aqua.yaml",
        ".aqua.yml",
        "aqua-checksums.json",
        ".aqua-checksums.json",
    ],
    ..Spec::of(|source, scan| {
        find_file(source, scan);
        Ok(())
    })
};

/// The package's name in the standard registry.
const PACKAGE: &str = "dagger/dagger";

/// What the name of an archive's checksum begins with.
const ARCHIVE: &str = "github_release/github.com/dagger/dagger/";

fn find_file(source: &Source, scan: &mut Scan<'_>) {
    let text = source.text();
    if FilePath::new(scan.path).extension == "json" {
        let Ok(root) = document::parse_json(text) else { return };
        let sums = root.get("checksums").and_then(Node::as_list);
        sums.into_iter().flat_map(|list| &list.items).for_each(|sum| checksum(sum, scan));
        return;
    }
    let Ok(documents) = document::parse_yaml(text) else { return lines::find(text, scan) };
    for document in &documents {
        let packages = document.get("packages").and_then(Node::as_list);
        let maps = packages.into_iter().flat_map(|list| &list.items).filter_map(Node::as_map);
        maps.for_each(|map| package(map, scan));
    }
}

/// Adds the version of the CLI's package, or that none is given.
fn package(map: &Map<'_>, scan: &mut Scan<'_>) {
    let scalar = |key: &str| map.get(key).and_then(Node::as_scalar);
    let Some(name) = scalar("name") else { return };
    if let Some((place, range)) = version(map) {
        let stated = Stated::of(&place.text()[range.clone()]);
        scan.add_in(Kind::ToolAqua, &place.content, range, stated);
    } else if name.text() != PACKAGE {
        // Another package.
    } else if let Some(expression) = scalar("version_expr") {
        scan.add_derived(Kind::ToolAqua, expression.text_span(), expression.text(), read(expression.text()));
    } else {
        scan.add_in(Kind::ToolAqua, &name.content, 0..name.text().len(), Stated::Missing);
    }
}

/// Returns where the version of the CLI's package stands: after its name or beside it.
pub(super) fn version<'n, 'a>(map: &'n Map<'a>) -> Option<(&'n Scalar<'a>, Range<usize>)> {
    let scalar = |key: &str| map.get(key).and_then(Node::as_scalar);
    let name = scalar("name")?;
    let (place, start) = match name.text().strip_prefix(PACKAGE)? {
        "" => (scalar("version")?, 0),
        rest if rest.starts_with('@') => (name, PACKAGE.len() + 1),
        _ => return None,
    };
    let range = start..place.text().len();
    (!range.is_empty()).then_some((place, range))
}

/// Returns what an expression reads: `readJSON('dagger.json').engineVersion` is a module's.
fn read(expression: &str) -> Follow {
    if expression.contains("engineVersion") {
        let path = expression.split(['"', '\'']).nth(1);
        return Follow::Module(path.map(str::to_owned));
    }
    Follow::Outside("what aqua reads from another file".to_owned())
}

/// Adds the checksum of one archive, whose name has its version twice.
fn checksum(sum: &Node<'_>, scan: &mut Scan<'_>) {
    let scalar = |key: &str| sum.get(key).and_then(Node::as_scalar);
    let Some(id) = scalar("id") else { return };
    let Some((version, archive)) = id.text().strip_prefix(ARCHIVE).and_then(|rest| rest.split_once('/'))
    else {
        return;
    };
    let range = ARCHIVE.len()..ARCHIVE.len() + version.len();
    let Some(site) = scan.add_in(Kind::ToolAqua, &id.content, range.clone(), Stated::of(version)) else {
        return;
    };
    if let Some(at) = archive.find(version) {
        let mention = range.end + 1 + at..range.end + 1 + at + version.len();
        push(site, id, mention, Companionship::Mention);
    }
    if let Some(hash) = scalar("checksum") {
        let system = release::system_in(archive).map(str::to_owned);
        push(site, hash, 0..hash.text().len(), Companionship::Archive(system));
    }
}

fn push(site: &mut Site, scalar: &Scalar<'_>, range: Range<usize>, what: Companionship) {
    site.companions.extend(scalar.content.span(range).map(|span| Companion { span, what }));
}

#[cfg(test)]
mod tests {
    use crate::site::shown::check_at;

    #[test]
    fn a_package_states_its_version_in_every_form() {
        for text in [
            "registries:\n- type: standard\n  ref: v4.300.0\npackages:\n- name: cli/cli@v2.1.0\n- name: dagger/dagger@v0.21.8\n",
            "packages:\r\n  # é dagger/dagger@v0.1.0\r\n  - name: dagger/dagger\r\n    version: v0.21.8\r\n",
            "packages: [{name: 'dagger/dagger', version: \"v0.21.8\", registry: standard}]",
        ] {
            for path in ["aqua.yaml", "a/.aqua.yml", "aqua/imports/ci.yaml"] {
                check_at(path, text, &["tool.aqua v0.21.8 mirror 0.21.8"]);
            }
        }
        check_at("aqua.yaml", "packages: [{name: dagger/dagger@main}]", &["tool.aqua main mirror -"]);
        check_at("aqua.yaml", "packages: [{name: dagger/dagger}]", &["tool.aqua dagger/dagger mirror -"]);
        check_at(
            "aqua.yaml",
            "packages: [{name: dagger/dagger, version_expr: \"readFile('.v')\"}]",
            &["tool.aqua readFile('.v') derived -"],
        );
    }

    #[test]
    fn others_are_none() {
        for text in [
            "",
            "packages:\n",
            "packages: [{import: imports/*.yaml}, {name: dagger/container-use@v0.4.2}, {name: google/dagger@v2.1.0}]",
            "registries: [{name: dagger/dagger@v0.21.8}]",
        ] {
            check_at("aqua.yaml", text, &[]);
        }
        for text in [
            "",
            "{}",
            "{\"checksums\":[]}",
            "{\"checksums\":[{\"id\":\"github_release/github.com/cli/cli/v2.1.0/x\"}]}",
        ] {
            check_at("aqua-checksums.json", text, &[]);
        }
    }
}
