//! Asking servers over HTTP: every answer is bounded in time, size and redirects, and what could be
//! secret in an address is never repeated.

mod cache;
mod download;
mod error;

use std::fmt;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, Url};
use tokio::time::{Instant, sleep, timeout_at};

use cache::Cache;
pub use download::{Download, DownloadError};
pub use error::{Challenge, HttpError, Said, shown};

/// How often a server that is busy or broken is asked at most.
const ATTEMPTS: u32 = 3;

/// How long to wait before a server is asked again that does not say how long.
const PAUSE: Duration = Duration::from_millis(200);

const MAX_REDIRECTS: usize = 5;

/// The most bytes that are read of an answer with a status that says no.
pub const MAX_SAID: usize = 4096;

/// How servers are asked.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long one question may take, redirects and repetitions included.
    pub timeout: Duration,
    /// Where answers are kept that servers can be asked to confirm.
    pub cache: Option<PathBuf>,
}

/// Asks servers.
#[derive(Debug)]
pub struct Http {
    client: Client,
    /// For what is sent to one server and must not go on to another one.
    posting: OnceLock<Client>,
    timeout: Duration,
    cache: Cache,
}

/// What is asked of a server.
#[derive(Debug, Clone)]
pub struct Request<'u> {
    /// The address.
    pub url: &'u str,
    /// Headers; `Authorization` is not sent on to another host.
    pub headers: HeaderMap,
    /// What is posted, if anything is; a server that redirects it does not answer.
    pub form: Option<Form>,
    /// The most bytes that the body may have, unpacked.
    pub max_size: usize,
}

/// Fields that are posted. They may hold what is secret, so they have no printed form.
#[derive(Clone)]
pub struct Form(String);

/// What a server answered, with a status that says so: 2xx.
#[derive(Debug)]
pub struct Answer {
    /// Who answered: the address that was asked, or one that it redirects to. Its query may hold what is
    /// secret.
    pub by: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, unpacked.
    pub body: Vec<u8>,
}

impl<'u> Request<'u> {
    /// Returns the question for what stands at an address.
    pub fn get(url: &'u str, max_size: usize) -> Self {
        Self { url, headers: HeaderMap::new(), form: None, max_size }
    }
}

impl Form {
    /// Returns the fields as they are posted (`application/x-www-form-urlencoded`).
    pub fn new(fields: &[(&str, &str)]) -> Self {
        // Only what stands behind `?` is taken of it.
        let url = Url::parse_with_params("http://localhost/", fields);
        Self(url.ok().as_ref().and_then(Url::query).unwrap_or_default().to_owned())
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")
    }
}

impl Answer {
    /// Returns the body as text.
    pub fn text(&self, url: &str) -> Result<&str, HttpError> {
        std::str::from_utf8(&self.body).map_err(|_| HttpError::malformed(url, "it is no UTF-8 text"))
    }

    /// Returns what the JSON of the body holds.
    pub fn json<T: serde::de::DeserializeOwned>(&self, url: &str) -> Result<T, HttpError> {
        serde_json::from_slice(&self.body).map_err(|error| HttpError::malformed(url, &error.to_string()))
    }

