//! TLS towards daemons and engines: they must be what their certificate says, and are told who we are.

use std::io;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::runtime::TlsFiles;
use crate::world;

/// A certificate or a key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] world::ReadError),
    /// A file holds none.
    #[error("`{0}` has no certificate or key that can be read")]
    Content(String),
    /// Nobody is trusted.
    #[error("the machine trusts nobody, and no `ca.pem` is given")]
    Roots,
    /// It does not fit.
    #[error(transparent)]
    Tls(#[from] rustls::Error),
}

/// Returns how a connection is made. Where a certificate of who may have signed the other side's own is given, nobody
/// else may.
pub(super) fn config(files: &TlsFiles) -> Result<ClientConfig, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots(files.ca.as_deref())?);
    Ok(match own(files)? {
        Some((certificates, key)) => builder.with_client_auth_cert(certificates, key)?,
        None => builder.with_no_client_auth(),
    })
}

/// Returns a connection to a port behind TLS, for one of these protocols (none says nothing about them).
pub(super) async fn dial(
    host: &str,
    port: u16,
    files: &TlsFiles,
    protocols: &[&[u8]],
) -> io::Result<TlsStream<TcpStream>> {
    let mut config = config(files).map_err(io::Error::other)?;
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((host, port)).await?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

fn roots(ca: Option<&Path>) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(path) => {
            for certificate in certificates(path)? {
                roots.add(certificate)?;
            }
        }
        // One that cannot be read is not trusted; that is all.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    if roots.is_empty() { Err(TlsError::Roots) } else { Ok(roots) }
}

/// As for Docker's own CLI, a client without a certificate just has none: the daemon says whether it wants one.
fn own(files: &TlsFiles) -> Result<Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>, TlsError> {
    let Some((certificate, key)) = &files.own else { return Ok(None) };
    match world::read(key) {
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error.into()),
        Ok(bytes) => {
            let parsed = PrivateKeyDer::from_pem_slice(&bytes)
                .map_err(|_| TlsError::Content(key.display().to_string()))?;
            Ok(Some((certificates(certificate)?, parsed)))
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = world::read(path)?;
    let parsed: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let content = || TlsError::Content(path.display().to_string());
    parsed.ok().filter(|found| !found.is_empty()).ok_or_else(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Scratch;

    #[test]
    fn certificates_that_cannot_be_used_are_named() {
        let files = Scratch::new(&[("empty", ""), ("odd", "-----BEGIN CERTIFICATE-----\n!\n")]).unwrap();
        let path = |name: &str| files.path().join(name);
        for name in ["empty", "odd"] {
            let error = roots(Some(&path(name))).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("`{}` has no certificate or key that can be read", path(name).display())
            );
        }
        assert!(matches!(roots(Some(&path("absent"))), Err(TlsError::Read(_))));
        let own = |key: &str| own(&TlsFiles { ca: None, own: Some((path("empty"), path(key))) });
        assert!(own("absent").unwrap().is_none());
        assert!(matches!(own("empty"), Err(TlsError::Content(_))));
    }
}
