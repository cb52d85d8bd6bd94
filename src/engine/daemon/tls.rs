//! A daemon behind TLS (Docker docs, "Protect the Docker daemon socket").

use bollard::errors::Error;
use bollard::{BollardRequest, ClientVersion, Docker};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

use super::FOREVER;
use crate::engine::runtime::TlsFiles;
use crate::engine::tls::{self, TlsError};

/// A daemon that no connection can be made to.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Docker(#[from] Error),
}

/// Returns the daemon at `https://…`. Where a certificate of who may have signed its own is given, nobody else may; the
/// client that bollard makes would trust everybody whom the machine trusts, too.
pub(super) fn connect(
    address: &str,
    files: &TlsFiles,
    version: &ClientVersion,
) -> Result<Docker, ConnectError> {
    let config = tls::config(files)?;
    let connector = HttpsConnectorBuilder::new().with_tls_config(config).https_only().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
    let transport = move |request: BollardRequest| {
        let client = client.clone();
        async move { client.request(request).await.map_err(Error::from) }
    };
    Ok(Docker::connect_with_custom_transport(transport, Some(address), FOREVER, version)?)
}
