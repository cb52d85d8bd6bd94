//! Asks OCI registries (distribution-spec v1.1) what a tag is and which tags there are.
//!
//! Only what the registry says in its own protocol counts: a tag is absent when it answers 404, and
//! whatever else goes wrong is an error. Credentials are looked for when a registry asks for them, go to
//! the registry and its token server alone, and appear in no error.

mod address;
mod challenge;
mod credentials;
mod error;
mod manifest;
mod pages;
mod session;
mod token;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use reqwest::header::{CONTENT_TYPE, HeaderName};

use crate::catalog::{Image, Learnt};
use crate::value::{Digest, ImageName, ImageRef, Tag};
use crate::world::http::{Answer, Http, HttpError};

pub use credentials::{Credentials, CredentialsError, Login};
pub use error::RegistryError;
use session::Door;

/// The most bytes of a manifest that registries have to take (distribution-spec, "Pushing manifests").
const MAX_MANIFEST: usize = 4 << 20;

/// The most bytes of one page of tags, and of all pages.
const MAX_PAGE: usize = 8 << 20;
const MAX_PAGES_TOTAL: usize = 64 << 20;

/// How many tags are asked for at once; a registry may send fewer.
const PAGE: usize = 1000;

/// The most pages, and the most tags, that are read of one repository.
const MAX_PAGES: usize = 1000;
const MAX_TAGS: usize = 200_000;

const CONTENT_DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// Registries, asked with the user's credentials where they want some.
#[derive(Debug)]
pub struct Registry<'h> {
    http: &'h Http,
    credentials: Credentials,
    /// What registries know the user by, by their origin and the path of the repository.
    doors: Mutex<BTreeMap<(String, String), Arc<Door>>>,
}

impl<'h> Registry<'h> {
    /// Returns the registries that the client reaches; nobody is asked yet, and no file is read.
    pub const fn new(http: &'h Http, credentials: Credentials) -> Self {
        Self { http, credentials, doors: Mutex::new(BTreeMap::new()) }
    }

    /// Returns what a tag is, or `None` when the registry says that it has no such tag. `reference` is
    /// `[HOST/]PATH:TAG` with Docker's defaults, or `…@DIGEST`; the fact keeps it as it is written.
    pub async fn image(&self, reference: &str) -> Result<Option<Learnt<Image>>, RegistryError> {
        let none = || RegistryError::reference(reference, "registry.dagger.io/engine:v0.21.8");
        let parts = ImageRef::parse(reference).ok_or_else(none)?;
        let name = ImageName::parse(parts.repository).ok_or_else(none)?;
        let (which, wanted) = match (parts.tag, parts.digest) {
            (Some(tag), None) => (Tag::parse(tag).ok_or_else(none)?.to_string(), None),
            (None, Some(digest)) => (digest.to_owned(), Some(Digest::parse(digest).ok_or_else(none)?)),
            _ => return Err(none()),
        };
        let url = address::of(&name, &format!("manifests/{which}"));
        let Some(answer) = self.ask(&name, &url, manifest::ACCEPTED, MAX_MANIFEST).await? else {
            return Ok(None);
        };
        let malformed = |why: String| RegistryError::from(HttpError::malformed(&url, &why));
        let digest = digest_of(&answer).map_err(malformed)?;
        if wanted.is_some_and(|wanted| wanted != digest) {
            return Err(malformed(format!("it is {digest}, which was not asked for")));
        }
        let platforms = manifest::platforms(&answer.body, answer.header(CONTENT_TYPE)).map_err(malformed)?;
        let fact = Image { reference: reference.to_owned(), digest, platforms };
        Ok(Some(Learnt { fact, from: url }))
    }

    /// Returns every tag of a repository, `[HOST/]PATH` with Docker's defaults, sorted by bytes.
    pub async fn tags(&self, repository: &str) -> Result<Vec<String>, RegistryError> {
        let none = || RegistryError::reference(repository, "registry.dagger.io/engine");
        let name = ImageName::parse(repository).ok_or_else(none)?;
        let first = address::of(&name, &format!("tags/list?n={PAGE}"));
        let (mut tags, mut asked, mut size) = (BTreeSet::new(), BTreeSet::new(), 0);
        let mut url = first.clone();
        loop {
            let malformed = |why: &str| RegistryError::from(HttpError::malformed(&first, why));
            let answer = self.ask(&name, &url, "application/json", MAX_PAGE).await?;
            let answer = answer.ok_or_else(|| RegistryError::Absent { name: name.clone() })?;
            size += answer.body.len();
            tags.extend(pages::tags(&answer.body).map_err(|why| malformed(&why))?);
            let _ = asked.insert(url);
            let Some(next) = pages::next(&answer).map_err(|why| malformed(&why))? else { break };
            if asked.contains(&next) {
                return Err(malformed("its pages lead back to one that was read"));
            }
            if asked.len() >= MAX_PAGES || tags.len() >= MAX_TAGS || size >= MAX_PAGES_TOTAL {
                return Err(RegistryError::TooMany { name, read: tags.len(), pages: asked.len() });
            }
            url = next;
        }
        Ok(tags.into_iter().collect())
    }
}

/// Returns the digest of an answer's bytes, which must be the one that the registry says.
fn digest_of(answer: &Answer) -> Result<Digest, String> {
    let digest = Digest::of(&answer.body);
    match answer.header(CONTENT_DIGEST) {
        Some(said) if said != digest.to_string() => {
            Err(format!("it is {digest}, but `{}` is said", cleaned(said)))
        }
        _ => Ok(digest),
    }
}

/// Returns foreign text as it can stand in an error: short, and without what a terminal obeys.
fn cleaned(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}

/// Returns what the JSON holds. What is wrong with it is said without repeating any of it.
fn parse<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        match error.classify() {
            serde_json::error::Category::Data => format!("unexpected JSON at line {line}, column {column}"),
            _ => format!("no JSON at line {line}, column {column}"),
        }
    })
}
