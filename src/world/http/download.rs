//! Answers that are too large to be held: they are given on as they come.

use std::io;
use std::time::Duration;

use reqwest::Response;
use reqwest::header;
use tokio::time::{Instant, timeout, timeout_at};

use super::{Http, HttpError, Request, error};

/// How long a whole answer may take, however slow the network is: 60 MB at 35 kB a second.
const MAX_TIME: Duration = Duration::from_mins(30);

/// A large answer that has begun.
#[derive(Debug)]
pub struct Download {
    url: String,
    response: Response,
    deadline: Instant,
    /// How long the next bytes may take.
    stall: Duration,
    left: u64,
    max_size: u64,
}

/// A large answer that did not come whole.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The other side failed.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Who takes the bytes could not.
    #[error("cannot keep what comes from {url}")]
    Kept {
        /// Who was asked.
        url: String,
        /// Why.
        source: io::Error,
    },
}

impl Http {
    /// Returns the beginning of a large answer, which has at most `max_size` bytes. A server that is busy is asked
    /// again; each part of the answer is waited for as long as one question may take, and the whole for half an hour.
    pub async fn download(&self, url: &str, max_size: u64) -> Result<Download, HttpError> {
        let mut request = Request::get(url, 0);
        // What is hashed is the file, not what a server makes of it on the way.
        request.headers.insert(header::ACCEPT_ENCODING, header::HeaderValue::from_static("identity"));
        let response = self.patiently(url, async || self.send(&request).await).await?;
        if response.content_length().is_some_and(|length| length > max_size) {
            return Err(HttpError::too_large(url, max_size));
        }
        let deadline = Instant::now() + MAX_TIME;
        Ok(Download {
            url: url.to_owned(),
            response,
            deadline,
            stall: self.timeout,
            left: max_size,
            max_size,
        })
    }
}

impl Download {
    /// Returns how many bytes will come, if the server says so.
    pub fn size(&self) -> Option<u64> {
        self.response.content_length()
    }

    /// Gives every part to `keep` as it comes; all of them have come when it returns.
    pub async fn each(mut self, mut keep: impl FnMut(&[u8]) -> io::Result<()>) -> Result<(), DownloadError> {
        loop {
            let next = timeout(self.stall, self.response.chunk());
            let Ok(next) = timeout_at(self.deadline, next).await else {
                return Err(HttpError::timeout(&self.url, MAX_TIME).into());
            };
            let Ok(next) = next else { return Err(HttpError::stalled(&self.url, self.stall).into()) };
            let Some(chunk) = next.map_err(|error| HttpError::of(&self.url, error))? else { return Ok(()) };
            let Some(left) = self.left.checked_sub(chunk.len() as u64) else {
                return Err(HttpError::too_large(&self.url, self.max_size).into());
            };
            self.left = left;
            keep(&chunk).map_err(|source| DownloadError::Kept { url: error::shown(&self.url), source })?;
        }
    }
}
