//! Whether an engine's variable alone can tell clients where it is.

use super::settled::Settled;
use crate::command::{Exit, Refused};
use crate::config::EngineKind;
use crate::report::posix_quoted;
use crate::value::{Endpoint, TlsFiles, Version};

/// From this release on, Dagger's clients know `tls://` (dagger/dagger `engine/client/drivers/dial.go`).
const KNOWS_TLS: Version = Version::new(0, 20, 1);

impl Settled {
    /// Refuses an engine in force that clients cannot be told about, before anybody is asked. `pin` itself reaches it all
    /// the same.
    pub(in crate::command) fn check_clients(&self) -> Result<(), Refused> {
        let in_force = self.in_force()?;
        let Some(endpoint @ Endpoint::Tls { host, port, files }) = in_force.endpoint() else { return Ok(()) };
        match self.kind {
            EngineKind::BuildKit => {
                let message = format!(
                    "the engine at {endpoint} is behind TLS, which no `BUILDKIT_HOST` can say: BuildKit's clients take \
                     certificates as arguments only"
                );
                let port = Endpoint::Tcp { host: host.clone(), port: *port };
                let hint = format!("run `buildctl --addr {port}{}`", arguments(files));
                Err(Refused::new(Exit::Usage, &message, Some(&hint)))
            }
            EngineKind::Dagger => {
                let version = self.version()?;
                if *version >= KNOWS_TLS {
                    return Ok(());
                }
                let message = format!(
                    "the engine at {endpoint} is behind TLS, which Dagger's clients know from {KNOWS_TLS} on, and {version} \
                     is pinned"
                );
                let hint = "pin a newer release with `pin bump`, or name the engine by the `tcp://` or `unix://` address \
                            of a tunnel to it";
                Err(Refused::new(Exit::Usage, &message, Some(hint)))
            }
        }
    }
}

/// Returns what `buildctl` is told about certificates (moby/buildkit `cmd/buildctl/main.go`). Without those of who may
/// have signed the engine's it would use no TLS.
fn arguments(files: &TlsFiles) -> String {
    let ca = Some(files.ca.as_deref().unwrap_or("CA.pem"));
    let all = [("--tlscacert", ca), ("--tlscert", files.cert.as_deref()), ("--tlskey", files.key.as_deref())];
    let there = all.into_iter().filter_map(|(name, path)| Some((name, path?)));
    there.map(|(name, path)| format!(" {name} {}", word(path))).collect()
}

fn word(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:@,+=".contains(c);
    if path.chars().all(is_plain) { path.to_owned() } else { posix_quoted(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_become_words_of_a_shell() {
        let file = |path: &str| Some(path.to_owned());
        let own = TlsFiles { ca: file("/a b/ca.pem"), cert: file("/it's"), key: file("/k") };
        assert_eq!(arguments(&own), r" --tlscacert '/a b/ca.pem' --tlscert '/it'\''s' --tlskey /k");
        assert_eq!(arguments(&TlsFiles::default()), " --tlscacert CA.pem");
    }
}
