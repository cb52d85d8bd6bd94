//! Questions to registries, and the credentials that go with them.

use super::registry::{PASSWORD, USER};
use super::repository;
use data_encoding::BASE64;
use pin::catalog::{Image, Learnt};
use pin::registry::{Credentials, Registry};
use pin::world::http::{Http, HttpOptions};
use pin::world::wait_for;
use std::error::Error;
use std::fmt::Debug;
use std::fs;
use std::time::Duration;
use tempfile::TempDir;

pub(crate) const SOON: Duration = Duration::from_millis(300);
pub(crate) const LATER: Duration = Duration::from_secs(20);

/// What a question came to, as one line: `absent`, a digest and its platforms, or what is said and hinted at.
pub(crate) type Said = String;

/// What `ask` is answered by registries; nothing of it holds the password.
pub(crate) fn ask<T: Debug>(
    credentials: &Credentials,
    timeout: Duration,
    ask: impl AsyncFnOnce(&Registry<'_>) -> T,
) -> T {
    let http = Http::new(&HttpOptions { timeout, cache: None }).expect("a client can be made");
    let registry = Registry::new(&http, credentials.clone());
    let said = wait_for(ask(&registry)).expect("a runtime starts").expect("nobody interrupts");
    for secret in [PASSWORD, &BASE64.encode(format!("{USER}:{PASSWORD}").as_bytes())] {
        let all = format!("{said:?} {registry:?}");
        assert!(!all.contains(secret), "a secret: {all}");
    }
    said
}

pub(crate) async fn image(registry: &Registry<'_>, reference: &str) -> Said {
    match registry.image(reference).await {
        Ok(None) => "absent".to_owned(),
        Ok(Some(Learnt { fact: Image { reference: known, digest, platforms }, from })) => {
            assert_eq!(known, reference);
            assert!(from.starts_with("http") && from.contains("/v2/"), "{from}");
            platforms
                .iter()
                .fold(digest.to_string(), |said, (name, digest)| format!("{said} {name}={digest}"))
        }
        Err(error) => words(&error, error.hint()),
    }
}

pub(crate) async fn tags(registry: &Registry<'_>, name: &str) -> Said {
    match registry.tags(name).await {
        Ok(tags) => tags.join(" "),
        Err(error) => words(&error, error.hint()),
    }
}

fn words(error: &dyn Error, hint: Option<String>) -> Said {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words = format!("{words}: {error}");
        cause = error.source();
    }
    format!("{words}{}", hint.map(|hint| format!(" | {hint}")).unwrap_or_default())
}

/// A file of Docker with these contents, in a directory that goes with it.
pub(crate) fn docker(contents: &str) -> (TempDir, Credentials) {
    let directory = tempfile::Builder::new().prefix("pin-test-").tempdir().expect("a temporary directory");
    let file = directory.path().join("config.json");
    fs::write(&file, contents).expect("a file can be written");
    let helpers = repository().join("tests/it/support/credential-helpers");
    let path =
        std::env::join_paths([helpers.as_path(), "/usr/bin".as_ref(), "/bin".as_ref()]).expect("plain paths");
    let absent = directory.path().join("no/auth.json");
    (directory, Credentials { files: vec![absent, file], helpers: Some(path) })
}

pub(crate) fn login(host: &str, password: &str) -> (TempDir, Credentials) {
    let auth = BASE64.encode(format!("{USER}:{password}").as_bytes());
    docker(&serde_json::json!({ "auths": { host: { "auth": auth } } }).to_string())
}
