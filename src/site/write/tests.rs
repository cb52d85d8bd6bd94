use super::*;
use crate::catalog;
use crate::document;
use crate::site::{Format, Role, Scan};
use crate::text::{Edits, Source};
use crate::value::{HashEncoding, NarHash};
use proptest::prelude::*;

fn scan_of<'a>(path: &'a str, source: &Source) -> Scan<'a> {
    let mut scan = Scan::new(path);
    Format::of(path).unwrap().find(source, &mut scan).unwrap();
    scan
}

/// Writes the version to every site of the file, and returns the new text.
fn written(path: &str, text: &str, version: &Version) -> Result<String, Refusal> {
    let source = Source::new(text.as_bytes().to_vec());
    let mut edits = Vec::new();
    for (site, _) in scan_of(path, &source).sites {
        if let Writing::Edits(some) = write(&site, source.text(), version, &Catalog::default())? {
            assert!(!some.is_empty());
            edits.extend(some);
        }
    }
    Ok(String::from_utf8(Edits::new(edits).unwrap().apply(&source)).unwrap())
}

/// The new text must be as expected, and read the version everywhere.
fn check(path: &str, text: &str, version: &str, expect: &str) {
    let version = Version::parse(version).unwrap();
    let new = written(path, text, &version).unwrap();
    assert_eq!(new, expect);
    let source = Source::new(new.clone().into_bytes());
    for (site, _) in scan_of(path, &source).sites {
        assert_eq!(site.stated.version(), Some(&version), "{}", site.text);
        assert_eq!(write(&site, source.text(), &version, &Catalog::default()), Ok(Writing::Already));
        assert_eq!(mismatches(&site, source.text(), &Catalog::default()), []);
    }
    assert_eq!(written(path, &new, &version), Ok(new.clone()));
}

fn refused(path: &str, text: &str, version: &str, reason: &str) {
    let found = written(path, text, &Version::parse(version).unwrap()).unwrap_err();
    assert!(found.reason.contains(reason), "{found:?}");
    assert!(!found.hint.is_empty());
}

const LOCK: &str = r#"{
  "nodes": {
    "dagger": {
      "inputs": { "nixpkgs": "nixpkgs" },
      "locked": { "lastModified": 1754073335, "narHash": "sha256-BbZ+oN5zn+12XFWbqFuXTArwME3KDGbBSSUoq7sLEfw=", "owner": "dagger", "repo": "nix", "rev": "8f5f6fd98e4ceef9e1d66b40f1db2204315c192e", "type": "github" },
      "original": { "owner": "dagger", "repo": "nix", "rev": "8f5f6fd98e4ceef9e1d66b40f1db2204315c192e", "type": "github" }
    },
    "nixpkgs": {
      "locked": { "lastModified": 1624561540, "narHash": "sha256-izJ2PYZMGMsSkg+e7c9A1x3t/yOLT+qzUM6WQsc2tqo=", "owner": "NixOS", "repo": "nixpkgs", "rev": "c6a049a3d32293b24c0f894a840872cf67fd7c11", "type": "github" },
      "original": { "owner": "NixOS", "ref": "nixpkgs-unstable", "repo": "nixpkgs", "type": "github" }
    },
    "root": { "inputs": { "dagger": "dagger" } }
  },
  "root": "root",
  "version": 7
}
"#;

fn lock_of_0_21_7() -> String {
    LOCK.replace("1754073335", "1781718180")
        .replace(
            "sha256-BbZ+oN5zn+12XFWbqFuXTArwME3KDGbBSSUoq7sLEfw=",
            "sha256-olV0eG2YQlocEIgYl/zoeXn9BYVog3oq13dwhQi3BXw=",
        )
        .replace("8f5f6fd98e4ceef9e1d66b40f1db2204315c192e", "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a")
        .replace("1624561540", "1758416067")
        .replace(
            "sha256-izJ2PYZMGMsSkg+e7c9A1x3t/yOLT+qzUM6WQsc2tqo=",
            "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=",
        )
        .replace("c6a049a3d32293b24c0f894a840872cf67fd7c11", "51c8f9cfaae8306d135095bcdb3df9027f95542d")
}

