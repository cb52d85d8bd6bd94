//! A daemon behind TLS: it must be the one that its certificate says, and is told who we are (Docker docs, "Protect the
//! Docker daemon socket").

use std::path::Path;
use std::sync::Arc;

use bollard::{BollardRequest, ClientVersion, Docker};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use super::FOREVER;
use crate::engine::runtime::TlsFiles;
use crate::world;

/// A certificate or a key that cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error(transparent)]
    Read(#[from] world::ReadError),
    #[error("`{0}` has no certificate or key that can be read")]
    Content(String),
    #[error("the machine trusts nobody, and no `ca.pem` is given")]
    Roots,
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    #[error(transparent)]
    Docker(#[from] bollard::errors::Error),
}

/// Returns the daemon at `https://…`. Where a certificate of who may have signed its own is given, nobody else may; the
/// client that bollard makes would trust everybody whom the machine trusts, too.
pub(super) fn connect(address: &str, files: &TlsFiles, version: &ClientVersion) -> Result<Docker, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let builder = builder.with_root_certificates(roots(files.ca.as_deref())?);
    let config = match own(files)? {
        Some((certificates, key)) => builder.with_client_auth_cert(certificates, key)?,
        None => builder.with_no_client_auth(),
    };
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
    let transport = move |request: BollardRequest| {
        let client = client.clone();
        async move { client.request(request).await.map_err(bollard::errors::Error::from) }
    };
    Ok(Docker::connect_with_custom_transport(transport, Some(address), FOREVER, version)?)
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
