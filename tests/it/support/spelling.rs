//! The ways to state a version that each format's case directory holds: `tests/cases/list/FORMAT/spellings/NAME/`,
//! files in which `@VERSION@` and the words below stand for what a version means there.
//!
//! | word | is replaced by |
//! |---|---|
//! | `@VERSION@` | `0.21.8` |
//! | `@REVISION@`, `@NAR_HASH@`, `@LAST_MODIFIED@` | of the flake that packages it |
//! | `@NIXPKGS_REVISION@`, `@NIXPKGS_NAR_HASH@`, `@NIXPKGS_LAST_MODIFIED@` | of the nixpkgs which that flake locks |
//! | `@SHA256:SYSTEM@` | of the CLI's archive for that system (`x86_64-linux`), in hexadecimal |
//! | `@UPPER_SHA256:SYSTEM@` | the same in upper case |
//! | `@BYTES@` | bytes that are not UTF-8, or nothing |
//!
//! A spelling whose name ends in `.as-is` keeps its line ends and its first bytes.

use super::repository;
use super::tree::{Entry, Tree};
use pin::catalog;
use pin::value::{HashEncoding, Version};
use std::fs;
use std::path::PathBuf;

/// One way to state a version.
#[derive(Debug)]
pub(crate) struct Spelling {
    /// `FORMAT/NAME`.
    pub(crate) name: String,
    /// Paths with templates.
    files: Vec<(String, Vec<u8>)>,
}

/// How files are written, apart from what they say.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Style {
    pub(crate) crlf: bool,
    pub(crate) bom: bool,
    pub(crate) no_final_newline: bool,
    pub(crate) not_utf8: bool,
}

/// Returns the spellings of the format whose case directory has that name, sorted; at least one.
pub(crate) fn of(format: &str) -> Vec<Spelling> {
    let directory = repository().join("tests/cases/list").join(format).join("spellings");
    let entries = fs::read_dir(&directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a readable entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "{} is empty", directory.display());
    let spelling = |path: &PathBuf| {
        let name = path.file_name().expect("an entry has a name").to_string_lossy();
        let files = Tree::read(path).0.into_iter().filter_map(|(path, entry)| match entry {
            Entry::File { bytes, .. } => Some((path, bytes)),
            _ => None,
        });
        Spelling { name: format!("{format}/{name}"), files: files.collect() }
    };
    paths.iter().map(spelling).collect()
}

/// Returns the versions that every spelling can state: the flake packages them.
pub(crate) fn versions() -> Vec<Version> {
    let packaged =
        |version: &Version| catalog::revision_for(version).is_some() && catalog::broken(version).is_none();
    catalog::versions().filter(packaged).filter(|version| *version >= Version::new(0, 18, 0)).collect()
}

impl Spelling {
    /// Returns the files that state `version`, each path with its bytes.
    pub(crate) fn files(&self, version: &Version, style: Style) -> Vec<(String, Vec<u8>)> {
        let style = if self.name.ends_with(".as-is") { Style::default() } else { style };
        self.files.iter().map(|(path, template)| (path.clone(), fill(template, version, style))).collect()
    }
}

fn fill(template: &[u8], version: &Version, style: Style) -> Vec<u8> {
    let row = catalog::revision_for(version).expect("a version that the flake packages");
    let text = std::str::from_utf8(template).expect("templates are UTF-8");
    let mut text = text
        .replace("@VERSION@", &version.to_string())
        .replace("@REVISION@", &row.rev.to_string())
        .replace("@NAR_HASH@", &row.nar_hash.to_string())
        .replace("@LAST_MODIFIED@", &row.last_modified.to_string())
        .replace("@NIXPKGS_REVISION@", &row.nixpkgs.rev.to_string())
        .replace("@NIXPKGS_NAR_HASH@", &row.nixpkgs.nar_hash.to_string())
        .replace("@NIXPKGS_LAST_MODIFIED@", &row.nixpkgs.last_modified.to_string());
    for system in ["x86_64-linux", "aarch64-linux", "x86_64-darwin", "aarch64-darwin"] {
        let hash = catalog::archive(version, system).expect("a version that the flake packages");
        let hash = hash.print(HashEncoding::Hex);
        text = text.replace(&format!("@SHA256:{system}@"), &hash);
        text = text.replace(&format!("@UPPER_SHA256:{system}@"), &hash.to_uppercase());
    }
    if style.crlf {
        text = text.replace('\n', "\r\n");
    }
    if style.no_final_newline {
        text.truncate(text.trim_end().len());
    }
    let mut bytes = Vec::with_capacity(text.len() + 8);
    if style.bom {
        bytes.extend(b"\xef\xbb\xbf");
    }
    for (index, part) in text.split("@BYTES@").enumerate() {
        if index > 0 && style.not_utf8 {
            bytes.extend(b"\xff\xfe");
        }
        bytes.extend(part.as_bytes());
    }
    bytes
}
