//! Asking a registry, and being known to it when it wants that.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};

use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use serde::Deserialize;
use tokio::sync::Mutex;

use super::challenge::{self, Challenge};
use super::credentials::{CredentialsError, Login};
use super::{Registry, RegistryError, address, token};
use crate::value::ImageName;
use crate::world::http::{Answer, HttpError, Request, Said, secret};

/// How often one question is asked at most: of whom redirects, of whom is redirected to, with what that
/// one knew the user by before, and with what it wants now.
const ROUNDS: usize = 4;

/// What a registry knows the user by for one repository, or why it does not, once it has asked. Whoever
/// asks it meanwhile waits: several questions at once are one question to the user's credentials.
pub(super) type Door = Mutex<Option<Result<Arc<Session>, RegistryError>>>;

/// What a registry knows the user by.
#[derive(Debug)]
pub(super) struct Session {
    authorization: HeaderValue,
    standing: Standing,
    /// Whether the registry took it once. What it takes no longer has ended and can be had again; what it
    /// never took is not good enough.
    was_taken: AtomicBool,
}

/// Whom the registry takes the user for.
#[derive(Debug)]
enum Standing {
    /// Nobody: there are no credentials for it.
    Nobody,
    /// Nobody: those that there may be cannot be read.
    Unclear(Arc<CredentialsError>),
    /// Whom the credentials there name.
    Known(String),
}

/// What a registry says of an answer that is none (distribution-spec, "Error Codes").
#[derive(Deserialize)]
struct Refusal {
    errors: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    code: String,
}

impl Registry<'_> {
    /// Returns the answer, or `None` when the registry says that there is no such thing.
    pub(super) async fn ask(
        &self,
        name: &ImageName,
        url: &str,
        accepted: &'static str,
        max_size: usize,
    ) -> Result<Option<Answer>, RegistryError> {
        let mut url = url.to_owned();
        let mut session = match Url::parse(&url) {
            Ok(url) => self.door(&url, name).lock().await.clone().transpose()?,
            Err(_) => None,
        };
        for _ in 0..ROUNDS {
            let mut request = Request::get(&url, max_size);
            request.headers.extend([(ACCEPT, HeaderValue::from_static(accepted))]);
            let authorization = session.as_ref().map(|session| session.authorization.clone());
            request.headers.extend(authorization.map(|value| (AUTHORIZATION, value)));
            let error = match self.http.ask(&request).await {
                Ok(answer) => {
                    let _ = session.map(|session| session.was_taken.store(true, Ordering::Relaxed));
                    return private(&answer.by).map(|_| Some(answer));
                }
                Err(error) => error,
            };
            let HttpError::Status { status: 401, challenge: Some(challenge), .. } = error else {
                return refused(error, name, session.as_deref());
            };
            let by = private(&challenge.by)?;
            let door = self.door(&by, name);
            let mut known = door.lock().await;
            match (&*known, &session) {
                (Some(Ok(known)), Some(session)) if Arc::ptr_eq(known, session) => {
                    if !session.was_taken.load(Ordering::Relaxed) {
                        return Err(denied(name, &session.standing));
                    }
                }
                (Some(known), _) => {
                    (session, url) = (Some(known.clone()?), challenge.by);
                    continue;
                }
                (None, _) => {}
            }
            *known = Some(self.begin(&challenge.words, &by, name).await);
            session = known.clone().transpose()?;
            url = challenge.by;
        }
        Err(HttpError::malformed(&url, "it redirects in a circle").into())
    }

    /// Returns where the server at an address keeps what it knows the user by, for the repository.
    fn door(&self, at: &Url, name: &ImageName) -> Arc<Door> {
        let key = (at.origin().ascii_serialization(), name.path().to_owned());
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(doors.entry(key).or_default())
    }

    /// Makes the user known to whom asked for it.
    async fn begin(&self, words: &str, by: &Url, name: &ImageName) -> Result<Arc<Session>, RegistryError> {
        let host = address::authority(by);
        let unknown = |how| RegistryError::Challenge { by: host.clone(), how };
        let challenge = challenge::parse(words, by, name.path()).map_err(unknown)?;
        // Whom the registry redirects to may call the repository otherwise.
        let is_own = Url::parse(&address::of(name, "")).is_ok_and(|own| own.origin() == by.origin());
        let path = is_own.then(|| name.path());
        let (login, standing) = match self.credentials.find(&host, path, self.http.timeout()).await {
            Ok(Some(login)) => {
                let from = login.from.clone();
                (Some(login), Standing::Known(from))
            }
            Ok(None) => (None, Standing::Nobody),
            Err(error) => (None, Standing::Unclear(Arc::new(error))),
        };
        let authorization = match &challenge {
            Challenge::Basic => login.as_ref().and_then(Login::basic),
            Challenge::Bearer { realm, service, scope } => {
                let asked = token::ask(self.http, realm, service.as_deref(), scope, login.as_ref()).await;
                match asked {
                    Ok(token) => secret(&format!("Bearer {token}")),
                    Err(HttpError::Status { status: 400 | 401 | 403, is_limited: false, .. }) => None,
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let Some(authorization) = authorization else { return Err(denied(name, &standing)) };
        Ok(Arc::new(Session { authorization, standing, was_taken: AtomicBool::new(false) }))
    }
}

/// Returns the address, if nobody on the way there can read or change what is said.
fn private(url: &str) -> Result<Url, RegistryError> {
    let parsed = Url::parse(url).map_err(|_| HttpError::malformed(url, "it is no address"))?;
    if address::is_private(&parsed) {
        Ok(parsed)
    } else {
        Err(HttpError::malformed(url, "a registry redirects there, and it is not HTTPS").into())
    }
}

/// Returns what a refusal means to whom the registry takes the user for.
fn refused(
    error: HttpError,
    name: &ImageName,
    session: Option<&Session>,
) -> Result<Option<Answer>, RegistryError> {
    let standing = session.map_or(&Standing::Nobody, |session| &session.standing);
    // Whatever else it says, it says that to whom it knows.
    if let (Some(session), Some(200..400 | 402..)) = (session, error.status_code()) {
        session.was_taken.store(true, Ordering::Relaxed);
    }
    let HttpError::Status { status, is_limited: false, said, .. } = &error else { return Err(error.into()) };
    let codes = codes(said);
    let says = |known: &[&str]| codes.iter().any(|code| known.contains(&code.as_str()));
    match (status, standing) {
        (401 | 403, _) => Err(denied(name, standing)),
        (404, _) if says(&["DENIED", "UNAUTHORIZED"]) => Err(denied(name, standing)),
        // Whoever may not see it can be told that it is not there.
        (404, Standing::Unclear(_)) => Err(denied(name, standing)),
        (404, _) if codes.is_empty() || says(&["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"]) => Ok(None),
        _ => Err(error.into()),
    }
}

fn codes(said: &Said) -> Vec<String> {
    let refusal = serde_json::from_slice::<Refusal>(&said.0);
    refusal.map(|refusal| refusal.errors.into_iter().map(|reason| reason.code).collect()).unwrap_or_default()
}

fn denied(name: &ImageName, standing: &Standing) -> RegistryError {
    let name = name.clone();
    match standing {
        Standing::Nobody => RegistryError::Denied { name, login: None },
        Standing::Unclear(source) => RegistryError::Credentials { name, source: Arc::clone(source) },
        Standing::Known(from) => RegistryError::Denied { name, login: Some(from.clone()) },
    }
}
