use std::fmt::Write as _;

use super::*;
use crate::site::{Companionship, Name, Role};
use crate::text::Source;

const REV: &str = "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a";

fn scan_of<'a>(path: &'a str, source: &Source) -> Scan<'a> {
    let mut scan = Scan::new(path);
    find(source.text(), &mut scan).unwrap();
    for (site, _) in &scan.sites {
        assert_eq!(source.slice(site.span), site.text);
    }
    scan
}

/// Compares what is found: a line per site, `kind value text`, then `role` unless it is a mirror,
/// then the companions; then a line per definition whose name speaks of the CLI.
fn check(path: &str, text: &str, expect: &[&str]) {
    let source = Source::new(text.as_bytes().to_vec());
    let scan = scan_of(path, &source);
    let mut found = Vec::new();
    for (site, _) in &scan.sites {
        let mut line = format!(
            "{} {} {}",
            site.kind.as_str().strip_prefix("nix.").unwrap_or(site.kind.as_str()),
            site.stated.value().unwrap_or_else(|| "-".to_owned()),
            site.text
        );
        if site.role != Role::Mirror {
            write!(line, " ({})", site.role.as_str()).unwrap();
        }
        for companion in &site.companions {
            let text = source.slice(companion.span);
            let what = match &companion.what {
                Companionship::Archive(Some(system)) => system.clone(),
                Companionship::Archive(None) => "?".to_owned(),
                what => format!("{what:?}"),
            };
            write!(line, " +{what}={}", text.get(..12).unwrap_or(text)).unwrap();
        }
        found.push(line);
    }
    for definition in &scan.definitions {
        let Name::Variable(name) = &definition.name else { continue };
        if name != "let" {
            found.push(format!("{name}={}", definition.text));
        }
    }
    assert_eq!(found, expect, "{text}");
}

fn check_inline(text: &str, expect: &[&str]) {
    check("nix/tool.nix", text, expect);
}

fn check_inputs(inputs: &str, expect: &[&str]) {
    check("sub/flake.nix", &format!("{{ {inputs} outputs = _: {{ }}; }}"), expect);
}

#[test]
fn a_pinned_input_is_found_however_it_is_nested() {
    let expect: &str = &format!("input 0.21.7 {REV}");
    for inputs in [
        format!("inputs.dagger.url = \"github:dagger/nix/{REV}\";"),
        format!("inputs.cli.url = github:dagger/nix/{REV};"),
        format!(
            "inputs = {{ dagger = {{ url = \"github:dagger/nix?rev={REV}\"; inputs.nixpkgs.follows = \"nixpkgs\"; }}; }};"
        ),
        format!(
            "inputs.dagger = {{ url = \"git+https://github.com/dagger/nix?ref=main&rev={REV}\"; flake = true; }};"
        ),
        format!("inputs = {{ \"dagger\".url = \"https://github.com/dagger/nix/archive/{REV}.tar.gz\"; }};"),
        format!("inputs.dagger.url = \"git+https://github.com/dagger/nix?ref={REV}\";"),
        format!("inputs.other.inputs.dagger.url = \"github:Dagger/nix/{REV}\";"),
        format!(
            "inputs.dagger = {{ type = \"github\"; owner = \"dagger\"; repo = \"nix\"; rev = \"{REV}\"; }};"
        ),
        format!(
            "inputs.dagger.owner = \"dagger\"; inputs.dagger.repo = \"nix\"; inputs = {{ dagger = {{ type = \"github\"; rev = \"{REV}\"; }}; }};"
        ),
        format!(
            "inputs.dagger = {{ type = \"git\"; url = \"https://github.com/dagger/nix\"; rev = \"{REV}\"; }};"
        ),
    ] {
        check_inputs(&inputs, &[expect]);
    }
}

