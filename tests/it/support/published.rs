//! Everybody who publishes releases, as one server on loopback: the archives, the flake's repository and
//! a registry with the engine's image. The versions are of a far future, so that no table knows them.

use super::server::{Asked, Reply, Server};
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest as _, Sha256};

/// What is published.
#[derive(Debug, Clone, Default)]
pub(crate) struct Published {
    /// Releases with archives, and the day they were published on (`Last-Modified`).
    pub(crate) releases: Vec<(&'static str, &'static str)>,
    /// Commits of the flake, newest first: digit that the revision is made of, subject, packaged version.
    pub(crate) commits: Vec<(char, &'static str, &'static str)>,
    /// Tags of the image.
    pub(crate) tags: Vec<&'static str>,
}

/// A day long ago.
pub(crate) const LONG_AGO: &str = "Sat, 01 Jan 2000 00:00:00 GMT";

/// A day that has not come.
pub(crate) const TOMORROW: &str = "Fri, 01 Jan 2100 00:00:00 GMT";

const SYSTEMS: [(&str, &str); 4] = [
    ("aarch64-darwin", "darwin_arm64"),
    ("aarch64-linux", "linux_arm64"),
    ("x86_64-darwin", "darwin_amd64"),
    ("x86_64-linux", "linux_amd64"),
];

impl Published {
    /// Starts the server; `change` may answer otherwise, which is how faults come in.
    pub(crate) fn serve(self, change: impl Fn(&Asked) -> Option<Reply> + Send + Sync + 'static) -> Server {
        Server::start(move |asked| change(asked).unwrap_or_else(|| self.answer(asked)))
    }

    fn answer(&self, asked: &Asked) -> Reply {
        let path = asked.path.split('?').next().unwrap_or_default();
        let absent = Reply::status(404, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}");
        if let Some(rest) = path.strip_prefix("/dl/releases/") {
            let version = rest.split('/').next().unwrap_or_default();
            let found = self.releases.iter().find(|(known, _)| *known == version);
            return found.map_or(Reply::status(403, "<Error/>"), |(version, day)| {
                Reply::ok(checksums(version)).with("Last-Modified", day)
            });
        }
        match path {
            "/dl/versions/latest" => Reply::ok(self.releases.first().map_or("", |(version, _)| version)),
            "/api/repos/dagger/dagger/git/matching-refs/tags/v" => {
                let tags =
                    self.releases.iter().map(|(version, _)| format!("{{\"ref\":\"refs/tags/v{version}\"}}"));
                Reply::ok(format!("[{}]", tags.collect::<Vec<_>>().join(","))).with("ETag", "\"tags\"")
            }
            "/api/repos/dagger/nix/commits" => {
                let commits = self.commits.iter().map(|(digit, subject, _)| {
                    let sha = rev(*digit);
                    format!(
                        "{{\"sha\":\"{sha}\",\"commit\":{{\"message\":\"{subject}\\n\\nbody\",\
                         \"committer\":{{\"date\":\"2030-01-01T00:00:00Z\"}}}}}}"
                    )
                });
                Reply::ok(format!("[{}]", commits.collect::<Vec<_>>().join(","))).with("ETag", "\"commits\"")
            }
            _ => {
                let archive = path
                    .strip_prefix("/gh/dagger/nix/archive/")
                    .and_then(|rest| rest.strip_suffix(".tar.gz"));
                if let Some(archive) = archive {
                    let found = self.commits.iter().find(|(digit, ..)| rev(*digit) == archive);
                    return found.map_or(Reply::status(404, ""), |(digit, _, version)| {
                        Reply::ok(flake(&rev(*digit), version))
                    });
                }
                let tag = path.strip_prefix("/v2/dagger/engine/manifests/");
                match tag.and_then(|tag| self.tags.iter().find(|known| **known == tag)) {
                    Some(tag) => {
                        Reply::ok(index(tag)).with("Content-Type", "application/vnd.oci.image.index.v1+json")
                    }
                    None => absent,
                }
            }
        }
    }
}

/// A revision of forty equal digits.
pub(crate) fn rev(digit: char) -> String {
    digit.to_string().repeat(40)
}

/// The digest of what a tag points to.
pub(crate) fn digest(tag: &str) -> String {
    format!("sha256:{}", hex(index(tag).as_bytes()))
}

fn index(tag: &str) -> String {
    let manifest = format!("sha256:{}", hex(tag.as_bytes()));
    format!(
        "{{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[\
         {{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"digest\":\"{manifest}\",\"size\":7,\
         \"platform\":{{\"os\":\"linux\",\"architecture\":\"amd64\"}}}}]}}"
    )
}

fn hex(bytes: &[u8]) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(bytes))
}

fn archive_hash(version: &str, name: &str) -> String {
    hex(format!("{version} {name}").as_bytes())
}

fn checksums(version: &str) -> String {
    let line = |(_, name): &(&str, &str)| {
        format!("{}  dagger_v{version}_{name}.tar.gz\n", archive_hash(version, name))
    };
    SYSTEMS.iter().map(line).collect()
}

/// The archive of the flake's tree that packages a version.
pub(crate) fn flake(rev: &str, version: &str) -> Vec<u8> {
    let map = |value: &dyn Fn(&str) -> String| -> String {
        SYSTEMS.iter().map(|(system, name)| format!("    {system} = \"{}\";\n", value(name))).collect()
    };
    let package = format!(
        "{{ system ? builtins.currentSystem, lib, fetchurl, installShellFiles, stdenvNoCC }}:\nlet\n  shaMap = {{\n{}  }};\n\n  \
         urlMap = {{\n{}  }};\nin\nstdenvNoCC.mkDerivation {{\n  pname = \"dagger\";\n  version = \"{version}\";\n  \
         src = fetchurl {{\n    url = urlMap.${{system}};\n    sha256 = shaMap.${{system}};\n  }};\n}}\n",
        map(&|name| archive_hash(version, name)),
        map(&|name| format!(
            "https://dl.dagger.io/dagger/releases/{version}/dagger_v{version}_{name}.tar.gz"
        )),
    );
    let lock = "{\"nodes\":{\"nixpkgs\":{\"locked\":{\"lastModified\":1758416067,\"narHash\":\"sha256-knH+3x9P5s5iscG0yBO3Zp6NlG2wao9C7emmtnZcQC4=\",\"owner\":\"NixOS\",\"repo\":\"nixpkgs\",\"rev\":\"51c8f9cfaae8306d135095bcdb3df9027f95542d\",\"type\":\"github\"},\"original\":{\"owner\":\"NixOS\",\"ref\":\"nixpkgs-unstable\",\"repo\":\"nixpkgs\",\"type\":\"github\"}},\"root\":{\"inputs\":{\"nixpkgs\":\"nixpkgs\"}}},\"root\":\"root\",\"version\":7}\n";
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (path, text) in [
        ("flake.lock", lock),
        ("flake.nix", "{ outputs = _: { }; }\n"),
        ("pkgs/dagger/default.nix", package.as_str()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1_900_000_000);
        header.set_cksum();
        archive
            .append_data(&mut header, format!("nix-{rev}/{path}"), text.as_bytes())
            .expect("memory is never full");
    }
    archive.into_inner().expect("memory is never full").finish().expect("memory is never full")
}
