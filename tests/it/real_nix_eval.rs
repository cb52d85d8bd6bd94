//! `pin check --eval` with real versions of Nix: what they say about a tree that is in the store, without a network.

use crate::support::nix::{self, Nix};
use crate::support::tree::{Entry, Tree};
use crate::support::{Project, Run};

/// A commit that no table has. Nix remembers which tree a commit has, so each tree needs another one.
fn rev(n: usize) -> String {
    format!("{n:040x}")
}

const NIXPKGS_REV: &str = "51c8f9cfaae8306d135095bcdb3df9027f95542d";
const NIXPKGS_HASH: &str = "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=";

const FLAKE: &str = "{
  inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixpkgs-unstable\";
  outputs = { self, nixpkgs }:
    let
      all = f: nixpkgs.lib.genAttrs [ \"x86_64-linux\" \"aarch64-darwin\" ] f;
    in
    {
      legacyPackages = all (system: import ./default.nix { pkgs = import nixpkgs { inherit system; }; });
      packages = all (system: nixpkgs.lib.filterAttrs (_: v: nixpkgs.lib.isDerivation v) self.legacyPackages.${system});
    };
}
";

/// Most commits build with `stdenvNoCC`, early ones with all of `pkgs`; `@attribute@` may say anything.
const PACKAGE: &str = "{ system ? builtins.currentSystem, lib, fetchurl, installShellFiles, stdenvNoCC }:
let
  shaMap = {
    x86_64-linux = \"1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4\";
    aarch64-darwin = \"0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v\";
  };
  urlMap = {
    x86_64-linux = \"https://dl.dagger.io/dagger/releases/0.21.8/dagger_v0.21.8_linux_amd64.tar.gz\";
    aarch64-darwin = \"https://dl.dagger.io/dagger/releases/0.21.8/dagger_v0.21.8_darwin_arm64.tar.gz\";
  };
in
stdenvNoCC.mkDerivation {
  pname = \"dagger\";
  version = \"@attribute@\";
  src = fetchurl { url = urlMap.${system}; sha256 = shaMap.${system}; };
  nativeBuildInputs = [ installShellFiles ];
  inherit system;
  meta.license = lib.licenses.asl20;
}
";

/// A package that takes something of nixpkgs which only nixpkgs has.
const DEMANDING: &str = "{ system, cli }: cli.for system\n";

/// A package whose address only a build would tell.
const BUILDS: &str = "{ }: {
  type = \"derivation\";
  src.hash = \"\";
  src.url = builtins.readFile (derivation {
    name = \"address\";
    system = \"x86_64-linux\";
    builder = \"/bin/sh\";
    args = [ \"-c\" \"echo built >$out; echo built >@built@\" ];
  });
}
";

const NIXPKGS: &str = "{ system }:
let
  lib = import ./lib.nix;
  pkgs = {
    inherit lib;
    callPackage = file: _: import file {
      inherit system;
      cli.for = system: {
        type = \"derivation\";
        src = {
          urls = [ \"https://mirror.example/0.21.8/dagger_v0.21.8_linux_amd64.tar.gz\" ];
          outputHash = \"sha256-olV0eG2YQlocEIgYl/zoeXn9BYVog3oq13dwhQi3BXw=\";
        };
      };
    };
  };
in
pkgs
";

const NIXPKGS_LIB: &str = "{
  genAttrs = names: f: builtins.listToAttrs (map (name: { inherit name; value = f name; }) names);
  filterAttrs = keeps: set: removeAttrs set (builtins.filter (n: !keeps n set.${n}) (builtins.attrNames set));
  isDerivation = value: value.type or null == \"derivation\";
}
";

const DEFAULT: &str = "{ pkgs }:
{
  lib = import ./lib { inherit pkgs; };
  dagger = pkgs.callPackage ./pkgs/dagger { };
}
";

/// What the lock of a flake says about another one.
fn locked(owner: &str, repo: &str, rev: &str, hash: &str, modified: u32) -> serde_json::Value {
    serde_json::json!({
        "locked": {
            "lastModified": modified, "narHash": hash, "owner": owner, "repo": repo, "rev": rev, "type": "github",
        },
        "original": { "owner": owner, "repo": repo, "type": "github" },
    })
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |text: &str| Entry::File { mode: 0o644, bytes: text.as_bytes().to_vec() };
    Tree(files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect())
}

/// The tree of the flake that packages the CLI; it locks a nixpkgs with that hash.
fn flake_tree(default: &str, package: &str, nixpkgs: &str) -> Tree {
    let lock = serde_json::json!({
        "nodes": {
            "nixpkgs": locked("NixOS", "nixpkgs", NIXPKGS_REV, nixpkgs, 1_758_416_067),
            "root": { "inputs": { "nixpkgs": "nixpkgs" } },
        },
        "root": "root",
        "version": 7,
    });
    tree(&[
        ("flake.nix", FLAKE),
        ("flake.lock", &lock.to_string()),
        ("default.nix", default),
        ("lib/default.nix", "{ pkgs }: with pkgs.lib; { }\n"),
        ("pkgs/dagger/default.nix", package),
    ])
}