#[test]
fn what_an_input_s_pin_is_decides_what_it_states() {
    check_inputs("inputs.dagger.url = \"github:dagger/nix/v0.21.6\";", &["input - v0.21.6"]);
    check_inputs("inputs.dagger.url = \"github:dagger/nix/main\";", &["input - main"]);
    check_inputs("inputs.dagger.url = \"github:dagger/nix\";", &["input - github:dagger/nix"]);
    check_inputs(
        "inputs.dagger = { type = \"github\"; owner = \"dagger\"; repo = \"nix\"; };",
        &["input - nix"],
    );
    check_inputs(
        &format!("inputs.dagger.url = \"github:dagger/nix/{REV}?narHash=sha256-olV0eG2YQlocEIgYl%2F\";"),
        &[&format!("input 0.21.7 {REV} +LockNarHash=sha256-olV0e")],
    );
    for other in [
        "inputs.dagger.follows = \"tools/dagger\";",
        "inputs.nixpkgs.url = \"github:NixOS/nixpkgs/nixos-25.05\";",
        "inputs.dagger.url = \"github:dagger/dagger/v0.21.6\";",
        "inputs.dagger.url = \"path:./dagger\";",
        "inputs.dagger = { type = \"github\"; owner = \"dagger\"; repo = \"nix\"; host = \"git.example\"; };",
        "# inputs.dagger.url = \"github:dagger/nix/main\";\n",
        "nixConfig.url = \"github:dagger/nix\";",
    ] {
        check_inputs(other, &[]);
    }
    // Only a flake's own file has inputs.
    check_inline("{ inputs.dagger.url = \"github:dagger/nix\"; }", &[]);
    check_inline(
        &format!("{{ flake-file.inputs.dagger.url = \"github:dagger/nix/{REV}\"; }}"),
        &[&format!("input 0.21.7 {REV}")],
    );
}

#[test]
fn the_flake_can_be_fetched_by_hand() {
    check_inline(
        &format!("{{ p = (builtins.getFlake \"github:dagger/nix/{REV}\").packages.x; }}"),
        &[&format!("inline 0.21.7 {REV}")],
    );
    check_inline("builtins.getFlake \"github:dagger/nix\"", &["inline - github:dagger/nix"]);
    check_inline(
        &format!("import (fetchTarball \"https://github.com/dagger/nix/archive/{REV}.tar.gz\") {{ }}"),
        &[&format!("inline 0.21.7 {REV}")],
    );
    check_inline(
        &format!(
            "let rev = \"{REV}\"; in builtins.fetchTarball {{ url = \"https://github.com/dagger/nix/archive/${{rev}}.tar.gz\"; sha256 = \"sha256-olV0eG2YQlocEIgYl/zoeXn9BYVog3oq13dwhQi3BXw=\"; }}"
        ),
        &[&format!("inline 0.21.7 {REV} +LockNarHash=sha256-olV0e")],
    );
    check_inline(
        &format!(
            "fetchFromGitHub {{ owner = \"dagger\"; repo = \"nix\"; rev = \"{REV}\"; hash = \"sha256-qCS8dznieOG0DqD4xOT0xveW/Dtjr/pumsf+ngHo2Tg=\"; }}"
        ),
        &[&format!("inline 0.21.7 {REV} +OpaqueHash=sha256-qCS8d")],
    );
    check_inline(
        &format!("fetchGit {{ url = \"https://github.com/dagger/nix\"; ref = \"main\"; rev = \"{REV}\"; }}"),
        &[&format!("inline 0.21.7 {REV}")],
    );
    check_inline("{ registry.dagger.to = { type = \"github\"; owner = \"dagger\"; repo = \"nix\"; }; }", &[]);
}