#[test]
fn a_lock_moves_with_all_that_is_locked() {
    check("flake.lock", LOCK, "0.21.7", &lock_of_0_21_7());
    check("flake.lock", &LOCK.replace('\n', "\r\n"), "0.21.7", &lock_of_0_21_7().replace('\n', "\r\n"));
    let git = |lock: &str, rev_count: &str, pin: &str| {
        lock.replacen(
            "\"owner\": \"dagger\", \"repo\": \"nix\"",
            "\"url\": \"https://github.com/dagger/nix\"",
            2,
        )
        .replacen(
            "\"type\": \"github\"",
            &format!("\"ref\": \"{pin}\", \"revCount\": {rev_count}, \"type\": \"git\""),
            1,
        )
    };
    let (old, new) = ("8f5f6fd98e4ceef9e1d66b40f1db2204315c192e", "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a");
    check("flake.lock", &git(LOCK, "97", old), "0.21.7", &git(&lock_of_0_21_7(), "133", new));
    check("flake.lock", &git(LOCK, "97", "main"), "0.21.7", &git(&lock_of_0_21_7(), "133", "main"));
    // Another revision of the same version is as good, and the same nixpkgs stays untouched.
    let other =
        LOCK.replace("8f5f6fd98e4ceef9e1d66b40f1db2204315c192e", "4bd83496bd3b81793de3208b737343345ee88cc0");
    assert_eq!(written("flake.lock", &other, &Version::new(0, 18, 14)), Ok(other.clone()));
}

#[test]
fn what_the_flake_does_not_package_is_refused() {
    refused("flake.lock", LOCK, "0.21.8", "no revision");
    refused("flake.lock", LOCK, "1.0.0-beta.3", "no pre-releases");
    refused("flake.lock", LOCK, "0.20.1", "three different tarballs");
    let tree = LOCK.replacen("\"rev\"", "\"x\"", 1).replacen(
        "\"type\": \"github\"",
        "\"type\": \"tarball\", \"url\": \"https://github.com/dagger/nix/archive/main.tar.gz\"",
        1,
    );
    refused("flake.lock", &tree, "0.21.7", "only the hash of a tree");
}

#[test]
fn a_flake_input_moves_by_revision() {
    let flake = |url: &str| format!("{{\n  inputs.dagger.url = \"{url}\";\n  outputs = _: {{ }};\n}}\n");
    let (old, new) = ("9852fdddcdcb52841275ffb6a39fa1524d538d5a", "c93d69f685b8a58eaa767eaaf189b0ac6f4f741a");
    for (from, to) in [
        (format!("github:dagger/nix/{old}"), format!("github:dagger/nix/{new}")),
        (format!("github:dagger/nix?rev={old}"), format!("github:dagger/nix?rev={new}")),
        ("github:dagger/nix/v0.21.7".to_owned(), format!("github:dagger/nix/{new}")),
        ("github:dagger/nix?ref=v0.21.7&dir=x".to_owned(), format!("github:dagger/nix?rev={new}&dir=x")),
        (
            format!(
                "github:dagger/nix/{old}?narHash=sha256-A0xTZedeIwMceV86%2FBB3b6GgS%2BDVoqQwxywDgH68x7s%3D"
            ),
            format!(
                "github:dagger/nix/{new}?narHash=sha256-olV0eG2YQlocEIgYl%2FzoeXn9BYVog3oq13dwhQi3BXw%3D"
            ),
        ),
    ] {
        check("flake.nix", &flake(&from), "0.21.7", &flake(&to));
    }
    refused("flake.nix", &flake("github:dagger/nix/main"), "0.21.7", "moves");
    refused("flake.nix", &flake("github:dagger/nix/9852fddd"), "0.21.7", "moves");
    refused(
        "flake.nix",
        "{ inputs.dagger = { type = \"github\"; owner = \"dagger\"; repo = \"nix\"; ref = \"v0.21.7\"; }; outputs = _: { }; }",
        "0.21.7",
        "no branch",
    );
    let unpinned = flake("github:dagger/nix");
    assert_eq!(written("flake.nix", &unpinned, &Version::new(0, 21, 7)), Ok(unpinned.clone()));
    check(
        "x.nix",
        &format!("fetchTarball {{ url = \"https://github.com/dagger/nix/archive/{old}.tar.gz\"; sha256 = \"1cxyrd7wn41iqll6b51cnigdx0c6xvhssb7glz81y31hkkrn8hqz\"; }}")
            .replace("1cxyrd7wn41iqll6b51cnigdx0c6xvhssb7glz81y31hkkrn8hqz", &nar_hash_nix32(old)),
        "0.21.7",
        &format!("fetchTarball {{ url = \"https://github.com/dagger/nix/archive/{new}.tar.gz\"; sha256 = \"{}\"; }}", nar_hash_nix32(new)),
    );
}

fn nar_hash_nix32(rev: &str) -> String {
    let revision = catalog::revision(&Rev::parse(rev).unwrap()).unwrap();
    revision.nar_hash.sha256().print(HashEncoding::Nix32)
}

/// A derivation that fetches one archive; the version stands in the address twice.
fn fetch(version: &str, platform: &str, hash: &str) -> String {
    format!(
        "fetchurl {{ url = \"https://dl.dagger.io/dagger/releases/{version}/dagger_v{version}_{platform}.tar.gz\"; sha256 = \"{hash}\"; }}"
    )
}

