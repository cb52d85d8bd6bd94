use std::path::Path;

/// The files of a connection over TLS, as absolute or relative paths.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Certificates of who may have signed the engine's own.
    pub ca: Option<String>,
    /// The client's own certificate.
    pub cert: Option<String>,
    /// Its key.
    pub key: Option<String>,
}

impl TlsFiles {
    /// Returns the first path that means another file in every directory, if there is one.
    pub fn relative(&self) -> Option<&str> {
        let paths = [&self.ca, &self.cert, &self.key];
        paths.into_iter().flatten().map(String::as_str).find(|path| !Path::new(path).is_absolute())
    }

    /// Returns the same files by absolute paths, those that are relative in `directory`; where that is no text they stay
    /// what they are.
    #[must_use]
    pub fn within(&self, directory: &Path) -> Self {
        let whole = |path: &Option<String>| {
            let path = path.as_ref()?;
            Some(directory.join(path).to_str().map_or_else(|| path.clone(), str::to_owned))
        };
        Self { ca: whole(&self.ca), cert: whole(&self.cert), key: whole(&self.key) }
    }
}