#[test]
fn a_release_is_found_through_its_address() {
    // Everything literal.
    check_inline(
        r#"fetchurl { url = "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz"; sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }"#,
        &["inline 0.21.7 0.21.7 +Mention=v0.21.7 +x86_64-linux=1iccivgxc5wn"],
    );
    // One literal, however often it is used.
    check_inline(
        r#"stdenv.mkDerivation rec { pname = "dagger"; version = "0.21.7"; src = fetchurl { url = "https://github.com/dagger/dagger/releases/download/v${version}/dagger_v${version}_linux_amd64.tar.gz"; hash = "sha256-qCS8dznieOG0DqD4xOT0xveW/Dtjr/pumsf+ngHo2Tg="; }; }"#,
        &["inline 0.21.7 0.21.7 +x86_64-linux=sha256-qCS8d"],
    );
    check_inline(
        r#"mkDerivation (finalAttrs: { pname = "x"; version = "0.21.7"; src = fetchurl { url = "https://dl.dagger.io/dagger/releases/${finalAttrs.version}/dagger_v${finalAttrs.version}_linux_amd64.tar.gz"; hash = ""; }; })"#,
        &["inline 0.21.7 0.21.7"],
    );
    check_inline(
        r#"let daggerVersion = "0.21.7"; url = "https://dl.dagger.io/dagger/releases/" + daggerVersion + "/dagger_v" + daggerVersion + "_darwin_arm64.tar.gz"; sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; in { src = fetchurl { inherit url sha256; }; }"#,
        &["inline 0.21.7 0.21.7 +aarch64-darwin=1iccivgxc5wn", "daggerVersion=0.21.7"],
    );
    // The `v` belongs to the version where it is written with it.
    check_inline(
        r#"let v = { cli = "v0.21.7"; }; in builtins.fetchurl "https://github.com/dagger/dagger/releases/download/${v.cli}/dagger_${v.cli}_linux_amd64.tar.gz""#,
        &["inline 0.21.7 v0.21.7"],
    );
    // Arguments: a default, and applications in the same file.
    check_inline(
        r#"{ fetchurl, version ? "0.21.7" }: fetchurl { url = "https://dl.dagger.io/dagger/releases/${version}/x"; }"#,
        &["inline 0.21.7 0.21.7"],
    );
    check_inline(
        r#"let make = { version, sha256 }: fetchurl { url = "https://dl.dagger.io/dagger/releases/${version}/dagger_v${version}_linux_amd64.tar.gz"; inherit sha256; }; in [ (make { version = "0.21.7"; sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }) (make { version = "0.20.8"; sha256 = "0kxcxb086wsb758j3cqq45ddfrg4csnpjwp4z9ac2gc4cksga40b"; }) ]"#,
        &[
            "inline 0.21.7 0.21.7 +x86_64-linux=1iccivgxc5wn",
            "inline 0.20.8 0.20.8 +x86_64-linux=0kxcxb086wsb",
        ],
    );
    check_inline(
        r#"let get = version: sha: fetchurl { url = "https://dl.dagger.io/dagger/releases/${version}/x"; sha256 = sha; }; in get "0.21.7" "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4""#,
        &["inline 0.21.7 0.21.7 +?=1iccivgxc5wn"],
    );
    // A hash that the file does not spell would have to change as well.
    check_inline(
        r#"fetchurl { url = "https://dl.dagger.io/dagger/releases/0.21.7/x"; sha256 = (lib.importJSON ./hashes.json).dagger; }"#,
        &["inline 0.21.7 0.21.7 +OpaqueHash=(lib.importJ"],
    );
    check_inline(
        r#"fetchurl { url = "https://dl.dagger.io/dagger/releases/0.21.7/x"; sha256 = lib.fakeSha256; }"#,
        &["inline 0.21.7 0.21.7"],
    );
    // What only another file knows is no site here.
    check_inline(
        r#"let current = import ./current.nix; in fetchurl { url = "https://dl.dagger.io/dagger/releases/${current.version}/x"; }"#,
        &[],
    );
}

