//! What `packaged.nix` comes to.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::catalog::{self, Archive, Learnt, Nixpkgs, Packaged, Revision};
use crate::report::printable;
use crate::value::{NarHash, Rev, Sha256, Version};

/// The most characters of foreign words that are repeated.
const MAX_SAID: usize = 100;

/// Where a fact was learnt that Nix has told.
const FROM: &str = "nix eval";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    rev: String,
    nar_hash: String,
    last_modified: u64,
    nixpkgs: Locked,
    sources: BTreeMap<String, Option<Source>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Locked {
    #[serde(rename = "type")]
    sort: String,
    owner: String,
    repo: String,
    rev: String,
    nar_hash: String,
    last_modified: u64,
}

#[derive(Deserialize)]
struct Source {
    url: String,
    hash: String,
}

/// Returns what the commit packages, or what else stands there.
pub(super) fn read(asked: &Rev, json: &str) -> Result<Packaged, String> {
    let answer: Answer = serde_json::from_str(json).map_err(|error| format!("something else: {error}"))?;
    if Rev::parse(&answer.rev) != Some(*asked) {
        return Err("about another commit".to_owned());
    }
    let nar_hash = NarHash::parse(&answer.nar_hash).ok_or("a tree without its hash")?;
    let nixpkgs = nixpkgs(&answer.nixpkgs).ok_or("a flake that locks no nixpkgs of GitHub")?;
    if answer.sources.is_empty() {
        return Err("a flake with packages for no system".to_owned());
    }
    let mut versions = BTreeSet::new();
    let mut archives = BTreeSet::new();
    for (system, source) in &answer.sources {
        let Some(source) = source else { continue };
        let release = release(&source.url);
        let (version, built_for) = release.ok_or_else(|| {
            format!(
                "that the CLI for {} is made from `{}`, which is no release",
                printable(system, MAX_SAID),
                printable(&source.url, MAX_SAID)
            )
        })?;
        if let Some((sha256, _)) = Sha256::parse(&source.hash).filter(|_| built_for == system) {
            let fact = Archive { version: version.clone(), system: system.clone(), sha256 };
            archives.insert(Learnt { fact, from: FROM.to_owned() });
        }
        versions.insert(version);
    }
    if versions.len() > 1 {
        let versions: Vec<String> = versions.iter().map(Version::to_string).collect();
        return Err(format!("several versions: {}", versions.join(", ")));
    }
    let fact = Revision::learnt(*asked, nar_hash, answer.last_modified, nixpkgs, versions.first());
    let revision = Learnt { fact, from: FROM.to_owned() };
    Ok(Packaged { revision, archives: archives.into_iter().collect() })
}

fn nixpkgs(locked: &Locked) -> Option<Nixpkgs> {
    let is_nixpkgs = locked.sort == "github"
        && locked.owner.eq_ignore_ascii_case("NixOS")
        && locked.repo.eq_ignore_ascii_case("nixpkgs");
    let rev = Rev::parse(&locked.rev).filter(|_| is_nixpkgs)?;
    Some(Nixpkgs { rev, nar_hash: NarHash::parse(&locked.nar_hash)?, last_modified: locked.last_modified })
}