/// A repository whose lock names the unlisted commit, with this hash of its tree.
fn project(rev: &str, hash: &str) -> Project {
    let lock = serde_json::json!({
        "nodes": {
            "dagger": locked("dagger", "nix", rev, hash, 1_785_344_846),
            "root": { "inputs": { "dagger": "dagger" } },
        },
        "root": "root",
        "version": 7,
    });
    let flake = "{\n  inputs.dagger.url = \"github:dagger/nix\";\n  outputs = { dagger, ... }: { inherit (dagger) packages; };\n}\n";
    let module = "{\n  \"name\": \"ci\",\n  \"engineVersion\": \"v0.21.8\"\n}\n";
    Project::new(&[
        ("flake.nix", flake),
        ("flake.lock", &serde_json::to_string_pretty(&lock).expect("it is JSON")),
        ("ci/dagger.json", module),
    ])
}

/// The lock that a repository has learnt, without its explanation.
fn learnt(project: &Project) -> Vec<String> {
    let lock = String::from_utf8(project.read("pin.lock")).expect("pin writes UTF-8");
    lock.lines().filter(|line| line.starts_with("  {")).map(|line| line.trim().to_owned()).collect()
}

fn says(run: &Run, words: &str) {
    let all = run.stdout.clone() + &run.stderr;
    assert!(all.contains(words), "wanted `{words}`\n-- stdout\n{}\n-- stderr\n{}", run.stdout, run.stderr);
}

#[test]
fn an_unlisted_revision_is_learnt_once_and_known_everywhere() {
    for nix in nix::versions("real_nix_eval: learning") {
        let hash =
            nix.add_tree(&flake_tree(DEFAULT, &PACKAGE.replace("@attribute@", "0.21.8"), NIXPKGS_HASH));
        let rev = rev(1);
        let project = project(&rev, &hash);
        let before = project.tree();
        says(nix.pin(&project, &[], &["check"]).exits(1), "unknown-revision");
        // What is learnt counts at once, also where nothing may be written.
        let run = nix.pin(&project, &[], &["check", "--eval", "--locked"]);
        says(run.exits(0), "in lockstep");
        says(&run, "pin.lock was not written, because of --locked");
        let run = nix.pin(&project, &[("CI", "true")], &["check", "--eval"]);
        says(run.exits(0), "pin.lock was not written, because CI is set");
        assert_eq!(before.diff(&project.tree()), None, "{}", nix.version);

        let run = nix.pin(&project, &[], &["check", "--eval"]);
        assert_eq!(
            run.exits(0).stderr,
            format!("learnt from Nix: {rev} packages dagger 0.21.8\nwrote pin.lock\n")
        );
        assert_eq!(
            learnt(&project),
            [
                format!(
                    "{{ rev = \"{rev}\", version = \"0.21.8\", nar-hash = \"{hash}\", last-modified = 1785344846, \
                     nixpkgs = {{ rev = \"{NIXPKGS_REV}\", nar-hash = \"{NIXPKGS_HASH}\", last-modified = 1758416067 }}, \
                     from = \"nix eval\" }},"
                ),
                "{ version = \"0.21.8\", system = \"aarch64-darwin\", sha256 = \
                 \"bb1472cd71efe40b9a5d192944eb0b095e8f5566e1879d16864f2d60e79d9c77\", from = \"nix eval\" },"
                    .to_owned(),
                "{ version = \"0.21.8\", system = \"x86_64-linux\", sha256 = \
                 \"44430afc6f9c390fc47c4f352b15de9309a5e97ebd1ae563839617d6df8e8cc5\", from = \"nix eval\" },"
                    .to_owned(),
            ]
        );
        let mut after = project.tree();
        after.0.remove("pin.lock");
        assert_eq!(before.diff(&after), None, "{}", nix.version);

        // From now on no Nix is needed, and none is asked.
        let nowhere = project.home().to_string_lossy().into_owned();
        for arguments in [&["check", "--offline"][..], &["check", "--eval"]] {
            let run = project.pin_with(&[("PATH", &nowhere)], arguments);
            assert_eq!(run.exits(0).stderr, "", "{arguments:?}");
            says(&run, "in lockstep");
        }
    }
}

