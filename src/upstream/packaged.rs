//! What a tree of the flake's repository packages.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::catalog::{Archive, Nixpkgs, Revision};
use crate::nar::Node;
use crate::site::{Companionship, Format, Kind, Role, Scan, Stated};
use crate::text::Source;
use crate::value::{NarHash, Rev, Sha256, Version};

/// The file that fetches the CLI.
const PACKAGE: &str = "pkgs/dagger/default.nix";

/// Words that an expression which fetches the CLI has, whatever the file is called.
const ADDRESSES: [&str; 2] = ["/dagger/releases/", "dagger/dagger/releases/"];

/// A lock, as far as it tells the flake's own nixpkgs.
#[derive(Deserialize)]
struct Lock {
    root: String,
    nodes: BTreeMap<String, LockNode>,
}

#[derive(Deserialize)]
struct LockNode {
    #[serde(default)]
    inputs: BTreeMap<String, serde_json::Value>,
    locked: Option<Locked>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Locked {
    rev: Option<String>,
    nar_hash: Option<String>,
    last_modified: Option<u64>,
}

/// Returns the facts about a tree that is the commit `rev`, or what is wrong with it.
pub(super) fn read(rev: Rev, tree: &Node<'_>, newest: u64) -> Result<(Revision, Vec<Archive>), String> {
    let nixpkgs = nixpkgs(tree)?;
    let (version, archives) = match cli(tree)? {
        Some((version, archives)) => (Some(version), archives),
        None => (None, Vec::new()),
    };
    Ok((Revision::learnt(rev, tree.hash(), newest, nixpkgs, version.as_ref()), archives))
}

/// Returns the nixpkgs that the tree's own lock has.
fn nixpkgs(tree: &Node<'_>) -> Result<Nixpkgs, String> {
    let Some(Node::File { contents, .. }) = tree.get("flake.lock") else {
        return Err("it has no flake.lock".to_owned());
    };
    let lock: Lock = serde_json::from_slice(contents)
        .map_err(|error| format!("its flake.lock makes no sense: {error}"))?;
    let find = || {
        let name = lock.nodes.get(&lock.root)?.inputs.get("nixpkgs")?.as_str()?;
        let locked = lock.nodes.get(name)?.locked.as_ref()?;
        Some(Nixpkgs {
            rev: Rev::parse(locked.rev.as_ref()?)?,
            nar_hash: NarHash::parse(locked.nar_hash.as_ref()?)?,
            last_modified: locked.last_modified?,
        })
    };
    find().ok_or_else(|| "its flake.lock has no nixpkgs".to_owned())
}

/// Returns the version that the tree fetches and the hashes of what it fetches, or `None` when it
/// fetches none. The attribute `version` says nothing: seven commits have another one than what they
/// download.
fn cli(tree: &Node<'_>) -> Result<Option<(Version, Vec<Archive>)>, String> {
    let Some(Node::File { contents, .. }) = tree.get(PACKAGE) else {
        let elsewhere = tree.files().into_iter().find(|(path, contents)| {
            let names = |word: &&str| memchr::memmem::find(contents, word.as_bytes()).is_some();
            Format::of(path) == Some(Format::Nix) && ADDRESSES.iter().any(names)
        });
        return match elsewhere {
            Some((path, _)) => Err(format!("it packages the CLI in {path}, and not in {PACKAGE}")),
            None => Ok(None),
        };
    };
    let source = Source::new(contents.to_vec());
    let mut scan = Scan::new(PACKAGE);
    let format = Format::of(PACKAGE).ok_or("nothing reads Nix")?;
    format.find(&source, &mut scan).map_err(|error| format!("its {PACKAGE} does not parse: {error}"))?;
    let (mut versions, mut archives) = (BTreeSet::new(), BTreeSet::new());
    for (site, _) in &scan.sites {
        let fetched = site.companions.iter().filter_map(|companion| match &companion.what {
            Companionship::Archive(system) => Some((system.as_deref(), companion.span)),
            _ => None,
        });
        let fetched: Vec<_> = fetched.collect();
        let is_fetched = matches!(site.kind, Kind::NixInline | Kind::ReleaseUrl) && !fetched.is_empty();
        if !is_fetched || matches!(site.role, Role::Shadowed | Role::Derived) {
            continue;
        }
        let Stated::Version(version) = &site.stated else {
            return Err(format!("its {PACKAGE} fetches `{}`, which is no version", site.text));
        };
        versions.insert(version.clone());
        for (system, span) in fetched {
            let text = source.slice(span);
            let (Some(system), Some((sha256, _))) = (system, Sha256::parse(text)) else {
                return Err(format!("its {PACKAGE} has a hash that cannot be read: `{text}`"));
            };
            archives.insert(Archive { version: version.clone(), system: system.to_owned(), sha256 });
        }
    }
    match Vec::from_iter(versions).as_slice() {
        [version] => Ok(Some((version.clone(), archives.into_iter().collect()))),
        [] => Err(format!("its {PACKAGE} has no address of a release with a hash")),
        several => {
            let several: Vec<String> = several.iter().map(ToString::to_string).collect();
            Err(format!("its {PACKAGE} fetches several versions: {}", several.join(", ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::HashEncoding;

    const LOCK: &str = r#"{ "nodes": { "nixpkgs": { "locked": { "lastModified": 5, "owner": "NixOS", "repo": "nixpkgs",
        "narHash": "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=",
        "rev": "51c8f9cfaae8306d135095bcdb3df9027f95542d", "type": "github" } },
        "root": { "inputs": { "nixpkgs": "nixpkgs" } } }, "root": "root", "version": 7 }"#;

    const HASH: &str = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";

    /// A file as the release tool writes it, that says `attribute` and fetches `fetched`.
    fn package(attribute: &str, fetched: &str) -> String {
        let url = |platform: &str| {
            format!("https://dl.dagger.io/dagger/releases/{fetched}/dagger_v{fetched}_{platform}.tar.gz")
        };
        let (linux, darwin) = (url("linux_amd64"), url("darwin_arm64"));
        format!(
            r#"{{ system ? builtins.currentSystem, fetchurl, stdenvNoCC }}:
let
  shaMap = {{ x86_64-linux = "{HASH}"; aarch64-darwin = "{HASH}"; }};
  urlMap = {{ x86_64-linux = "{linux}"; aarch64-darwin = "{darwin}"; }};
in
stdenvNoCC.mkDerivation {{
  pname = "dagger";
  version = "{attribute}";
  src = fetchurl {{ url = urlMap.${{system}}; sha256 = shaMap.${{system}}; }};
}}
"#
        )
    }

    fn facts(files: &[(&str, &str)]) -> Result<(Revision, Vec<Archive>), String> {
        let mut tree = Node::Directory(BTreeMap::new());
        for (path, text) in files {
            let file = Node::File { contents: text.as_bytes(), is_executable: false };
            tree.insert(path.as_bytes(), file).unwrap();
        }
        read(Rev::from_bytes([7; 20]), &tree, 9)
    }

    #[test]
    fn what_is_fetched_is_the_version() {
        for attribute in ["0.21.9", "0.9.1"] {
            let (fact, archives) =
                facts(&[("flake.lock", LOCK), (PACKAGE, &package(attribute, "0.21.9"))]).unwrap();
            assert_eq!((fact.version(), fact.last_modified), (Version::parse("0.21.9"), 9));
            assert_eq!(fact.nixpkgs.rev.to_string(), "51c8f9cfaae8306d135095bcdb3df9027f95542d");
            let archives: Vec<_> = archives
                .iter()
                .map(|archive| (archive.system.as_str(), archive.sha256.print(HashEncoding::Nix32)))
                .collect();
            assert_eq!(archives, [("aarch64-darwin", HASH.to_owned()), ("x86_64-linux", HASH.to_owned())]);
        }
    }

    #[test]
    fn a_tree_without_the_cli_is_a_fact() {
        let other =
            "fetchurl { url = \"https://github.com/dagger/container-use/releases/download/v0.4.2/x\"; }";
        let (fact, archives) = facts(&[("flake.lock", LOCK), ("pkgs/other/default.nix", other)]).unwrap();
        assert_eq!((fact.version(), archives), (None, Vec::new()));
    }

    #[test]
    fn what_is_not_understood_is_no_fact() {
        let check = |files: &[(&str, &str)], expect: &str| assert_eq!(facts(files).unwrap_err(), expect);
        check(&[("a", "")], "it has no flake.lock");
        check(
            &[("flake.lock", "{}")],
            "its flake.lock makes no sense: missing field `root` at line 1 column 2",
        );
        check(&[("flake.lock", r#"{"root":"r","nodes":{}}"#)], "its flake.lock has no nixpkgs");
        let moved = package("0.21.9", "0.21.9");
        check(
            &[("flake.lock", LOCK), ("cli/package.nix", &moved)],
            "it packages the CLI in cli/package.nix, and not in pkgs/dagger/default.nix",
        );
        check(
            &[("flake.lock", LOCK), (PACKAGE, "{ version = \"0.21.9\"; }")],
            "its pkgs/dagger/default.nix has no address of a release with a hash",
        );
        let two = moved.replacen("/0.21.9/dagger_v0.21.9_", "/0.21.8/dagger_v0.21.8_", 1);
        check(
            &[("flake.lock", LOCK), (PACKAGE, &two)],
            "its pkgs/dagger/default.nix fetches several versions: 0.21.8, 0.21.9",
        );
    }
}