/// Returns the release that an address is of, and the system of its archive:
/// `…/0.21.8/dagger_v0.21.8_linux_amd64.tar.gz`, whose directory and name must agree.
fn release(url: &str) -> Option<(Version, &'static str)> {
    let (parents, file) = url.rsplit_once('/')?;
    let (version, system) = catalog::archive_name(file)?;
    let version = Version::parse(version)?;
    let (_, directory) = parents.rsplit_once('/')?;
    (Version::parse(directory)? == version).then_some((version, system))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    const REV: &str = "b35b2b5ab62ace3a3c1e779c497de1ad762a4aa1";
    const HASH: &str = "sha256-E0v8IiF9sEWNw615Yae1RH8KtMuOOF+mcafu2m0kHyE=";
    const NIX32: &str = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";

    fn url(version: &str, platform: &str) -> String {
        format!("https://dl.dagger.io/dagger/releases/{version}/dagger_v{version}_{platform}.tar.gz")
    }

    fn answer(sources: &Value) -> Value {
        json!({
            "rev": REV, "narHash": HASH, "lastModified": 1_785_344_846,
            "nixpkgs": {
                "lastModified": 1_758_416_067, "narHash": HASH, "owner": "NixOS", "repo": "nixpkgs",
                "rev": "51c8f9cfaae8306d135095bcdb3df9027f95542d", "type": "github",
            },
            "sources": sources,
        })
    }

    fn ask(answer: &Value) -> Result<(Option<String>, Vec<String>), String> {
        let packaged = read(&Rev::parse(REV).unwrap(), &answer.to_string())?;
        let systems = packaged.archives.iter().map(|archive| archive.fact.system.clone());
        Ok((packaged.revision.fact.version().map(|version| version.to_string()), systems.collect()))
    }

    #[test]
    fn the_address_says_the_version() {
        let sources = json!({
            "x86_64-linux": { "url": url("0.21.8", "linux_amd64"), "hash": NIX32 },
            "aarch64-darwin": { "url": url("0.21.8", "darwin_arm64"), "hash": HASH },
            // An archive of another system, and a hash of another sort, are no facts to keep.
            "x86_64-darwin": { "url": url("0.21.8", "darwin_arm64"), "hash": HASH },
            "aarch64-linux": { "url": url("0.21.8", "linux_arm64"), "hash": "sha512-AAAA" },
            "riscv64-linux": null,
        });
        let wanted = vec!["aarch64-darwin".to_owned(), "x86_64-linux".to_owned()];
        assert_eq!(ask(&answer(&sources)), Ok((Some("0.21.8".to_owned()), wanted)));
    }

    #[test]
    fn no_package_is_a_fact() {
        assert_eq!(ask(&answer(&json!({ "x86_64-linux": null }))), Ok((None, Vec::new())));
    }

    #[test]
    fn anything_else_is_said() {
        let source = |url: &str| json!({ "x86_64-linux": { "url": url, "hash": NIX32 } });
        let says = |answer: &Value, words: &str| {
            let error = ask(answer).unwrap_err();
            assert!(error.starts_with(words), "{error}");
        };
        says(&answer(&json!({})), "a flake with packages for no system");
        for no_release in [
            "",
            "dagger_v0.21.8_linux_amd64.tar.gz",
            "https://github.com/dagger/dagger/archive/v0.21.8.tar.gz",
            "https://dl.dagger.io/dagger/releases/0.21.8/dagger_v0.21.7_linux_amd64.tar.gz",
            "https://dl.dagger.io/dagger/releases/0.21.8/dagger_v0.21.8_plan9_amd64.tar.gz",
            "https://dl.dagger.io/container-use/releases/0.4.2/container-use_v0.4.2_linux_amd64.tar.gz",
        ] {
            says(&answer(&source(no_release)), "that the CLI for x86_64-linux is made from `");
        }
        let two = json!({
            "x86_64-linux": { "url": url("0.21.8", "linux_amd64"), "hash": NIX32 },
            "aarch64-linux": { "url": url("0.21.7", "linux_arm64"), "hash": NIX32 },
        });
        says(&answer(&two), "several versions: 0.21.7, 0.21.8");
        let mut other = answer(&json!({ "x86_64-linux": null }));
        other["nixpkgs"]["owner"] = "me".into();
        says(&other, "a flake that locks no nixpkgs of GitHub");
        other["narHash"] = "x".into();
        says(&other, "a tree without its hash");
        other["rev"] = "0".repeat(40).into();
        says(&other, "about another commit");
        says(&json!(null), "something else: ");
    }

    proptest! {
        #[test]
        fn no_text_is_too_much(text in ".{0,200}", url in ".{0,80}") {
            let rev = Rev::parse(REV).unwrap();
            drop(read(&rev, &text));
            drop(ask(&answer(&json!({ text: { "url": url, "hash": url } }))));
        }
    }
}