#[test]
fn an_archive_s_hash_moves_in_its_own_encoding() {
    for encoding in [HashEncoding::Nix32, HashEncoding::Hex, HashEncoding::Sri] {
        let hash = |version: Version| catalog::archive(&version, "aarch64-darwin").unwrap().print(encoding);
        check(
            "x.nix",
            &fetch("0.21.6", "darwin_arm64", &hash(Version::new(0, 21, 6))),
            "0.21.7",
            &fetch("0.21.7", "darwin_arm64", &hash(Version::new(0, 21, 7))),
        );
        // The hash itself tells the system.
        check(
            "x.nix",
            &fetch("0.21.6", "${system}", &hash(Version::new(0, 21, 6))),
            "0.21.8",
            &fetch("0.21.8", "${system}", &hash(Version::new(0, 21, 8))),
        );
    }
    // What stands for a hash until it is known is no hash of anything.
    let none = "sha256-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    let real = catalog::archive(&Version::new(0, 21, 7), "x86_64-linux").unwrap();
    let real = real.print(HashEncoding::Sri);
    check("x.nix", &fetch("0.21.6", "linux_amd64", none), "0.21.7", &fetch("0.21.7", "linux_amd64", &real));
    check("x.nix", &fetch("0.21.6", "${system}", none), "0.21.7", &fetch("0.21.7", "${system}", none));
    let zeros = "1".repeat(64);
    refused("x.nix", &fetch("0.21.6", "darwin_arm64", &zeros), "0.21.7", "not that of the published archive");
    refused("x.nix", &fetch("0.21.6", "${system}", &zeros), "0.21.7", "for which system");
    refused("x.nix", &fetch("0.21.6", "linux_amd64", "sha512-AAAA"), "0.21.7", "no table");
    let armv7 = catalog::archive(&Version::new(0, 21, 7), "armv7l-linux").unwrap();
    let armv7 = armv7.print(HashEncoding::Hex);
    refused(
        "x.nix",
        &fetch("0.21.7", "linux_armv7", &armv7),
        "0.21.8",
        "no checksum of 0.21.8 for armv7l-linux",
    );
}

#[test]
fn what_no_table_knows_keeps_the_version_where_it_is() {
    let source = r#"fetchFromGitHub { owner = "dagger"; repo = "dagger"; rev = "v0.21.6"; hash = "sha256-qCS8dznieOG0DqD4xOT0xveW/Dtjr/pumsf+ngHo2Tg="; }"#;
    refused("x.nix", source, "0.21.7", "no table");
    let commit = source.replace("v0.21.6", "4b825dc642cb6eb9a060e54bf8d69288fbee4904");
    refused("x.nix", &commit, "0.21.7", "a commit");
    refused(
        "x.nix",
        r#"pullImage { imageName = "registry.dagger.io/engine"; imageDigest = "sha256:a"; finalImageTag = "v0.21.6"; }"#,
        "0.21.7",
        "image digest",
    );
    refused(
        "dagger.json",
        r#"{"name":"a","engineVersion":"v0.21.6","dependencies":[{"source":"github.com/dagger/dagger/modules/go@v0.21.6","pin":"00"}]}"#,
        "0.21.7",
        "the commit",
    );
}

#[test]
fn words_and_parts_are_replaced_in_full() {
    check("dagger.json", r#"{"engineVersion":"latest"}"#, "0.21.7", r#"{"engineVersion":"v0.21.7"}"#);
    check("dagger.json", r#"{"engineVersion":"0.21"}"#, "0.21.7", r#"{"engineVersion":"0.21.7"}"#);
    check(
        "dagger.json",
        r#"{"engineVersion":"main"}"#,
        "1.0.0-beta.3",
        r#"{"engineVersion":"v1.0.0-beta.3"}"#,
    );
    let missing = r#"{"name":"a","sdk":"go"}"#;
    let source = Source::new(missing.as_bytes().to_vec());
    let scan = scan_of("dagger.json", &source);
    assert_eq!(
        write(&scan.sites[0].0, source.text(), &Version::new(0, 21, 7), &Catalog::default()),
        Ok(Writing::Absent)
    );
}

#[test]
fn a_hash_of_another_revision_is_seen() {
    let lock = LOCK.replace(
        "sha256-BbZ+oN5zn+12XFWbqFuXTArwME3KDGbBSSUoq7sLEfw=",
        "sha256-olV0eG2YQlocEIgYl/zoeXn9BYVog3oq13dwhQi3BXw=",
    );
    let source = Source::new(lock.into_bytes());
    let mut scan = Scan::new("flake.lock");
    super::super::flake_lock::find(Kind::NixLock, &document::parse_json(source.text()).unwrap(), &mut scan);
    let (site, _) = &scan.sites[0];
    assert_eq!(site.stated.version(), Some(&Version::new(0, 18, 14)));
    let found = mismatches(site, source.text(), &Catalog::default());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].wanted, "sha256-BbZ+oN5zn+12XFWbqFuXTArwME3KDGbBSSUoq7sLEfw=");

    let text = fetch("0.21.6", "darwin_arm64", &"1".repeat(64));
    let source = Source::new(text.into_bytes());
    let scan = scan_of("x.nix", &source);
    assert_eq!(mismatches(&scan.sites[0].0, source.text(), &Catalog::default()).len(), 1);
    // Both tarballs of a release that was published twice are known.
    let version = Version::new(0, 20, 7);
    for (_, hash) in catalog::archives(&version).filter(|(system, _)| *system == "x86_64-linux") {
        let text = fetch("0.20.7", "linux_amd64", &hash.print(HashEncoding::Hex));
        let source = Source::new(text.into_bytes());
        assert_eq!(mismatches(&scan_of("x.nix", &source).sites[0].0, source.text(), &Catalog::default()), []);
    }
}

