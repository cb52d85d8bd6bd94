//! Who publishes releases: the server of the CLI's archives, and the repository of the flake that
//! packages the CLI.
//!
//! Each answer is one fact with the address that it is from. Absent is only what the other side says is
//! absent; every other answer is an error with words.

mod addresses;
mod github;
mod link;
mod packaged;
mod release;
mod tarball;

pub use addresses::{Addresses, Secret};
pub use github::{Commit, commits_for};

use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

use reqwest::Url;
use reqwest::header::{self, HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

use crate::catalog::{self, Archive, Learnt, Packaged};
use crate::value::{Rev, Version};
use crate::world::http::{Answer, Http, HttpError, Request, secret, shown};

/// A pointer to a release is a version and a line break.
const MAX_POINTER: usize = 1 << 10;

/// The most pages of tags; there is no release beyond them, or the list is not what it should be.
const MAX_TAG_PAGES: usize = 20;

/// The most pages of commits: what is older is in the embedded catalog.
const MAX_COMMIT_PAGES: usize = 5;

/// Asks who publishes releases.
#[derive(Debug, Clone, Copy)]
pub struct Upstream<'h> {
    http: &'h Http,
    addresses: &'h Addresses,
}

/// A release that the archives' server has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// The hashes of its archives, sorted by system.
    pub archives: Vec<Learnt<Archive>>,
    /// When its checksums were put there, in seconds since 1970, if the server says so.
    pub published: Option<u64>,
}

/// A commit that nothing was learnt about.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UpstreamError {
    /// The repository has no such commit.
    #[error("there is no {url}")]
    Absent {
        /// What was asked.
        url: String,
    },
    /// There was no answer, or one that makes no sense.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// Returns what a commit of `github:dagger/nix` packages, by its archive (`.tar.gz`) that was found at
/// `from`, or what is wrong with that.
pub fn packaged_in(rev: &Rev, archive: &[u8], from: &str) -> Result<Packaged, String> {
    let unpacked = tarball::decompress(archive)?;
    let tarball = tarball::read(&unpacked)?;
    if let Some(other) = tarball.commit.filter(|commit| commit != rev) {
        return Err(format!("it is the commit {other}"));
    }
    let (revision, archives) = packaged::read(*rev, &tarball.tree, tarball.newest)?;
    let from = from.to_owned();
    let archives = archives.into_iter().map(|fact| Learnt { fact, from: from.clone() }).collect();
    Ok(Packaged { revision: Learnt { fact: revision, from }, archives })
}

impl<'h> Upstream<'h> {
    /// Returns who publishes releases at these addresses.
    pub fn new(http: &'h Http, addresses: &'h Addresses) -> Self {
        Self { http, addresses }
    }

    /// Returns what a commit of `github:dagger/nix` packages: from the archive that Nix itself would
    /// fetch, so hash and time are those that a lock has.
    pub async fn revision(&self, rev: &Rev) -> Result<Packaged, UpstreamError> {
        let url = format!("{}/dagger/nix/archive/{rev}.tar.gz", self.addresses.github);
        let answer =
            self.http.ask(&Request::get(&url, tarball::MAX_SIZE)).await.map_err(|error| {
                match error.status_code() {
                    Some(404 | 410) => UpstreamError::Absent { url: shown(&url) },
                    _ => error.into(),
                }
            })?;
        let packaged = packaged_in(rev, &answer.body, &shown(&url));
        Ok(packaged.map_err(|why| HttpError::malformed(&url, &why))?)
    }

    /// Returns what is published of a release, or `None` when the server says that it has none: it is S3,
    /// which says 403 of what is not there to whoever may not list.
    pub async fn release(&self, version: &Version) -> Result<Option<Release>, HttpError> {
        // Nothing else is ever published there, and nothing else belongs into an address.
        if Version::parse(&version.to_string()).is_none() {
            return Ok(None);
        }
        let url = format!("{}/releases/{version}/checksums.txt", self.addresses.releases);
        let answer = match self.http.ask_again(&Request::get(&url, release::MAX_SIZE)).await {
            Ok(answer) => answer,
            Err(error) if error.is_absent() => return Ok(None),
            Err(error) => return Err(error),
        };
        let archives = release::checksums(answer.text(&url)?, version)
            .map_err(|why| HttpError::malformed(&url, &why))?;
        let learnt = |fact| Learnt { fact, from: shown(&url) };
        let published = answer.header(header::LAST_MODIFIED).and_then(|date| {
            let date = httpdate::parse_http_date(date).ok()?;
            date.duration_since(UNIX_EPOCH).ok().map(|since| since.as_secs())
        });
        Ok(Some(Release { archives: archives.into_iter().map(learnt).collect(), published }))
    }

