use std::sync::Arc;

use super::{CredentialsError, cleaned};
use crate::value::ImageName;
use crate::world::http::HttpError;

/// What a registry was not heard to say.
#[derive(Debug, Clone, thiserror::Error)]
pub enum RegistryError {
    /// That names nothing in a registry.
    #[error("`{text}` is nothing that a registry could have, wanted one like `{example}`")]
    Reference {
        /// What was to be asked for.
        text: String,
        /// What it might look like.
        example: &'static str,
    },
    /// There was no answer that could be used.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The registry has no such repository.
    #[error("there is no `{name}`, says its registry")]
    Absent {
        /// The repository.
        name: ImageName,
    },
    /// The registry shows it to nobody whom it does not know, or not to whom it was told.
    #[error("`{name}` needs credentials{}", others(login.as_deref()))]
    Denied {
        /// The repository.
        name: ImageName,
        /// Where the credentials stand that were not good enough, if there were some.
        login: Option<String>,
    },
    /// The registry wants credentials, and those that there may be cannot be read.
    #[error("`{name}` needs credentials")]
    Credentials {
        /// The repository.
        name: ImageName,
        /// Why there are none.
        source: Arc<CredentialsError>,
    },
    /// The registry wants to be asked in a way that is not safe, or that nobody knows.
    #[error("{by} wants to be asked {how}")]
    Challenge {
        /// Who wants it.
        by: String,
        /// How, and what is wrong with that.
        how: String,
    },
    /// There are more tags than anybody reads.
    #[error("`{name}` has more tags than are read, {read} on {pages} pages")]
    TooMany {
        /// The repository.
        name: ImageName,
        /// How many were read.
        read: usize,
        /// On how many pages.
        pages: usize,
    },
}

impl RegistryError {
    /// Returns the command that helps, if one does.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Denied { name, login: None } => Some(format!("run {}", login_at(name))),
            Self::Denied { name, login: Some(_) } => {
                Some(format!("run {} as somebody who may pull `{}`", login_at(name), name.path()))
            }
            Self::Credentials { name, .. } => Some(format!("mend that, or run {}", login_at(name))),
            _ => None,
        }
    }

    pub(super) fn reference(text: &str, example: &'static str) -> Self {
        Self::Reference { text: cleaned(text), example }
    }
}

/// Returns the commands that both leave credentials where they are looked for.
fn login_at(name: &ImageName) -> String {
    let host = name.host();
    format!("`docker login {host}` or `podman login {host}`")
}

fn others(login: Option<&str>) -> String {
    login.map(|login| format!(", and those in {login} are not enough")).unwrap_or_default()
}