#[test]
fn a_shadowed_attribute_is_told_apart() {
    let text = format!(
        "mkDerivation {{ pname = \"dagger\"; version = \"0.9.1\"; src = {}; }}",
        fetch("0.21.6", "x", "")
    );
    let source = Source::new(text.into_bytes());
    let roles: Vec<Role> = scan_of("x.nix", &source).sites.iter().map(|(site, _)| site.role).collect();
    assert_eq!(roles, [Role::Mirror, Role::Shadowed]);
}

fn packaged() -> impl Strategy<Value = Version> {
    let all: Vec<Version> =
        catalog::versions().filter(|version| catalog::revision_for(version).is_some()).collect();
    prop::sample::select(all)
}

proptest! {
    /// From any packaged version to any other, and what is written reads as what was wanted.
    #[test]
    fn what_is_written_is_read(from in packaged(), to in packaged(), v in "v?", newline in prop::sample::select(vec!["\n", "\r\n"])) {
        let old = catalog::revision_for(&from).unwrap();
        let lock = LOCK.replace("8f5f6fd98e4ceef9e1d66b40f1db2204315c192e", &old.rev.to_string())
            .replace("sha256-BbZ+oN5zn+12XFWbqFuXTArwME3KDGbBSSUoq7sLEfw=", &old.nar_hash.to_string())
            .replace("1754073335", &old.last_modified.to_string())
            .replace('\n', newline);
        let hash = old.archive("x86_64-linux").unwrap().print(HashEncoding::Sri);
        let files = [
            ("flake.lock", lock),
            ("flake.nix", format!("{{ inputs.d.url = github:dagger/nix/{};{newline}outputs = _: {{ }}; }}", old.rev)),
            ("x.nix", fetch(&from.to_string(), "linux_amd64", &hash)),
            ("x.nix", format!("let daggerVersion = \"{v}{from}\"; in {{ pname = \"dagger\";{newline}version = daggerVersion; }}")),
            ("dagger.json", format!("{{\"engineVersion\":{newline}\"{v}{from}\"}}")),
        ];
        for (path, text) in files {
            let new = written(path, &text, &to).unwrap();
            let source = Source::new(new.into_bytes());
            let scan = scan_of(path, &source);
            prop_assert_eq!(scan.sites.len(), 1);
            let (site, _) = &scan.sites[0];
            prop_assert_eq!(site.stated.version(), Some(&to));
            prop_assert_eq!(mismatches(site, source.text(), &Catalog::default()), vec![]);
            if site.kind == Kind::NixInline || site.kind == Kind::ModuleEngineVersion {
                prop_assert_eq!(site.text.starts_with('v'), text.contains(&format!("\"v{from}")));
            }
        }
    }
}

#[test]
fn a_hash_is_read_as_it_stands_in_locks_addresses_and_expressions() {
    let sri = "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=";
    let hash = NarHash::parse(sri);
    let hex = hash.unwrap().sha256().print(HashEncoding::Hex);
    let nix32 = hash.unwrap().sha256().print(HashEncoding::Nix32);
    for text in [sri, &sri.replace('+', "%2B").replace('=', "%3D"), &hex, &nix32, &format!("sha256:{nix32}")]
    {
        assert_eq!(tree_hash(text), hash, "{text}");
    }
    for text in ["", "%", "%3D", "sha512-AAAA"] {
        assert_eq!(tree_hash(text), None, "{text}");
    }
}
