//! The fuzz targets over their committed corpus, so that what a fuzzer once found stays found.

use crate::support::spelling::{self, Style};
use crate::support::{repository, tool};
use pin::site::Format;
use pin::value::Version;
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

#[path = "../fuzz/targets.rs"]
mod targets;

fn fuzz() -> PathBuf {
    repository().join("tests/fuzz")
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.sort();
    paths
}

/// Each file as it is, and cut off at every byte: half a file is what an editor or a full disk leaves.
#[test]
fn every_target_holds_over_its_corpus() {
    let mut count = 0;
    let mut broken = Vec::new();
    for (name, target) in targets::ALL {
        let inputs = files(&fuzz().join("corpus").join(name));
        assert!(!inputs.is_empty(), "tests/fuzz/corpus/{name} is empty");
        for path in inputs {
            let bytes = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let cuts = bytes.len().min(2000);
            for input in (0..cuts).map(|cut| &bytes[..cut]).chain([&bytes[..]]) {
                count += 1;
                if catch_unwind(AssertUnwindSafe(|| target(input))).is_err() {
                    broken.push(format!("{name}: {} cut to {} bytes", path.display(), input.len()));
                    break;
                }
            }
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
    tool::say(&format!("fuzz: {} targets over {count} inputs of the corpus", targets::ALL.len()));
}

/// Every spelling of every format, cut off at every byte.
#[test]
fn half_a_spelling_is_no_trouble() {
    let mut count = 0;
    for format in Format::ALL {
        for spelling in spelling::of(&format.name()) {
            for (path, bytes) in spelling.files(&Version::new(0, 21, 4), Style::default()) {
                for cut in 0..=bytes.len() {
                    count += 1;
                    targets::formats(&[path.as_bytes(), b"\n", &bytes[..cut]].concat());
                }
            }
        }
    }
    tool::say(&format!("fuzz: {count} cuts of spellings"));
}

#[test]
fn every_target_can_be_run_by_cargo_fuzz() {
    let manifest = fs::read_to_string(fuzz().join("Cargo.toml")).expect("the manifest of the fuzz targets");
    let named = |paths: Vec<PathBuf>| -> BTreeSet<String> {
        let stem = |path: PathBuf| path.file_stem().expect("a name").to_string_lossy().into_owned();
        paths.into_iter().map(stem).collect()
    };
    let listed: BTreeSet<String> = targets::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(listed, named(files(&fuzz().join("targets"))), "programs in tests/fuzz/targets");
    assert_eq!(listed, named(files(&fuzz().join("corpus"))), "directories in tests/fuzz/corpus");
    for name in &listed {
        let entry = format!("[[bin]]\nname = \"{name}\"\npath = \"targets/{name}.rs\"\n");
        assert!(manifest.contains(&entry), "tests/fuzz/Cargo.toml has no program `{name}`");
        let program =
            fs::read_to_string(fuzz().join(format!("targets/{name}.rs"))).expect("it has been listed");
        assert!(
            program.contains(&format!("targets::{}(bytes)", name.replace('-', "_"))),
            "targets/{name}.rs runs another target"
        );
    }
}
