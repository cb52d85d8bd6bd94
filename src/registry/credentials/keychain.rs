//! Programs that keep credentials (docker/docker-credential-helpers, "Development").

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::{CredentialsError, Secret};
use crate::world::Program;

/// The most bytes of what such a program prints.
const MAX_OUTPUT: usize = 64 << 10;

/// What such a program says when it has none for a registry; everything else is a failure.
const NOT_FOUND: &str = "credentials not found in native keychain";

/// The user that stands for a token.
const TOKEN_USER: &str = "<token>";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Kept {
    username: String,
    secret: String,
}

/// Returns what the program `docker-credential-NAME` keeps for a server, if anything.
pub(super) async fn ask(
    name: &str,
    server: &str,
    file: &Path,
    path: Option<&OsString>,
    timeout: Duration,
) -> Result<Option<Secret>, CredentialsError> {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let program = format!("docker-credential-{}", crate::registry::cleaned(name));
    let failed =
        |why: String| CredentialsError::Helper { path: file.to_owned(), program: program.clone(), why };
    if name.is_empty() || name.len() > 64 || !name.bytes().all(is_inner) {
        return Err(failed("and its name may have small letters, digits and `-` alone".to_owned()));
    }
    let run = Program {
        name: OsString::from(&program),
        args: vec![OsString::from("get")],
        // Whatever it is relative to, it is nothing of the repository.
        directory: file.parent().map_or_else(|| "/".into(), Path::to_path_buf),
        env: path.map(|path| ("PATH", path.clone())).into_iter().collect(),
        unset: &[],
        input: server.as_bytes().to_vec(),
        timeout,
        max_output: MAX_OUTPUT,
    };
    // What it prints may be a secret, whatever else it is, and so it is not repeated.
    let ended = run.run().await.map_err(|error| failed(format!("and {error}")))?;
    match ended.code {
        Some(0) => {}
        _ if ended.stdout.trim() == NOT_FOUND => return Ok(None),
        Some(code) => return Err(failed(format!("which failed with exit code {code}"))),
        None => return Err(failed("which was killed".to_owned())),
    }
    let kept: Kept = crate::registry::parse(ended.stdout.as_bytes())
        .map_err(|why| failed(format!("and what it prints makes no sense: {why}")))?;
    if kept.secret.is_empty() {
        return Ok(None);
    }
    Ok(Some(match kept.username.as_str() {
        TOKEN_USER => Secret::Refresh(kept.secret),
        _ => Secret::Password { user: kept.username, password: kept.secret },
    }))
}
