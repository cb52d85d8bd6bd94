//! The user's credentials for registries, where Docker and Podman keep them (Docker CLI, "config.json";
//! containers-auth.json(5)).

mod keychain;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::BASE64;
use reqwest::header::HeaderValue;
use serde::Deserialize;

use crate::value::ImageName;
use crate::world;
use crate::world::http::secret;

/// Docker's own registry, by the names that its credentials are kept under.
const DEFAULT_HOSTS: [&str; 3] = ["docker.io", "index.docker.io", "registry-1.docker.io"];

/// What Docker asks helpers for when it means its own registry.
const DEFAULT_SERVER: &str = "https://index.docker.io/v1/";

/// Where credentials are looked for. Nothing is read before a registry asks for some.
#[derive(Debug, Clone, Default)]
pub struct Credentials {
    /// Files of Docker or Podman; the first that has some for a registry counts.
    pub files: Vec<PathBuf>,
    /// Where their helper programs are, instead of on the `PATH` of this process.
    pub helpers: Option<OsString>,
}

/// Credentials that there may be, but that cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The file is there and cannot be read.
    #[error(transparent)]
    Read(#[from] world::ReadError),
    /// The file is not what it should be.
    #[error("{} keeps no credentials that can be read: {why}", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The program that keeps them does not give them.
    #[error("{} leaves credentials to `{program}`, {why}", path.display())]
    Helper {
        /// The file that names the program.
        path: PathBuf,
        /// The program.
        program: String,
        /// What is wrong with it.
        why: String,
    },
}

/// Who the user is at a registry. It has no printed form beyond where that stands.
pub struct Login {
    /// Where that stands.
    pub(super) from: String,
    secret: Secret,
}

enum Secret {
    Password { user: String, password: String },
    Refresh(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    auths: Option<BTreeMap<String, Option<Entry>>>,
    cred_helpers: Option<BTreeMap<String, String>>,
    creds_store: Option<String>,
}

#[derive(Default, Deserialize)]
struct Entry {
    /// User, colon and password in base64.
    auth: Option<String>,
    username: Option<String>,
    password: Option<String>,
    #[serde(rename = "identitytoken")]
    identity_token: Option<String>,
}

impl Credentials {
    /// Returns who the user is at the registry of a repository.
    pub async fn login(
        &self,
        name: &ImageName,
        timeout: Duration,
    ) -> Result<Option<Login>, CredentialsError> {
        self.find(name.host(), Some(name.path()), timeout).await
    }

    /// Returns who the user is at a registry, `HOST[:PORT]`, or `None` when no file says so. `path` is
    /// the repository, which may have credentials of its own.
    pub(super) async fn find(
        &self,
        host: &str,
        path: Option<&str>,
        timeout: Duration,
    ) -> Result<Option<Login>, CredentialsError> {
        for file in &self.files {
            let bytes = match world::read(file) {
                Ok(bytes) => bytes,
                Err(error) if error.is_not_found() => continue,
                Err(error) => return Err(error.into()),
            };
            let malformed = |why| CredentialsError::Malformed { path: file.clone(), why };
            let content: File = super::parse(&bytes).map_err(malformed)?;
            if let Some(secret) = self.find_in(&content, file, host, path, timeout).await? {
                return Ok(Some(Login { from: file.display().to_string(), secret }));
            }
        }
        Ok(None)
    }

    async fn find_in(
        &self,
        content: &File,
        file: &Path,
        host: &str,
        path: Option<&str>,
        timeout: Duration,
    ) -> Result<Option<Secret>, CredentialsError> {
        let host = if DEFAULT_HOSTS.contains(&host) { DEFAULT_HOSTS[0] } else { host };
        let server = if host == DEFAULT_HOSTS[0] { DEFAULT_SERVER } else { host };
        let named = content.cred_helpers.as_ref().and_then(|helpers| entry(helpers, host));
        let store = content.creds_store.as_ref().filter(|store| !store.is_empty());
        if let Some(helper) = named.or(store) {
            let found = keychain::ask(helper, server, file, self.helpers.as_ref(), timeout).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        let Some(auths) = &content.auths else { return Ok(None) };
        for key in keys(host, path) {
            // Where a helper keeps them, the entry is there and empty.
            let Some(Some(entry)) = entry(auths, &key) else { continue };
            let why = |why| format!("those for `{}` are {why}", super::cleaned(&key));
            let secret = entry.secret();
            let secret =
                secret.map_err(|it| CredentialsError::Malformed { path: file.to_owned(), why: why(it) })?;
            if secret.is_some() {
                return Ok(secret);
            }
        }
        Ok(None)
    }
}

impl Entry {
    fn secret(&self) -> Result<Option<Secret>, &'static str> {
        let some = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        if let Some(token) = some(&self.identity_token) {
            return Ok(Some(Secret::Refresh(token)));
        }
        if let Some(auth) = some(&self.auth) {
            let bytes = BASE64.decode(auth.trim().as_bytes()).ok();
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).ok_or("not in base64")?;
            let (user, password) = text.split_once(':').ok_or("not `user:password`")?;
            // Docker once padded them (docker/cli, `decodeAuth`).
            let password = password.trim_matches('\0').to_owned();
            return Ok(Some(Secret::Password { user: user.to_owned(), password }));
        }
        let both = some(&self.username).zip(some(&self.password));
        Ok(both.map(|(user, password)| Secret::Password { user, password }))
    }
}

impl Login {
    /// Returns what says user and password (RFC 7617), if there are some.
    pub(super) fn basic(&self) -> Option<HeaderValue> {
        match &self.secret {
            Secret::Password { user, password } => {
                secret(&format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes())))
            }
            Secret::Refresh(_) => None,
        }
    }

    /// Returns the user's name and password, if that is what there is.
    pub fn password(&self) -> Option<(&str, &str)> {
        match &self.secret {
            Secret::Password { user, password } => Some((user, password)),
            Secret::Refresh(_) => None,
        }
    }

    /// Returns what a token server gives a token for, if that is what there is.
    pub fn refresh_token(&self) -> Option<&str> {
        match &self.secret {
            Secret::Password { .. } => None,
            Secret::Refresh(token) => Some(token),
        }
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("from", &self.from).finish_non_exhaustive()
    }
}

/// Returns the names that credentials for a repository may have, the closest one first.
fn keys(host: &str, path: Option<&str>) -> Vec<String> {
    let mut key = path.map_or_else(|| host.to_owned(), |path| format!("{host}/{path}"));
    let mut keys = vec![key.clone()];
    while let Some((parent, _)) = key.rsplit_once('/') {
        key = parent.to_owned();
        keys.push(key.clone());
    }
    keys
}

/// Returns what is kept under a name, however it is spelled: old files have addresses as names.
fn entry<'m, T>(entries: &'m BTreeMap<String, T>, wanted: &str) -> Option<&'m T> {
    entries
        .get(wanted)
        .or_else(|| entries.iter().find(|(key, _)| plain(key) == wanted).map(|(_, value)| value))
}

fn plain(key: &str) -> String {
    let key = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let key = key.trim_end_matches('/');
    let key = key.strip_suffix("/v1").or_else(|| key.strip_suffix("/v2")).unwrap_or(key);
    match key.split_once('/') {
        Some((host, path)) if DEFAULT_HOSTS.contains(&host) => format!("{}/{path}", DEFAULT_HOSTS[0]),
        None if DEFAULT_HOSTS.contains(&key) => DEFAULT_HOSTS[0].to_owned(),
        _ => key.to_owned(),
    }
}

#[cfg(test)]
mod tests;