#[test]
fn hashes_belong_to_the_version_by_system() {
    let by_system = r#"{
      x86_64-linux = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4";
      aarch64-darwin = "0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v"; }"#;
    let both = "inline 0.21.7 0.21.7 +x86_64-linux=1iccivgxc5wn +aarch64-darwin=0xwwkpkn0bag";
    for pick in
        ["hashes.${system}", "lib.getAttr system hashes", "hashes.${system} or (throw \"no\")", "pick hashes"]
    {
        check_inline(
            &format!(
                r#"let version = "0.21.7"; hashes = {by_system}; in fetchurl {{ url = "https://dl.dagger.io/dagger/releases/${{version}}/dagger_v${{version}}_${{arch}}.tar.gz"; sha256 = {pick}; }}"#
            ),
            &[both],
        );
    }
    // Dotted, and in a set per system.
    check_inline(
        r#"let version = "0.21.7"; hashes.x86_64-linux = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; hashes.aarch64-darwin = "0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v"; in fetchurl { url = "https://dl.dagger.io/dagger/releases/${version}/x"; sha256 = hashes.${system}; }"#,
        &[both],
    );
    check_inline(
        r#"let version = "0.21.7"; platforms = [ { arch = "linux_amd64"; hash = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; } { system = "aarch64-darwin"; hash = "0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v"; } ]; p = lib.findFirst f platforms; in fetchurl { url = "https://dl.dagger.io/dagger/releases/${version}/x"; inherit (p) hash; }"#,
        &[both],
    );
    // A function of the file that picks.
    check_inline(
        r#"let version = "v0.21.7"; get = s: { "aarch64-darwin" = { sha256 = "sha256:0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v"; system = "darwin_arm64"; }; }.${s} or (throw "no ${s}"); it = get system; in builtins.fetchurl { url = "https://github.com/dagger/dagger/releases/download/${version}/dagger_${version}_${it.system}.tar.gz"; sha256 = it.sha256; }"#,
        &["inline 0.21.7 v0.21.7 +aarch64-darwin=sha256:0xwwk"],
    );
    check_inline(
        r#"mkDerivation { pname = "dagger"; version = "0.21.7"; src = fetchurl { url = { x86_64-linux = "https://github.com/dagger/dagger/releases/download/v0.21.7/dagger_v0.21.7_linux_amd64.tar.gz"; }.${system} or (throw "dagger 0.21.7 does not support ${system}"); hash = { x86_64-linux = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }.${system}; }; }"#,
        &[
            "inline 0.21.7 v0.21.7 +Mention=v0.21.7 +x86_64-linux=1iccivgxc5wn",
            "inline 0.21.7 0.21.7 +x86_64-linux=1iccivgxc5wn",
        ],
    );
    // A table of addresses and one of hashes.
    check_inline(
        r#"let urls = { x86_64-linux = "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz"; aarch64-darwin = "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_darwin_arm64.tar.gz"; }; shas = { x86_64-linux = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; aarch64-darwin = "0xwwkpkn0baghqb9v1z1craqyph91gml8a8rbnd0pr7gf76p455v"; }; in { src = fetchurl { url = urls.${system}; sha256 = shas.${system}; }; }"#,
        &[
            "inline 0.21.7 0.21.7 +Mention=v0.21.7 +x86_64-linux=1iccivgxc5wn",
            "inline 0.21.7 0.21.7 +Mention=v0.21.7 +aarch64-darwin=0xwwkpkn0bag",
        ],
    );
    check_inline(
        r#"{ src = fetchurl { x86_64-linux = { url = "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz"; sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }; }.${system}; }"#,
        &["inline 0.21.7 0.21.7 +Mention=v0.21.7 +x86_64-linux=1iccivgxc5wn"],
    );
    // What is unpacked has a hash of its own.
    check_inline(
        r#"fetchzip { url = "https://dl.dagger.io/dagger/releases/0.21.7/dagger_v0.21.7_linux_amd64.tar.gz"; sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }"#,
        &["inline 0.21.7 0.21.7 +Mention=v0.21.7 +OpaqueHash=1iccivgxc5wn"],
    );
}

