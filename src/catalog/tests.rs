use super::*;
use crate::value::HashEncoding;

fn version(text: &str) -> Version {
    Version::parse(text).unwrap()
}

/// The data file, read independently of the build script.
fn data() -> serde_json::Value {
    serde_json::from_str(include_str!("catalog.json")).unwrap()
}

fn rows(data: &serde_json::Value, table: &str) -> Vec<serde_json::Value> {
    data[table].as_array().unwrap().clone()
}

#[test]
fn every_revision_of_the_data_is_found_as_it_stands_there() {
    let data = data();
    let rows = rows(&data, "revisions");
    assert_eq!(rows.len(), REVISIONS.len());
    for row in rows {
        let rev = Rev::parse(row["rev"].as_str().unwrap()).unwrap();
        let found = revision(&rev).unwrap();
        assert_eq!(found.rev, rev);
        assert_eq!(found.version().map(|found| found.to_string()).as_deref(), row["version"].as_str());
        assert_eq!(found.nar_hash.to_string(), row["narHash"].as_str().unwrap());
        assert_eq!(found.last_modified, row["lastModified"].as_u64().unwrap());
        assert_eq!(found.rev_count, row["revCount"].as_u64());
        let nixpkgs = &data["nixpkgs"][usize::try_from(row["nixpkgs"].as_u64().unwrap()).unwrap()];
        assert_eq!(found.nixpkgs.rev.to_string(), nixpkgs["rev"].as_str().unwrap());
        assert_eq!(found.nixpkgs.nar_hash.to_string(), nixpkgs["narHash"].as_str().unwrap());
        assert_eq!(found.nixpkgs.last_modified, nixpkgs["lastModified"].as_u64().unwrap());
        let same_tree = revision_by_nar_hash(&found.nar_hash).unwrap();
        assert_eq!((same_tree.nar_hash, same_tree.version()), (found.nar_hash, found.version()));
        let hashes = row["sha256"].as_object().cloned().unwrap_or_default();
        assert_eq!(found.archives.len(), hashes.len());
        for (system, hash) in hashes {
            assert_eq!(found.archive(&system).unwrap().print(HashEncoding::Hex), hash.as_str().unwrap());
        }
    }
}

#[test]
fn every_release_of_the_data_is_found_as_it_stands_there() {
    let data = data();
    let mut expect: Vec<_> =
        rows(&data, "releases").iter().map(|row| version(row["version"].as_str().unwrap())).collect();
    expect.sort();
    assert_eq!(versions().collect::<Vec<_>>(), expect);
    for row in rows(&data, "releases") {
        let found = revision_for(&version(row["version"].as_str().unwrap()));
        assert_eq!(
            found.map(|revision| revision.rev.to_string()).as_deref(),
            row["nixRevision"].as_str(),
            "{row}"
        );
    }
    for (table, count) in [
        ("nixpkgs", table::NIXPKGS.len()),
        ("inferredRevisions", INFERRED.len()),
        ("cliTarballs", TARBALLS.len()),
        ("broken", BROKEN.len()),
        ("brokenPairs", BROKEN_PAIRS.len()),
        ("minima", MINIMA.len()),
        ("cacheEpochs", EPOCHS.len()),
        ("boundaries", BOUNDARIES.len()),
        ("channelGaps", GAPS.len()),
    ] {
        assert_eq!(rows(&data, table).len(), count, "{table}");
    }
}

#[test]
fn the_revision_to_write_is_a_choice_and_not_the_newest() {
    let rev = |text: &str| revision_for(&version(text)).map(|revision| revision.rev.to_string());
    assert!(rev("0.20.7").unwrap().starts_with("3f505823"));
    assert!(rev("0.21.7").unwrap().starts_with("c93d69f6"));
    assert!(rev("0.16.0-llm.2").unwrap().starts_with("d06ffd56"));
    for unpackaged in ["0.20.1", "0.21.8", "0.21.11", "1.0.0-beta.10", "0.1.0"] {
        assert_eq!(rev(unpackaged), None, "{unpackaged}");
    }
}

#[test]
fn an_inferred_revision_is_unknown() {
    let rev = Rev::parse("b35b2b5ab62ace3a3c1e779c497de1ad762a4aa1").unwrap();
    assert!(revision(&rev).is_none());
    assert_eq!(inferred(&rev).unwrap().0, version("0.21.8"));
}

