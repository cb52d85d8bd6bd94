use super::*;
use crate::document;
use crate::text::Source;

const REV_0_21_4: &str = "89dee52f7839a290326eb1f929a4ac99d4a1aae1";
const NAR_0_21_4: &str = "sha256-xjgaTEPXgv3sy1sz0hQoUTWUj2YBeAy/RDD9nNylXnQ=";

/// What is expected of one site: the text, the value, whether it is the root's own, and how many
/// companions it has.
type Expected<'a> = (&'a str, Option<&'a str>, bool, usize);

fn check(lock: &str, expect: &[Expected<'_>]) {
    let source = Source::new(lock.as_bytes().to_vec());
    let mut scan = Scan::new("flake.lock");
    find(Kind::NixLock, &document::parse_json(source.text()).unwrap(), &mut scan);
    let found: Vec<_> = scan
        .sites
        .iter()
        .map(|(site, _)| {
            assert_eq!(source.slice(site.span), site.text);
            let value = site.stated.value();
            (site.text.clone(), value, site.role == Role::Mirror, site.companions.len())
        })
        .collect();
    let found: Vec<_> =
        found.iter().map(|(text, value, own, n)| (text.as_str(), value.as_deref(), *own, *n)).collect();
    assert_eq!(found, expect, "{lock}");
}

fn github(rev: &str, nar_hash: &str) -> String {
    format!(
        r#"{{"lastModified":1780500205,"narHash":"{nar_hash}","owner":"dagger","repo":"nix","rev":"{rev}","type":"github"}}"#
    )
}

fn lock(root_inputs: &str, nodes: &str) -> String {
    format!(r#"{{"nodes":{{{nodes},"root":{{"inputs":{{{root_inputs}}}}}}},"root":"root","version":7}}"#)
}

#[test]
fn the_own_input_is_found_under_any_name() {
    let locked = github(REV_0_21_4, NAR_0_21_4);
    check(
        &lock(r#""cli":"cli""#, &format!(r#""cli":{{"locked":{locked}}}"#)),
        &[(REV_0_21_4, Some("0.21.4"), true, 2)],
    );
    check(
        &lock(
            r#""cli":"cli""#,
            &format!(r#""cli":{{"locked":{}}}"#, locked.replace("\"dagger\"", "\"Dagger\"")),
        ),
        &[(REV_0_21_4, Some("0.21.4"), true, 2)],
    );
}

#[test]
fn what_the_root_does_not_reach_is_no_site() {
    let locked = github(REV_0_21_4, NAR_0_21_4);
    check(&lock(r#""a":"a""#, &format!(r#""a":{{"locked":{{}}}},"dagger":{{"locked":{locked}}}"#)), &[]);
    check(&lock(r#""dagger":["nowhere","dagger"]"#, &format!(r#""dagger":{{"locked":{locked}}}"#)), &[]);
}

#[test]
fn a_transitive_node_belongs_to_the_other_flake_unless_the_root_follows_it() {
    let nodes = format!(
        r#""agent":{{"inputs":{{"dagger":"dagger_2"}}}},"dagger_2":{{"locked":{}}}"#,
        github(REV_0_21_4, NAR_0_21_4)
    );
    check(&lock(r#""agent":"agent""#, &nodes), &[(REV_0_21_4, Some("0.21.4"), false, 2)]);
    check(
        &lock(r#""agent":"agent","dagger":["agent","dagger"]"#, &nodes),
        &[(REV_0_21_4, Some("0.21.4"), true, 2)],
    );
}

#[test]
fn circles_of_follows_end() {
    let locked = github(REV_0_21_4, NAR_0_21_4);
    check(&lock(r#""a":["b"],"b":["a"]"#, &format!(r#""dagger":{{"locked":{locked}}}"#)), &[]);
    check(
        &lock(r#""a":"a""#, &format!(r#""a":{{"inputs":{{"b":"a","c":["a","c"]}},"locked":{locked}}}"#)),
        &[(REV_0_21_4, Some("0.21.4"), true, 2)],
    );
    check(&lock(r#""a":[]"#, r#""b":{}"#), &[]);
}

#[test]
fn an_unknown_revision_is_known_by_its_tree() {
    let unknown = "b35b2b5ab62ace3a3c1e779c497de1ad762a4aa1";
    let one = |rev: &str, nar: &str| {
        lock(r#""dagger":"dagger""#, &format!(r#""dagger":{{"locked":{}}}"#, github(rev, nar)))
    };
    check(&one(unknown, NAR_0_21_4), &[(unknown, Some("0.21.4"), true, 2)]);
    check(&one(unknown, "sha256-E0v8IiF9sEWNw615Yae1RH8KtMuOOF+mcafu2m0kHyE="), &[(unknown, None, true, 2)]);
    // A contradiction is the checker's to find: the revision decides here.
    check(
        &one(REV_0_21_4, "sha256-E8GUw7fmRLO96NBSr434tk1fgL13JqHCqM+c4ZgLb4o="),
        &[(REV_0_21_4, Some("0.21.4"), true, 2)],
    );
    let without_cli = "e11dbf3c2c93d1eb22d5fda0ec956b949fc9c640";
    check(&one(without_cli, ""), &[(without_cli, None, true, 1)]);
}

#[test]
fn git_and_tarball_inputs_are_told_by_their_address() {
    let one = |locked: &str, original: &str| {
        let node = format!(r#""dagger":{{"locked":{{{locked}}},"original":{{{original}}}}}"#);
        lock(r#""dagger":"dagger""#, &node)
    };
    let git = format!(
        r#""type":"git","url":"https://github.com/dagger/nix.git","rev":"{REV_0_21_4}","revCount":130,"lastModified":1,"narHash":"{NAR_0_21_4}""#
    );
    check(&one(&git, ""), &[(REV_0_21_4, Some("0.21.4"), true, 3)]);
    let url = format!("https://github.com/dagger/nix/archive/{REV_0_21_4}.tar.gz");
    let tarball = format!(r#""type":"tarball","url":"{url}","narHash":"{NAR_0_21_4}""#);
    check(
        &one(&tarball, &format!(r#""type":"tarball","url":"{url}""#)),
        &[(REV_0_21_4, Some("0.21.4"), true, 2)],
    );
    let moving = format!(
        r#""type":"tarball","url":"https://github.com/dagger/nix/archive/main.tar.gz","narHash":"{NAR_0_21_4}""#
    );
    check(&one(&moving, ""), &[(NAR_0_21_4, Some("0.21.4"), true, 0)]);
    for other in [
        r#""type":"github","owner":"dagger","repo":"dagger","rev":"1""#,
        r#""type":"github","owner":"dagger","repo":"nix","host":"git.example","rev":"1""#,
        r#""type":"git","url":"https://github.com/dagger/nixos","rev":"1""#,
        r#""type":"git","url":"https://example.com/dagger/nix","rev":"1""#,
        r#""type":"path","path":"./dagger/nix","rev":"1""#,
    ] {
        check(&one(other, ""), &[]);
    }
}

#[test]
fn version_5_keeps_the_hashes_in_info() {
    let text = format!(
        r#"{{"nodes":{{"dagger":{{"info":{{"lastModified":1,"narHash":"{NAR_0_21_4}"}},"inputs":{{}},
        "locked":{{"owner":"dagger","repo":"nix","rev":"{REV_0_21_4}","type":"github"}}}},
        "root":{{"inputs":{{"dagger":"dagger"}}}}}},"root":"root","version":5}}"#
    );
    check(&text, &[(REV_0_21_4, Some("0.21.4"), true, 2)]);
}

#[test]
fn nixpkgs_moves_only_when_it_is_the_flake_s_own() {
    let nixpkgs = |reference: &str| {
        format!(
            r#""nixpkgs_2":{{"locked":{{"lastModified":1,"narHash":"sha256-a","owner":"NixOS","repo":"nixpkgs","rev":"0","type":"github"}},
            "original":{{"owner":"NixOS","ref":"{reference}","repo":"nixpkgs","type":"github"}}}}"#
        )
    };
    let dagger = |inputs: &str| {
        let locked = github(REV_0_21_4, NAR_0_21_4);
        format!(
            r#""dagger":{{"inputs":{{"nixpkgs":{inputs}}},"locked":{locked},"original":{{"owner":"dagger","repo":"nix","rev":"{REV_0_21_4}","type":"github"}}}}"#
        )
    };
    let own = format!("{},{}", dagger(r#""nixpkgs_2""#), nixpkgs("nixpkgs-unstable"));
    check(&lock(r#""dagger":"dagger""#, &own), &[(REV_0_21_4, Some("0.21.4"), true, 6)]);
    for (nodes, root) in [
        // Shared with the root.
        (own.clone(), r#""dagger":"dagger","nixpkgs":"nixpkgs_2""#),
        // Chosen by the repository.
        (format!("{},{}", dagger(r#""nixpkgs_2""#), nixpkgs("nixos-25.05")), r#""dagger":"dagger""#),
        // Followed.
        (
            format!("{},{}", dagger(r#"["nixpkgs"]"#), nixpkgs("nixpkgs-unstable")),
            r#""dagger":"dagger","nixpkgs":"nixpkgs_2""#,
        ),
    ] {
        check(&lock(root, &nodes), &[(REV_0_21_4, Some("0.21.4"), true, 3)]);
    }
}

#[test]
fn what_is_no_graph_has_no_sites() {
    for text in [
        "{}",
        "[]",
        r#"{"nodes":[]}"#,
        r#"{"nodes":{"root":[]},"root":"root"}"#,
        r#"{"nodes":{"root":{"inputs":{"a":1,"b":{},"c":[[]]}}},"root":"root"}"#,
        r#"{"inputs":{"dagger":{"locked":{"rev":"1"}}},"version":4}"#,
    ] {
        check(text, &[]);
    }
}

#[test]
fn a_byte_order_mark_and_line_ends_do_not_move_the_places() {
    let locked = github(REV_0_21_4, NAR_0_21_4);
    let text = lock(r#""é":"é""#, &format!("\r\n\t\"é\":{{\"locked\":{locked}}}\r\n"));
    check(&format!("\u{feff}{text}"), &[(REV_0_21_4, Some("0.21.4"), true, 2)]);
}
