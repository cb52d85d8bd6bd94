//! The repository of the flake that packages the CLI, as its host serves it: archives of commits that no catalog has.

use super::server::{Asked, Reply};
use flate2::Compression;
use flate2::write::GzEncoder;
use pin::nar::Node;
use pin::value::NarHash;
use std::collections::BTreeMap;
use std::io::Write as _;
use tar::{Builder, EntryType, Header};

/// When every commit was made.
pub(crate) const TIME: u64 = 1_790_000_000;

/// The nixpkgs of every commit.
const NIXPKGS: &str = r#"{"nodes":{"nixpkgs":{"locked":{"lastModified":1758416067,"narHash":"sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=","owner":"NixOS","repo":"nixpkgs","rev":"51c8f9cfaae8306d135095bcdb3df9027f95542d","type":"github"}},"root":{"inputs":{"nixpkgs":"nixpkgs"}}},"root":"root","version":7}"#;

/// A commit that packages one version.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) rev: String,
    pub(crate) version: String,
    /// The digit that the hash of its archive is made of.
    pub(crate) digit: char,
}

impl Commit {
    /// The commit whose name is made of one hexadecimal digit.
    pub(crate) fn new(rev: char, version: &str, digit: char) -> Self {
        Self { rev: rev.to_string().repeat(40), version: version.to_owned(), digit }
    }

    fn files(&self) -> [(&'static str, u32, String); 3] {
        let Self { version, digit, .. } = self;
        let hash = digit.to_string().repeat(64);
        let package = format!(
            "{{ system, fetchurl, stdenvNoCC }}:\nlet\n  shaMap = {{ x86_64-linux = \"{hash}\"; }};\n  urlMap = {{ \
             x86_64-linux = \
             \"https://dl.dagger.io/dagger/releases/{version}/dagger_v{version}_linux_amd64.tar.gz\"; \
             }};\nin\nstdenvNoCC.mkDerivation {{\n  pname = \"dagger\";\n  version = \"0.0.1\";\n  src = fetchurl {{ url = \
             urlMap.${{system}}; sha256 = shaMap.${{system}}; }};\n}}\n"
        );
        [
            ("flake.lock", 0o664, NIXPKGS.to_owned()),
            ("pkgs/dagger/default.nix", 0o664, package),
            ("pkgs/dagger/update.sh", 0o775, "#!/bin/sh\n".to_owned()),
        ]
    }

    /// Hash of the tree, as a lock has it.
    pub(crate) fn nar_hash(&self) -> NarHash {
        let files = self.files();
        let mut tree = Node::Directory(BTreeMap::new());
        for (path, mode, text) in &files {
            let file = Node::File { contents: text.as_bytes(), is_executable: mode & 0o100 != 0 };
            tree.insert(path.as_bytes(), file).expect("the paths are good");
        }
        tree.hash()
    }

    /// The archive, as `git archive` makes it.
    pub(crate) fn tarball(&self) -> Vec<u8> {
        let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        let record = format!("52 comment={}\n", self.rev);
        let top = format!("nix-{}", self.rev);
        let mut append = |path: &str, kind: EntryType, mode: u32, bytes: &[u8]| {
            let mut header = Header::new_ustar();
            header.set_entry_type(kind);
            header.set_mode(mode);
            header.set_mtime(TIME);
            header.set_size(bytes.len() as u64);
            tar.append_data(&mut header, path, bytes).expect("an entry fits");
        };
        append("pax_global_header", EntryType::XGlobalHeader, 0o666, record.as_bytes());
        append(&format!("{top}/"), EntryType::Directory, 0o775, b"");
        for (path, mode, text) in self.files() {
            append(&format!("{top}/{path}"), EntryType::Regular, mode, text.as_bytes());
        }
        let mut gzip = tar.into_inner().expect("the archive ends");
        gzip.flush().expect("memory takes it");
        gzip.finish().expect("memory takes it")
    }

    /// The checksums that are published for the version.
    pub(crate) fn checksums(&self) -> String {
        let Self { version, digit, .. } = self;
        format!("{}  dagger_v{version}_linux_amd64.tar.gz\n", digit.to_string().repeat(64))
    }

    /// A repository that locks the commit.
    pub(crate) fn locked(&self) -> String {
        let Self { rev, .. } = self;
        let hash = self.nar_hash();
        format!(
            r#"{{
  "nodes": {{
    "dagger": {{
      "inputs": {{ "nixpkgs": "nixpkgs" }},
      "locked": {{
        "lastModified": {TIME},
        "narHash": "{hash}",
        "owner": "dagger",
        "repo": "nix",
        "rev": "{rev}",
        "type": "github"
      }},
      "original": {{ "owner": "dagger", "repo": "nix", "type": "github" }}
    }},
    "nixpkgs": {{
      "locked": {{
        "lastModified": 1758416067,
        "narHash": "sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=",
        "owner": "NixOS",
        "repo": "nixpkgs",
        "rev": "51c8f9cfaae8306d135095bcdb3df9027f95542d",
        "type": "github"
      }},
      "original": {{ "owner": "NixOS", "ref": "nixpkgs-unstable", "repo": "nixpkgs", "type": "github" }}
    }},
    "root": {{ "inputs": {{ "dagger": "dagger" }} }}
  }},
  "root": "root",
  "version": 7
}}
"#
        )
    }
}

/// Serves the commits and the checksums of their releases, and nothing else.
pub(crate) fn serve(commits: &[Commit], asked: &Asked) -> Reply {
    let is_archive = |commit: &&Commit| asked.path == format!("/dagger/nix/archive/{}.tar.gz", commit.rev);
    let is_release = |commit: &&Commit| asked.path == format!("/releases/{}/checksums.txt", commit.version);
    if let Some(commit) = commits.iter().find(is_archive) {
        return Reply::ok(commit.tarball());
    }
    match commits.iter().find(is_release) {
        Some(commit) => Reply::ok(commit.checksums()),
        None => Reply::status(404, "not here"),
    }
}