#[test]
fn archives_are_those_of_the_right_revision() {
    let print = |text: &str, system: &str| {
        archive(&version(text), system).map(|hash| hash.print(HashEncoding::Hex)[..8].to_owned())
    };
    assert_eq!(print("0.21.7", "x86_64-linux").as_deref(), Some("44430afc"));
    assert_eq!(print("0.20.7", "x86_64-linux").as_deref(), Some("cc993d3a"));
    assert_eq!(print("0.21.8", "aarch64-linux").as_deref(), Some("cd0df488"));
    for (text, system) in
        [("0.21.8", "armv7l-linux"), ("0.20.1", "x86_64-linux"), ("0.21.7", "riscv64-linux"), ("9.9.9", "x")]
    {
        assert_eq!(print(text, system), None, "{text} {system}");
    }
    let linux = archives(&version("0.20.7")).filter(|(system, _)| *system == "x86_64-linux").count();
    assert_eq!(linux, 2);
}

#[test]
fn minima_are_known_for_covered_releases_only() {
    let client = |text: &str| minima(&version(text)).map(|minima| minima.client.to_string());
    for (text, expect) in [
        ("0.11.6", None),
        ("0.11.7", Some("0.11.7")),
        ("0.12.3", None),
        ("0.18.12", Some("0.17.0")),
        ("0.18.99", None),
        ("0.19.0", Some("0.19.0")),
        ("0.21.11", Some("0.19.0")),
        ("1.0.0-beta.10", Some("0.19.0")),
        ("2.0.0", Some("0.19.0")),
    ] {
        assert_eq!(client(text).as_deref(), expect, "{text}");
    }
    assert_eq!(minima(&version("0.11.7")).unwrap().module, None);
}

#[test]
fn broken_releases_and_pairs_are_told() {
    assert!(!broken(&version("0.20.1")).unwrap().is_nix_only);
    assert!(broken(&version("0.21.9")).unwrap().is_nix_only);
    assert_eq!(broken(&version("0.21.7")), None);
    let breaks =
        |cli: &str, engine: &str| broken_pair(&version(cli), &version(engine)).map(|pair| pair.breaks);
    for (cli, engine, expect) in [
        ("0.21.8", "0.20.8", Some(true)),
        ("1.0.0-beta.3", "0.20.99", Some(true)),
        ("0.20.8", "0.21.8", Some(false)),
        ("0.20.8", "0.21.0-rc.1", Some(false)),
        ("0.20.8", "1.0.0-beta.1", None),
        ("0.21.8", "0.21.0", None),
        ("0.20.8", "0.19.0", None),
    ] {
        assert_eq!(breaks(cli, engine), expect, "{cli} {engine}");
    }
}

#[test]
fn epochs_and_boundaries_follow_the_rows() {
    for (text, expect) in [
        ("0.19.0", Some("bk")),
        ("0.20.8", Some("bk")),
        ("0.21.8", Some("16")),
        ("0.21.9", None),
        ("1.0.0-beta.7", Some("16")),
        ("1.0.0-beta.10", Some("17")),
        ("1.0.0-beta.11", None),
        ("1.0.0", None),
    ] {
        assert_eq!(cache_epoch(&version(text)), expect, "{text}");
    }
    let crossed = |from: &str, to: &str| -> Vec<String> {
        boundaries(&version(from), &version(to)).iter().map(|boundary| boundary.at.to_string()).collect()
    };
    assert_eq!(crossed("0.19.3", "0.21.1"), ["0.19.4", "0.21.1"]);
    assert_eq!(crossed("0.21.5", "0.21.1"), ["0.21.5"]);
    assert_eq!(crossed("0.21.8", "1.0.0-beta.3"), ["1.0.0"]);
    assert!(crossed("0.21.1", "0.21.1").is_empty());
}

#[test]
fn every_gap_of_the_data_is_found_as_it_stands_there() {
    for (row, (channel, gap)) in rows(&data(), "channelGaps").iter().zip(&GAPS) {
        assert_eq!(row["channel"], *channel);
        match gap {
            Gap::Versions(names) => assert_eq!(row["missing"], serde_json::json!(names)),
            Gap::PrereleasesBelow(below) => assert_eq!(row["missingPrereleasesBelow"], *below),
            Gap::Prereleases => assert_eq!(row["missing"], "every prerelease"),
        }
    }
    for (text, expect) in [
        ("0.21.1", &["crates"][..]),
        ("0.21.2", &[]),
        ("1.0.0-beta.10", &["crates", "nix"]),
        ("1.0.0-beta.11", &["nix"]),
        // Of all pre-releases the one that the flake did package.
        ("0.16.0-llm.2", &["crates"]),
        ("1.0.0", &[]),
    ] {
        let found: Vec<&str> = missing_from(&version(text)).into_iter().collect();
        assert_eq!(found, expect, "{text}");
        assert_eq!(is_missing("nix", &version(text)), expect.contains(&"nix"));
    }
}