    /// Returns the newest release that is no pre-release, as the installer takes it.
    pub async fn latest(&self) -> Result<Version, HttpError> {
        let url = format!("{}/versions/latest", self.addresses.releases);
        let answer = self.http.ask_again(&Request::get(&url, MAX_POINTER)).await?;
        let text = answer.text(&url)?;
        let line = text.strip_suffix('\n').map_or(text, |line| line.strip_suffix('\r').unwrap_or(line));
        Version::parse(line).ok_or_else(|| HttpError::malformed(&url, "it is no version"))
    }

    /// Returns the version of every release's tag in `github.com/dagger/dagger`, lowest first.
    pub async fn tags(&self) -> Result<Vec<Version>, HttpError> {
        let url = format!("{}/repos/dagger/dagger/git/matching-refs/tags/v", self.addresses.github_api);
        let mut versions = BTreeSet::new();
        let mut next = Some(url);
        for _ in 0..MAX_TAG_PAGES {
            let Some(url) = next else { break };
            let (rows, after) = self.page::<github::RefRow>(&url).await?;
            versions.extend(rows.iter().filter_map(github::RefRow::version));
            next = after;
        }
        match next {
            None => Ok(versions.into_iter().collect()),
            Some(url) => Err(HttpError::malformed(&url, "there is no end to its pages")),
        }
    }

    /// Returns the commits of `github.com/dagger/nix`, newest first: at least those that the embedded
    /// catalog does not know, if they are no more than five hundred.
    pub async fn commits(&self) -> Result<Vec<Commit>, HttpError> {
        let url = format!("{}/repos/dagger/nix/commits?per_page=100", self.addresses.github_api);
        let mut commits: Vec<Commit> = Vec::new();
        let mut next = Some(url);
        for _ in 0..MAX_COMMIT_PAGES {
            let Some(url) = next else { break };
            let (rows, after) = self.page::<github::CommitRow>(&url).await?;
            for row in rows {
                commits.push(row.commit().map_err(|why| HttpError::malformed(&url, &why))?);
            }
            let is_known = |commit: &Commit| catalog::revision(&commit.rev).is_some();
            next = after.filter(|_| !commits.iter().any(is_known));
        }
        Ok(commits)
    }

    /// Returns the rows of one page of a list, and where the next one is.
    async fn page<T: DeserializeOwned>(&self, url: &str) -> Result<(Vec<T>, Option<String>), HttpError> {
        let mut request = Request::get(url, github::MAX_SIZE);
        request.headers = self.headers(url);
        let answer = self.http.ask_again(&request).await?;
        Ok((answer.json(url)?, next_page(&answer, url)?))
    }

    /// Whom GitHub knows it answers more often. What it knows the user by goes over TLS or not at all.
    fn headers(&self, url: &str) -> HeaderMap {
        let accept = (header::ACCEPT, HeaderValue::from_static("application/vnd.github+json"));
        let token = self.addresses.token.as_ref().filter(|_| url.starts_with("https://"));
        let token = token.and_then(|token| secret(&format!("Bearer {}", token.reveal())));
        [Some(accept), token.map(|token| (header::AUTHORIZATION, token))].into_iter().flatten().collect()
    }
}

/// Returns where the next page of a list is; it is never on another host, which would be told who asks.
fn next_page(answer: &Answer, url: &str) -> Result<Option<String>, HttpError> {
    let Some(next) = answer.header(header::LINK).and_then(link::next) else { return Ok(None) };
    let malformed = |why: &str| HttpError::malformed(url, why);
    let here = Url::parse(url).map_err(|_| malformed("it is no address"))?;
    let next = here.join(next).map_err(|_| malformed("its next page has no address"))?;
    if next.origin() != here.origin() {
        return Err(malformed("its next page is on another host"));
    }
    Ok(Some(next.into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::http::HttpOptions;
    use std::time::Duration;

    #[test]
    fn a_token_goes_over_tls_only() {
        let http = Http::new(&HttpOptions { timeout: Duration::from_secs(1), cache: None }).unwrap();
        let addresses = Addresses { token: Some(Secret::new("hush".to_owned())), ..Addresses::default() };
        let upstream = Upstream::new(&http, &addresses);
        let sent = |url: &str| upstream.headers(url).get(header::AUTHORIZATION).cloned();
        let value = sent("https://api.github.com/x").unwrap();
        assert_eq!((value.to_str().unwrap(), value.is_sensitive()), ("Bearer hush", true));
        assert!(!format!("{value:?} {addresses:?}").contains("hush"));
        for plain in ["http://api.github.com/x", "http://127.0.0.1:1/x", "HTTPS:/x"] {
            assert_eq!(sent(plain), None, "{plain}");
        }
    }
}
