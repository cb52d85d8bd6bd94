use std::error::Error;
use std::fmt;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderName};

/// How many questions are left (GitHub, "Rate limits for the REST API").
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");

/// An answer that was not had.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No client could be made.
    #[error("cannot prepare HTTPS: {0}")]
    Setup(String),
    /// That is no address.
    #[error("`{url}` is no address: {why}")]
    Address {
        /// What was to be asked.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// Nobody could be reached, or who was reached cannot be trusted.
    #[error("cannot reach {url}: {why}")]
    Connect {
        /// Who was asked.
        url: String,
        /// What the system says.
        why: String,
    },
    /// There was no complete answer in time.
    #[error("no answer from {url} within {}", words(*.after))]
    Timeout {
        /// Who was asked.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// An answer that had begun did not go on.
    #[error("nothing more came from {url} for {}", words(*.after))]
    Stalled {
        /// Who was asked.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The answer ended early.
    #[error("the answer of {url} was cut off: {why}")]
    Cut {
        /// Who was asked.
        url: String,
        /// What is missing.
        why: String,
    },
    /// The answer is larger than anything that is wanted there.
    #[error("the answer of {url} is larger than {max} bytes")]
    TooLarge {
        /// Who was asked.
        url: String,
        /// The most that was wanted.
        max: u64,
    },
    /// The answer is not what it should be.
    #[error("the answer of {url} makes no sense: {why}")]
    Malformed {
        /// Who was asked.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// The server said that it does not answer that.
    #[error("{url} answered with status {status}{}{}", limit(*.is_limited), wait(*.retry_after))]
    Status {
        /// Who was asked.
        url: String,
        /// The status of HTTP.
        status: u16,
        /// Whether it is asked too often, whatever the status says: GitHub answers 403 then ("Rate limits
        /// for the REST API").
        is_limited: bool,
        /// How long the server wants to be left alone.
        retry_after: Option<Duration>,
        /// How the server wants to be asked by whom it does not know.
        challenge: Option<Challenge>,
        /// What else it said, at most [`MAX_SAID`](super::MAX_SAID) bytes of it.
        said: Said,
    },
}

/// How a server wants to be asked by whom it does not know (RFC 9110, §11.6.1).
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// Which address wants it: the one that was asked, or one that it redirects to. Its query may hold
    /// what is secret.
    pub by: String,
    /// Every `WWW-Authenticate`, as one.
    pub words: String,
}

/// The body of an answer that is none. It may hold what is secret, so it has no printed form.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Said(pub Vec<u8>);

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge").field("by", &shown(&self.by)).finish_non_exhaustive()
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Said({} bytes)", self.0.len())
    }
}

impl HttpError {
    /// Returns the status that the server answered with, if it answered.
    pub const fn status_code(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Returns whether the server says that there is no such thing, as far as the status can say it, and not
    /// that it is asked too often. S3, which serves the releases, says 403 of what is not there to somebody
    /// who may not list.
    pub const fn is_absent(&self) -> bool {
        matches!(self, Self::Status { status: 403 | 404 | 410, is_limited: false, .. })
    }

    pub(super) fn of(url: &str, error: reqwest::Error) -> Self {
        let (is_body, is_redirect) = (error.is_body() || error.is_decode(), error.is_redirect());
        let why = last_cause(&error.without_url());
        match (is_body, is_redirect) {
            (_, true) => Self::malformed(url, &why),
            (true, _) => Self::Cut { url: shown(url), why },
            _ => Self::Connect { url: shown(url), why },
        }
    }

    /// Returns the error of an answer with a status that says no, of whom was asked and who answered.
    pub(super) fn status(url: &str, by: &str, status: u16, headers: &HeaderMap, said: Vec<u8>) -> Self {
        let text = |name| headers.get(name)?.to_str().ok();
        let seconds = text(header::RETRY_AFTER).and_then(|text| text.trim().parse().ok());
        let words = headers.get_all(header::WWW_AUTHENTICATE).iter().filter_map(|words| words.to_str().ok());
        let words = words.collect::<Vec<_>>().join(", ");
        let challenge = (!words.is_empty()).then(|| Challenge { by: by.to_owned(), words });
        let is_used_up = text(REMAINING).is_some_and(|text| text.trim() == "0");
        let is_limited =
            status == 429 || (status == 403 && (is_used_up || headers.contains_key(header::RETRY_AFTER)));
        let retry_after = seconds.map(Duration::from_secs);
        Self::Status { url: shown(url), status, is_limited, retry_after, challenge, said: Said(said) }
    }

    pub(super) fn timeout(url: &str, after: Duration) -> Self {
        Self::Timeout { url: shown(url), after }
    }

    pub(super) fn address(url: &str, why: &str) -> Self {
        Self::Address { url: shown(url), why: why.to_owned() }
    }

    pub(super) fn stalled(url: &str, after: Duration) -> Self {
        Self::Stalled { url: shown(url), after }
    }

    pub(super) fn too_large(url: &str, max: u64) -> Self {
        Self::TooLarge { url: shown(url), max }
    }

    /// Returns the error of an answer that is not what it should be.
    pub fn malformed(url: &str, why: &str) -> Self {
        Self::Malformed { url: shown(url), why: why.to_owned() }
    }

    /// Returns whether the same question may be answered a moment later.
    pub(super) const fn is_transient(&self) -> bool {
        match self {
            // A limit that does not say when it ends does not end soon.
            Self::Status { status: 403, is_limited, retry_after, .. } => *is_limited && retry_after.is_some(),
            Self::Status { status, .. } => *status == 429 || *status >= 500,
            Self::Cut { .. } => true,
            _ => false,
        }
    }

    pub(super) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// Returns an address without what may be secret in it: user, password and query.
pub fn shown(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let Some((scheme, rest)) = url.split_once("://") else { return url.to_owned() };
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

/// Returns the last cause of an error: those before it only say that something was sent or resolved.
pub(super) fn last_cause(error: &dyn Error) -> String {
    let mut last = error;
    while let Some(cause) = last.source() {
        last = cause;
    }
    last.to_string()
}

fn words(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}

fn limit(is_limited: bool) -> &'static str {
    if is_limited { ": it is asked too often" } else { "" }
}

fn wait(after: Option<Duration>) -> String {
    after.map(|after| format!(", and wants to be asked again in {}", words(after))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_an_address_is_shown() {
        for (url, expect) in [
            ("https://user:pass@host:1/a/b?token=x#y", "https://host:1/a/b"),
            ("https://host", "https://host"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://a@b@host/x", "https://host/x"),
            ("host/a?b", "host/a"),
        ] {
            assert_eq!(shown(url), expect);
        }
    }
}
