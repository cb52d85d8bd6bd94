//! Files that are put into the container before it starts: through the API, since a daemon may not see ours.

use super::Wanted;
use crate::config::{Bound, EngineKind};

/// A file inside a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InFile {
    /// Its path, without the slash at the beginning.
    pub path: String,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// Releases of BuildKit below this one call the bound `gckeepstorage` (moby/buildkit `docs/buildkitd.toml.md`).
const BOUNDED_BY_NAME: (u64, u64) = (0, 17);

impl Wanted {
    /// Returns the files that the engine reads when it starts: the bound of its cache, and certificates.
    pub fn files(&self) -> Vec<InFile> {
        let mut files = vec![match self.kind {
            EngineKind::Dagger => self.engine_json(),
            EngineKind::BuildKit => self.buildkitd_toml(),
        }];
        files.extend(self.certificates.iter().enumerate().map(|(index, bytes)| {
            let directory = match self.kind {
                // The entrypoint adds what is there to the bundle (dagger docs, "Custom certificate authorities").
                EngineKind::Dagger => "usr/local/share/ca-certificates",
                // Go reads every file of this directory beside the bundle (crypto/x509 `root_linux.go`).
                EngineKind::BuildKit => "etc/ssl/certs",
            };
            InFile { path: format!("{directory}/pin-{index}.crt"), bytes: bytes.clone() }
        }));
        files
    }

    /// See dagger/dagger `engine/config/config.go`: unknown keys are refused, these are in every release since 0.16.
    fn engine_json(&self) -> InFile {
        let bound = match self.gc {
            Bound::Percent(percent) => serde_json::json!(format!("{percent}%")),
            Bound::Bytes(bytes) => serde_json::json!(bytes),
        };
        let text = serde_json::json!({ "gc": { "maxUsedSpace": bound } });
        InFile { path: "etc/dagger/engine.json".to_owned(), bytes: format!("{text}\n").into_bytes() }
    }

    fn buildkitd_toml(&self) -> InFile {
        let is_old = (self.version.major(), self.version.minor()) < BOUNDED_BY_NAME;
        let key = if is_old { "gckeepstorage" } else { "maxUsedSpace" };
        let bound = match self.gc {
            Bound::Percent(percent) => format!("\"{percent}%\""),
            Bound::Bytes(bytes) => bytes.to_string(),
        };
        let text = format!("[worker.oci]\n  gc = true\n  {key} = {bound}\n");
        InFile { path: "etc/buildkit/buildkitd.toml".to_owned(), bytes: text.into_bytes() }
    }
}
