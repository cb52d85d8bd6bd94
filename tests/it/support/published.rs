//! Everybody who publishes releases, as one server on loopback: the archives, the flake's repository and
//! a registry with the engine's image. The versions are of a far future, so that no table knows them.

use super::flake::Commit;
use super::server::{Asked, Reply, Server};
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
                Reply::ok(commit('0', version).checksums()).with("Last-Modified", day)
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
                        Reply::ok(commit(*digit, version).tarball())
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

/// The commit of that digit, and what it packages: archives whose hash is made of the version's last digit.
fn commit(digit: char, version: &str) -> Commit {
    Commit::new(digit, version, version.chars().next_back().expect("a version ends with a digit"))
}