#[test]
fn a_derivation_built_from_source_has_hashes_that_no_table_knows() {
    check_inline(
        r#"buildGoModule rec { pname = "dagger"; version = "0.6.0"; src = fetchFromGitHub { owner = "dagger"; repo = "dagger"; rev = "v${version}"; hash = "sha256-qCS8dznieOG0DqD4xOT0xveW/Dtjr/pumsf+ngHo2Tg="; }; vendorHash = "sha256-KniHuJWkwZEzFcdtZUaYEoqcvmotbO+yuEB5L3Q3FGI="; }"#,
        &["inline 0.6.0 0.6.0 +OpaqueHash=sha256-qCS8d +OpaqueHash=sha256-KniHu"],
    );
    check_inline(
        r#"fetchFromGitHub { owner = "dagger"; repo = "dagger"; tag = "v0.21.7"; hash = ""; }"#,
        &["inline 0.21.7 v0.21.7"],
    );
    check_inline(
        r#"let version = "0.18.10"; src = fetchFromGitHub { owner = "dagger"; repo = "dagger"; rev = "refs/tags/v${version}"; }; in { dagger = buildGoModule { pname = "dagger"; inherit version src; vendorHash = null; }; }"#,
        &["inline 0.18.10 0.18.10"],
    );
    check_inline(
        r#"fetchFromGitHub { owner = "dagger"; repo = "dagger"; rev = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"; }"#,
        &["inline - 4b825dc642cb6eb9a060e54bf8d69288fbee4904"],
    );
    for other in [
        r#"fetchFromGitHub { owner = "dagger"; repo = "container-use"; rev = "v0.4.2"; }"#,
        r#"{ pname = "dagger-io"; version = "0.6.1"; src = fetchFromGitHub { owner = "dagger"; repo = "dagger"; rev = "v0.6.1"; } + "/sdk/python"; }"#,
        r#"fetchFromGitHub { owner = "google"; repo = "dagger"; rev = "dagger-2.51"; }"#,
        r#"fetchFromGitHub { owner = "dagger"; repo = "dagger"; rev = "sdk/go/v0.21.7"; }"#,
        r#"stdenv.mkDerivation { pname = "dagger"; version = "2.1"; src = fetchFromGitHub { owner = "me"; repo = "dagger"; rev = "v2.1"; }; }"#,
        r#"stdenv.mkDerivation { pname = "dagger"; version = "2.1"; src = fetchurl { url = "https://example.com/dagger-2.1.tar.gz"; }; }"#,
        r#"stdenv.mkDerivation { pname = "container-use"; version = "0.4.2"; src = fetchurl { url = "https://github.com/dagger/container-use/releases/download/v0.4.2/container-use_v0.4.2_linux_amd64.tar.gz"; }; }"#,
    ] {
        check_inline(other, &[]);
    }
}

