//! Answers that are kept so that a server can be asked whether they still hold (RFC 9111, §4.3). They
//! save work and decide nothing: what cannot be kept or read is asked for again.

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Answer;

/// Larger answers are asked for again.
const MAX_SIZE: usize = 4 << 20;

/// A directory of answers.
#[derive(Debug)]
pub(super) struct Cache {
    directory: Option<PathBuf>,
}

/// An answer that was kept.
#[derive(Debug)]
pub(super) struct Kept {
    head: Head,
    body: Vec<u8>,
}

/// The first line of the file of an answer; the body follows.
#[derive(Debug, Serialize, Deserialize)]
struct Head {
    url: String,
    size: usize,
    etag: Option<String>,
    last_modified: Option<String>,
    /// Where the next page is, which a server that confirms an answer may leave out.
    link: Option<String>,
}

impl Cache {
    pub(super) fn new(directory: Option<PathBuf>) -> Self {
        Self { directory }
    }

    pub(super) fn get(&self, url: &str) -> Option<Kept> {
        let bytes = crate::world::read(&self.path(url)?).ok()?;
        let end = memchr::memchr(b'\n', &bytes)?;
        let head: Head = serde_json::from_slice(&bytes[..end]).ok()?;
        let body = bytes[end + 1..].to_vec();
        (head.url == url && head.size == body.len()).then_some(Kept { head, body })
    }

    pub(super) fn put(&self, url: &str, answer: &Answer) {
        let text = |name| answer.header(name).map(str::to_owned);
        let (etag, last_modified) = (text(header::ETAG), text(header::LAST_MODIFIED));
        // An address with a secret in it is nothing to keep.
        let is_public = super::shown(url) == url.split('?').next().unwrap_or_default();
        if (etag.is_none() && last_modified.is_none()) || answer.body.len() > MAX_SIZE || !is_public {
            return;
        }
        let Some(path) = self.path(url) else { return };
        let head = Head {
            url: url.to_owned(),
            size: answer.body.len(),
            etag,
            last_modified,
            link: text(header::LINK),
        };
        let Ok(mut bytes) = serde_json::to_vec(&head) else { return };
        bytes.push(b'\n');
        bytes.extend_from_slice(&answer.body);
        let Some(directory) = path.parent() else { return };
        // Renamed into place: two processes at once leave the file of one of them.
        let temporary = directory.join(format!(".{}-{}", std::process::id(), name(url)));
        let write = || {
            fs::create_dir_all(directory)?;
            fs::File::create(&temporary)?.write_all(&bytes)?;
            fs::rename(&temporary, &path)
        };
        if write().is_err() {
            drop(fs::remove_file(&temporary));
        }
    }

    fn path(&self, url: &str) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(name(url)))
    }
}

fn name(url: &str) -> String {
    data_encoding::HEXLOWER.encode(&Sha256::digest(url))
}

impl Kept {
    /// Returns the headers that make a server confirm this answer instead of sending it again.
    pub(super) fn conditions(&self) -> HeaderMap {
        let header = |name: HeaderName, value: &Option<String>| {
            Some((name, HeaderValue::from_str(value.as_ref()?).ok()?))
        };
        let headers = [
            header(header::IF_NONE_MATCH, &self.head.etag),
            header(header::IF_MODIFIED_SINCE, &self.head.last_modified),
        ];
        headers.into_iter().flatten().collect()
    }

    pub(super) fn into_answer(self) -> Answer {
        let header =
            |name: HeaderName, value: Option<String>| Some((name, HeaderValue::from_str(&value?).ok()?));
        let Head { url, etag, last_modified, link, .. } = self.head;
        let headers = [
            header(header::ETAG, etag),
            header(header::LAST_MODIFIED, last_modified),
            header(header::LINK, link),
        ];
        Answer { by: url, headers: headers.into_iter().flatten().collect(), body: self.body }
    }
}