    /// Returns the text of a header.
    pub fn header(&self, name: header::HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

impl Http {
    /// Returns a client with the system's certificates, which proxies of the environment are used by.
    pub fn new(options: &HttpOptions) -> Result<Self, HttpError> {
        // The one that is installed already will do, too.
        drop(rustls::crypto::ring::default_provider().install_default());
        let client = client(Policy::custom(|attempt| {
            let is_downgrade = attempt.previous().last().is_some_and(|from| from.scheme() == "https")
                && attempt.url().scheme() != "https";
            if attempt.previous().len() > MAX_REDIRECTS {
                attempt.error("it redirects too often")
            } else if is_downgrade {
                attempt.error("it redirects from https to http")
            } else {
                attempt.follow()
            }
        }))?;
        let cache = Cache::new(options.cache.clone());
        Ok(Self { client, posting: OnceLock::new(), timeout: options.timeout, cache })
    }

    /// Returns how long one question may take.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Returns the answer; a server that is busy or fails is asked again while there is time.
    pub async fn ask(&self, request: &Request<'_>) -> Result<Answer, HttpError> {
        self.patiently(request.url, async || self.ask_once(request).await).await
    }

    /// Asks again while there is time, and the server is busy or fails.
    async fn patiently<T>(
        &self,
        url: &str,
        ask: impl AsyncFn() -> Result<T, HttpError>,
    ) -> Result<T, HttpError> {
        let deadline = Instant::now() + self.timeout;
        let mut attempt = 1;
        loop {
            let asked = timeout_at(deadline, ask()).await;
            let error = match asked {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => error,
                Err(_) => return Err(HttpError::timeout(url, self.timeout)),
            };
            let pause = error.retry_after().unwrap_or(PAUSE * attempt);
            if attempt == ATTEMPTS || !error.is_transient() || Instant::now() + pause >= deadline {
                return Err(error);
            }
            sleep(pause).await;
            attempt += 1;
        }
    }

    /// Returns the answer, which may be one that was kept if the server says that it still holds.
    pub async fn ask_again(&self, request: &Request<'_>) -> Result<Answer, HttpError> {
        let kept = self.cache.get(request.url);
        let mut conditional = request.clone();
        if let Some(kept) = &kept {
            conditional.headers.extend(kept.conditions());
        }
        match (self.ask(&conditional).await, kept) {
            (Err(HttpError::Status { status: 304, .. }), Some(kept)) => Ok(kept.into_answer()),
            (Ok(answer), _) => {
                self.cache.put(request.url, &answer);
                Ok(answer)
            }
            (Err(error), _) => Err(error),
        }
    }

    /// Returns an answer with a status that says so, of which the body has not been read.
    async fn send(&self, request: &Request<'_>) -> Result<Response, HttpError> {
        let url =
            Url::parse(request.url).map_err(|error| HttpError::address(request.url, &error.to_string()))?;
        let asking = match &request.form {
            Some(Form(fields)) => {
                let content = (header::CONTENT_TYPE, "application/x-www-form-urlencoded");
                self.posting()?.post(url).header(content.0, content.1).body(fields.clone())
            }
            None => self.client.get(url),
        };
        let sent = asking.headers(request.headers.clone()).send().await;
        let response = sent.map_err(|error| HttpError::of(request.url, error))?;
        if !response.status().is_success() {
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            let by = response.url().to_string();
            let said = said(response).await;
            return Err(HttpError::status(request.url, &by, status, &headers, said));
        }
        Ok(response)
    }

    async fn ask_once(&self, request: &Request<'_>) -> Result<Answer, HttpError> {
        let mut response = self.send(request).await?;
        let (by, headers) = (response.url().to_string(), response.headers().clone());
        let too_large = || HttpError::too_large(request.url, request.max_size as u64);
        if response.content_length().is_some_and(|length| length > request.max_size as u64) {
            return Err(too_large());
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| HttpError::of(request.url, error))? {
            if body.len() + chunk.len() > request.max_size {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { by, headers, body })
    }

    fn posting(&self) -> Result<&Client, HttpError> {
        match self.posting.get() {
            Some(client) => Ok(client),
            None => {
                let made = client(Policy::none())?;
                Ok(self.posting.get_or_init(|| made))
            }
        }
    }
}

fn client(redirects: Policy) -> Result<Client, HttpError> {
    let builder = Client::builder().user_agent(concat!("pin/", env!("CARGO_PKG_VERSION")));
    let built = builder.redirect(redirects).referer(false).build();
    built.map_err(|error| HttpError::Setup(error::last_cause(&error)))
}

/// Returns how an answer that is none begins; one that is cut off says what it says.
async fn said(mut response: Response) -> Vec<u8> {
    let mut said = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        said.extend_from_slice(&chunk[..chunk.len().min(MAX_SAID - said.len())]);
        if said.len() == MAX_SAID {
            break;
        }
    }
    said
}

/// Returns a header's value that is never printed.
pub fn secret(value: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some(value)
}