#[test]
fn the_address_is_believed_and_the_attribute_is_not() {
    let early = PACKAGE.replace("installShellFiles, stdenvNoCC }", "installShellFiles, pkgs }");
    let early = early.replace("stdenvNoCC.mkDerivation", "pkgs.stdenv.mkDerivation");
    let fixed_point =
        PACKAGE.replace("mkDerivation {", "mkDerivation (self: {").replace("asl20;\n}", "asl20;\n})");
    for nix in nix::versions("real_nix_eval: lying attribute") {
        for (n, package) in [PACKAGE, &early, &fixed_point].into_iter().enumerate() {
            let hash =
                nix.add_tree(&flake_tree(DEFAULT, &package.replace("@attribute@", "0.9.1"), NIXPKGS_HASH));
            let project = project(&rev(n), &hash);
            says(nix.pin(&project, &[], &["check", "--eval"]).exits(0), "packages dagger 0.21.8");
        }
    }
}

#[test]
fn a_tree_without_the_package_is_a_fact() {
    for nix in nix::versions("real_nix_eval: no package") {
        let default = DEFAULT.replace("dagger = ", "example = ");
        let hash = nix.add_tree(&flake_tree(&default, PACKAGE, NIXPKGS_HASH));
        let rev = rev(1);
        let project = project(&rev, &hash);
        let run = nix.pin(&project, &[], &["check", "--eval"]);
        says(run.exits(1), "this revision of dagger/nix packages no CLI");
        says(&run, &format!("learnt from Nix: {rev} packages no CLI\nwrote pin.lock\n"));
        assert_eq!(learnt(&project).len(), 1);
        says(project.pin(&["check"]).exits(1), "unresolvable-reference");
    }
}

/// Nothing is written, the finding stays, and what Nix said is said.
fn stays_unknown(nix: &Nix, rev: &str, hash: &str, words: &str) {
    let project = project(rev, hash);
    let before = project.tree();
    let run = nix.pin(&project, &[], &["check", "--eval"]);
    says(run.exits(1), "unknown-revision");
    says(&run, &format!("note: what {rev} packages stays unknown: "));
    says(&run, words);
    assert_eq!(before.diff(&project.tree()), None, "{}", nix.version);
}

#[test]
fn a_tree_that_is_not_there_stays_unknown() {
    for nix in nix::versions("real_nix_eval: no tree") {
        nix.add_tree(&flake_tree(DEFAULT, PACKAGE, NIXPKGS_HASH));
        // Not the hash of that tree: it would have to be fetched.
        stays_unknown(&nix, &rev(1), NIXPKGS_HASH, "`nix eval` failed: ");
    }
}

#[test]
fn a_tree_with_something_else_in_it_stays_unknown() {
    for nix in nix::versions("real_nix_eval: something else") {
        let builds = BUILDS.replace("@built@", &nix.directory().join("built").to_string_lossy());
        let source = PACKAGE.replace("dagger_v0.21.8_linux_amd64.tar.gz", "src.zip");
        let cases = [
            (
                source.as_str(),
                "`nix eval` answered that the CLI for x86_64-linux is made from `https://dl.dagger.io/",
            ),
            (&PACKAGE.replace("fetchurl {", "throw \"no way\" {"), "`nix eval` failed: "),
            ("{ }: import <nixpkgs> { }\n", "`nix eval` failed: "),
            // What Nix itself keeps a flake from: reading files, and building anything to evaluate the rest.
            (
                "{ }: { type = \"derivation\"; src = { hash = \"\"; url = builtins.readFile /etc/passwd; }; }\n",
                "`nix eval` failed: ",
            ),
            (&builds, "`nix eval` failed: "),
        ];
        for (n, (package, words)) in cases.into_iter().enumerate() {
            let hash = nix.add_tree(&flake_tree(DEFAULT, package, NIXPKGS_HASH));
            stays_unknown(&nix, &rev(n), &hash, words);
            assert!(!nix.directory().join("built").exists(), "{} has built something", nix.version);
        }
    }
}

/// A newer Nix fetches the nixpkgs of another flake anew, unless it has done so before.
#[test]
fn a_flake_that_takes_more_of_nixpkgs_is_evaluated_over_its_own() {
    for nix in nix::versions("real_nix_eval: own nixpkgs") {
        let outputs = "{ outputs = { self }: { lib = import ./lib.nix; }; }\n";
        let nixpkgs = tree(&[("flake.nix", outputs), ("lib.nix", NIXPKGS_LIB), ("default.nix", NIXPKGS)]);
        let nixpkgs = nix.add_tree(&nixpkgs);
        let hash = nix.add_tree(&flake_tree(DEFAULT, DEMANDING, &nixpkgs));
        if nix.version.starts_with("nix (Nix) 2.8.") {
            let project = project(&rev(1), &hash);
            says(nix.pin(&project, &[], &["check", "--eval"]).exits(0), "packages dagger 0.21.8");
        } else {
            stays_unknown(&nix, &rev(1), &hash, "NixOS/nixpkgs");
        }
    }
}