#[test]
fn a_version_attribute_beside_an_address_is_a_site_of_its_own() {
    let derivation = |version: &str| {
        format!(
            r#"stdenv.mkDerivation {{ pname = "dagger"; version = "{version}"; src = fetchurl {{ url = "https://dl.dagger.io/dagger/releases/0.9.3/dagger_v0.9.3_linux_amd64.tar.gz"; sha256 = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }}; }}"#
        )
    };
    let fetched = "inline 0.9.3 0.9.3 +Mention=v0.9.3 +x86_64-linux=1iccivgxc5wn";
    check_inline(&derivation("0.9.3"), &[fetched, "inline 0.9.3 0.9.3 +x86_64-linux=1iccivgxc5wn"]);
    check_inline(&derivation("0.9.1"), &[fetched, "inline 0.9.1 0.9.1 (shadowed)"]);
    check_inline(&derivation("unstable-2024-01-01"), &[fetched]);
    check_inline(r#"{ pname = "dagger"; version = "0.21.4"; }"#, &["inline 0.21.4 0.21.4"]);
    check_inline(r#"rec { name = "dagger-${version}"; version = "0.21.4"; }"#, &["inline 0.21.4 0.21.4"]);
    for other in [
        r#"{ pname = "dagger-tests"; version = "0.21.4"; }"#,
        r#"{ pname = "my-tool"; version = "1.0.0"; buildInputs = [ dagger ]; }"#,
    ] {
        check_inline(other, &[]);
    }
}

#[test]
fn overrides_of_the_package_count() {
    for text in [
        r#"pkgs.dagger.overrideAttrs (old: { version = "0.21.4"; })"#,
        r#"prev.dagger.overrideAttrs (finalAttrs: old: rec { version = "0.21.4"; })"#,
        r#"dagger.override { version = "0.21.4"; }"#,
        r#"inputs.dagger.packages.${system}.dagger.overrideAttrs (_: let a = 1; in { version = "0.21.4"; })"#,
        r#"pkgs.callPackage ./nix/dagger.nix { version = "0.21.4"; }"#,
        r#"callPackage ./dagger { version = "0.21.4"; }"#,
    ] {
        check_inline(text, &["inline 0.21.4 0.21.4"]);
    }
    check_inline(
        r#"dagger.overrideAttrs (old: rec { version = "0.21.4"; src = fetchurl { url = "https://dl.dagger.io/dagger/releases/${version}/dagger_v${version}_linux_amd64.tar.gz"; hash = "sha256-qCS8dznieOG0DqD4xOT0xveW/Dtjr/pumsf+ngHo2Tg="; }; })"#,
        &["inline 0.21.4 0.21.4 +x86_64-linux=sha256-qCS8d"],
    );
    for other in [
        r#"pkgs.hello.overrideAttrs (old: { version = "0.21.4"; })"#,
        r#"callPackage ./hello.nix { version = "0.21.4"; }"#,
    ] {
        check_inline(other, &[]);
    }
}

#[test]
fn names_that_say_so_count_without_any_use() {
    check_inline(
        r#"{ daggerVersion ? "0.21.4" }: mkShell { DAGGER_VERSION = "v0.21.4"; env.DAGGER_X_RELEASE = "main"; }"#,
        &["daggerVersion=0.21.4", "DAGGER_VERSION=v0.21.4", "DAGGER_X_RELEASE=main"],
    );
    check_inline(
        r#"let daggerVersion = "0.21.4"; in { DAGGER_VERSION = daggerVersion; }"#,
        &["daggerVersion=0.21.4", "DAGGER_VERSION=daggerVersion"],
    );
    check_inline(r#"{ tools.dagger.version = "0.21.4"; }"#, &["dagger.version=0.21.4"]);
    check_inline(r#"{ versions = { dagger = "0.21.4"; go = "1.25"; }; }"#, &["dagger.version=0.21.4"]);
    check("nix/versions.nix", r#"{ dagger = "0.21.4"; go = "1.25"; }"#, &["dagger.version=0.21.4"]);
    check_inline(
        r#"{ dagger = { version = "0.21.4"; x86_64-linux = "1iccivgxc5wnhdiya6mxgvlsa2ckvqajndaggk20yfcwdzy0lhs4"; }; }"#,
        &["inline 0.21.4 0.21.4 +x86_64-linux=1iccivgxc5wn"],
    );
    for other in [
        r#"{ daggerModuleVersion = "0.21.4"; daggerVersionFile = "./x"; version = "0.21.4"; }"#,
        r#"{ packages.dagger-shell.goVersion = "1.21"; }"#,
        r#"{ DAGGER_MODULE = "ci"; }"#,
        r#"{ DAGGER_VERSION = "see the file"; }"#,
    ] {
        check_inline(other, &[]);
    }
}

#[test]
fn a_file_of_data_about_the_cli_is_told_by_its_path() {
    let text = r#"{ version = "0.9.1"; hashes = { x86_64-linux = "sha256-qCS8dznieOG0DqD4xOT0xveW/Dtjr/pumsf+ngHo2Tg="; }; }"#;
    check("pkgs/dagger/current.nix", text, &["inline 0.9.1 0.9.1 +x86_64-linux=sha256-qCS8d"]);
    check("pkgs/dagger-version.nix", text, &["inline 0.9.1 0.9.1 +x86_64-linux=sha256-qCS8d"]);
    check("pkgs/hello/current.nix", text, &[]);
    check("dagger/shell.nix", r#"{ pkgs }: { version = "0.9.1"; }"#, &[]);
}

#[test]
fn images_and_charts_in_parts_are_found() {
    check_inline(
        r#"dockerTools.pullImage { imageName = "registry.dagger.io/engine"; imageDigest = "sha256:aa"; finalImageTag = "v0.21.4-gpu"; sha256 = "1x"; }"#,
        &["image.engine.tag 0.21.4 v0.21.4 +ImageDigest=sha256:aa +OpaqueHash=1x"],
    );
    check_inline(
        r#"{ image = { repository = "ghcr.io/dagger/engine"; tag = "latest"; }; other = { repository = "nginx"; tag = "1"; }; }"#,
        &["image.engine.tag - latest"],
    );
    check_inline(
        r#"fetchHelm { repo = "oci://registry.dagger.io"; chart = "dagger-helm"; version = "0.21.4"; chartHash = "sha256-x"; }"#,
        &["chart.version 0.21.4 0.21.4 +OpaqueHash=sha256-x"],
    );
}

#[test]
fn scripts_and_images_inside_strings_are_read() {
    check_inline(
        r#"let daggerVersion = "0.21.4"; in mkShell {
            HOST = "docker-image://registry.dagger.io/engine:v0.21.5";
            OTHER = "docker-image://registry.dagger.io/engine:v${daggerVersion}";
            shellHook = ''
              export DAGGER_VERSION=0.21.6
              curl -fsSL https://dl.dagger.io/dagger/install.sh | DAGGER_VERSION=0.21.3 sh
              docker run registry.dagger.io/engine:v0.21.2 # registry.dagger.io/engine:v0.0.1
            '';
            meta.description = "runs registry.dagger.io/engine:v0.1.0";
        }"#,
        &[
            "image.engine 0.21.5 v0.21.5",
            "image.engine - v${daggerVersion} (derived)",
            "install.script 0.21.3 0.21.3",
            "image.engine 0.21.2 v0.21.2",
            "daggerVersion=0.21.4",
            "DAGGER_VERSION=0.21.6",
        ],
    );
}

#[test]
fn only_a_flake_must_parse() {
    let error = |path: &str, text: &str| find(text, &mut Scan::new(path)).map_err(|error| error.at);
    assert_eq!(error("flake.nix", "{ inputs.a = ; }"), Err(13));
    assert_eq!(error("flake.nix", "{ a = 1;"), Err(8));
    assert_eq!(error("x.nix", "{ a = 1;"), Ok(()));
    assert_eq!(error("x.nix", &"[".repeat(20_000)), Err(499));
    check_inline("{ daggerVersion = \"0.21.4\"; oops", &["daggerVersion=0.21.4"]);
}

#[test]
fn places_are_right_whatever_stands_around_them() {
    check_inline(
        "\u{feff}# é\r\n{\r\n\tdaggerVersion =\t\"0.21.4\";\r\n\té = ''\r\n ${dagger} ''${x} ''' ''; }",
        &["daggerVersion=0.21.4"],
    );
    check_inline("rec { a = b; b = a; version = version; pname = \"dagger\"; }", &[]);
    check_inline("", &[]);
}

proptest::proptest! {
    #[test]
    fn no_text_makes_it_panic(text in "(\\{|\\}|\\[|\\]|\\(|\\)|\"|''|\\$\\{|;|=|:|,|\\.|@|\\?| |\n|let |in |rec |with |inherit |if |then |else |version|pname|dagger|\"dagger\"|src|url|hash|\"0\\.21\\.4\"|https://dl\\.dagger\\.io/dagger/releases/|/|old|overrideAttrs|or |é|\\\\|'|\\+|//|a|owner|repo|rev|inputs|github:dagger/nix/){0,60}") {
        for path in ["flake.nix", "dagger/x.nix"] {
            let source = Source::new(text.clone().into_bytes());
            let mut scan = Scan::new(path);
            if find(source.text(), &mut scan).is_ok() {
                for (site, _) in &scan.sites {
                    proptest::prop_assert_eq!(source.slice(site.span), &site.text);
                    for companion in &site.companions {
                        proptest::prop_assert!(!source.slice(companion.span).is_empty());
                    }
                }
            }
        }
    }
}
