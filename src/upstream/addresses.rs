use std::fmt;

/// Where releases are published; a mirror has the same paths below another address. None ends in `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// `https://dl.dagger.io/dagger`, above `releases/0.21.8/checksums.txt`.
    pub releases: String,
    /// `https://github.com`, above `dagger/nix/archive/REV.tar.gz`.
    pub github: String,
    /// `https://api.github.com`, above `repos/dagger/nix/commits`.
    pub github_api: String,
    /// What GitHub knows the user by; it is asked less often by whom it does not know.
    pub token: Option<Secret>,
}

/// What nobody else may see: it has no printed form.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Default for Addresses {
    fn default() -> Self {
        Self {
            releases: "https://dl.dagger.io/dagger".to_owned(),
            github: "https://github.com".to_owned(),
            github_api: "https://api.github.com".to_owned(),
            token: None,
        }
    }
}

impl Secret {
    /// Returns the text as a secret.
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// Returns the text, for whom it is meant.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}
