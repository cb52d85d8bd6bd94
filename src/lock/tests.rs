use super::*;
use crate::catalog::{Archive, Catalog, Image, Learnt, Nixpkgs, Revision};
use crate::value::{Digest, NarHash, Rev, Sha256, Version};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn revision(n: u8, version: Option<&Version>) -> Learnt<Revision> {
    let nixpkgs =
        Nixpkgs { rev: Rev::from_bytes([9; 20]), nar_hash: NarHash::from_bytes([9; 32]), last_modified: 9 };
    let (rev, hash) = (Rev::from_bytes([n; 20]), NarHash::from_bytes([n; 32]));
    let fact = Revision::learnt(rev, hash, u64::from(n), nixpkgs, version);
    Learnt { fact, from: "https://example.test/\"a\\b\"".to_owned() }
}

fn archive(n: u8, version: Version) -> Learnt<Archive> {
    let fact = Archive { version, system: "x86_64-linux".to_owned(), sha256: Sha256::from_bytes([n; 32]) };
    Learnt { fact, from: "checksums.txt".to_owned() }
}

fn image(n: u8, platforms: bool) -> Learnt<Image> {
    let digest = Digest::parse(&format!("sha256:{}", format!("{n:02x}").repeat(32))).unwrap();
    let platforms =
        if platforms { BTreeMap::from([("linux/amd64".to_owned(), digest)]) } else { BTreeMap::new() };
    let reference = format!("registry.dagger.io/engine:v0.30.{n}");
    Learnt { fact: Image { reference, digest, platforms }, from: "registry.dagger.io".to_owned() }
}

/// One fact of any sort; equal numbers make equal facts.
fn learn(catalog: &mut Catalog, (sort, n): (u8, u8)) {
    let version = Version::new(0, 30, u64::from(n));
    match sort {
        0 => catalog.learn_revision(&revision(n, Some(&version))).unwrap(),
        1 => catalog.learn_revision(&revision(n.wrapping_add(100), None)).unwrap(),
        2 => catalog.learn_archive(archive(n, version)),
        _ => catalog.learn_image(&image(n, n % 2 == 0)).unwrap(),
    }
}

fn catalog(facts: &[(u8, u8)]) -> Catalog {
    let mut catalog = Catalog::default();
    for fact in facts {
        learn(&mut catalog, *fact);
    }
    catalog
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back_in_any_order(
        facts in prop::collection::vec((0_u8..4, 0_u8..90), 0..12),
        seed in any::<prop::sample::Index>(),
    ) {
        let whole = catalog(&facts);
        let text = print(&whole);
        prop_assert_eq!(&parse(&text).unwrap(), &whole);
        let mut turned = facts.clone();
        if !turned.is_empty() {
            let by = seed.index(turned.len());
            turned.rotate_left(by);
        }
        prop_assert_eq!(print(&catalog(&turned)), text);
    }

    #[test]
    fn lines_of_two_branches_stand_together(
        ours in prop::collection::vec((0_u8..4, 0_u8..90), 0..6),
        theirs in prop::collection::vec((0_u8..4, 0_u8..90), 0..6),
    ) {
        let (left, right) = (print(&catalog(&ours)), print(&catalog(&theirs)));
        let both = catalog(&[ours, theirs].concat());
        let mut joined = parse(&left).unwrap();
        joined.join(parse(&right).unwrap()).unwrap();
        prop_assert_eq!(&joined, &both);
    }

    #[test]
    fn no_text_is_too_much(text in ".{0,200}") {
        drop(parse(&text));
        drop(resolve(&text));
    }
}

#[track_caller]
fn check(text: &str, message: &str, at: &str, hint: Option<&str>) {
    let error = parse(text).unwrap_err();
    let found = (error.message.as_str(), &text[error.span.range()], error.hint.as_deref());
    assert_eq!(found, (message, at, hint), "{text}");
}

#[test]
fn mistakes_have_a_place_and_a_neighbour() {
    check("", "`version` is missing", "", Some("write `version = 1` as the first line"));
    let newer = "this pin reads version 1 of the format, and `2` stands there";
    check("version = 2\n", newer, "2", Some("use the pin that wrote it, or a newer one"));
    check("version = 1\nimagse = []\n", "unknown key `imagse`", "imagse", Some("did you mean `images`?"));
    let toolchain = "version = 1\n[toolchain.dagger]\n";
    let hint = Some("did you mean `revisions`?");
    check(&format!("{toolchain}revision = []\n"), "unknown key `revision`", "revision", hint);
    let hint = Some("did you mean `dagger`?");
    check("version = 1\n[toolchain.daggr]\n", "unknown key `daggr`", "daggr", hint);
    let item = "{ version = \"0.21.0\", system = \"x\", sha256 = \"y\", from = \"z\" }";
    let message = "wanted 64 hexadecimal digits";
    check(&format!("{toolchain}archives = [{item}]\n"), message, "\"y\"", None);
    check(
        &format!("{toolchain}archives = [{{ system = \"x\" }}]\n"),
        "an archive needs `version`",
        "{ system = \"x\" }",
        None,
    );
    check(
        &format!("{toolchain}revisions = [{{ rev = \"x\", nar_hash = \"y\" }}]\n"),
        "unknown key `nar_hash`",
        "nar_hash",
        Some("did you mean `nar-hash`?"),
    );
}

#[test]
fn facts_that_contradict_each_other_are_a_mistake() {
    let one = print(&catalog(&[(0, 1)]));
    let line = one.lines().find(|line| line.contains("rev =")).unwrap();
    let other = line.replace("0.30.1", "0.30.2");
    let text = one.replace(line, &format!("{line}\n{other}"));
    let error = parse(&text).unwrap_err();
    assert_eq!(error.message, "another line says something else about this revision");
    assert!(text[error.span.range()].contains("0.30.2"));
}

#[test]
fn of_a_conflict_both_sides_are_kept() {
    // As git leaves it when both branches add to neighbouring lists.
    let (ours, theirs) = (print(&catalog(&[(0, 1), (2, 1)])), print(&catalog(&[(0, 2), (2, 2)])));
    let both = print(&catalog(&[(0, 1), (2, 1), (0, 2), (2, 2)]));
    let (head, tail) = ours.split_at(ours.find("  { rev").unwrap());
    let other = &theirs[theirs.find("  { rev").unwrap()..];
    for ancestor in ["", "||||||| 1234567\nrevisions = nonsense\n"] {
        let text = format!("{head}<<<<<<< HEAD\n{tail}{ancestor}=======\n{other}>>>>>>> topic\n");
        assert_eq!(print(&resolve(&text).unwrap()), both);
        assert_eq!(print(&resolve(&text.replace('\n', "\r\n")).unwrap()), both);
        let error = parse(&text).unwrap_err();
        assert!(error.hint.unwrap().contains("pin catalog update"));
        assert_eq!(&text[error.span.start..error.span.start + 7], "<<<<<<<");
    }
    assert_eq!(print(&resolve(&both).unwrap()), both);
}

#[test]
fn sides_that_contradict_each_other_have_a_place() {
    let one = print(&catalog(&[(0, 1)]));
    let line = format!("{}\n", one.lines().find(|line| line.contains("rev =")).unwrap());
    let other = line.replace("0.30.1", "0.30.2");
    let text = one.replace(&line, &format!("<<<<<<< a\n{line}=======\n{other}>>>>>>> b\n"));
    let error = resolve(&text).unwrap_err();
    assert_eq!(error.message, "another line says something else about this revision");
    assert!(text[error.span.range()].contains("0.30.2"));
}

#[test]
fn what_only_looks_like_a_marker_is_text() {
    let text = "<<<<<<<< \n=======x\n";
    assert_eq!(conflict::sides(text), [text, text]);
    assert_eq!(conflict::first_marker(text), None);
}
