//! A server on loopback that speaks TLS with a certificate that nobody has signed but itself.

use super::server::{Asked, Reply, Server};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A running server; dropping it ends it.
#[derive(Debug)]
pub(crate) struct TlsServer {
    address: SocketAddr,
    /// What answers once the TLS is taken off.
    inner: Server,
    is_over: Arc<AtomicBool>,
    certificate: String,
}

impl TlsServer {
    /// Starts a server that has nothing: who does not trust it does not get as far.
    pub(crate) fn start() -> Self {
        Self::answering(|_| Reply::status(404, ""))
    }

    /// Starts a server that answers as `handler` says.
    pub(crate) fn answering(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let names = ["127.0.0.1".to_owned(), "localhost".to_owned()];
        let own = rcgen::generate_simple_self_signed(names).expect("a certificate can be made");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(own.signing_key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|config| {
                config.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key)
            })
            .expect("the certificate goes with its key");
        let encoded = data_encoding::BASE64.encode(own.cert.der());
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n");
        let inner = Server::start(handler);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let server = Self { address, inner, is_over: Arc::clone(&is_over), certificate };
        let (config, behind) = (Arc::new(config), server.inner.host());
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let (config, behind) = (Arc::clone(&config), behind.clone());
                thread::spawn(move || {
                    let session = ServerConnection::new(config).expect("the configuration is whole");
                    drop(bridge(StreamOwned::new(session, stream), &behind));
                });
            }
        });
        server
    }

    /// `https://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate, for those who are to trust it.
    pub(crate) fn certificate(&self) -> &str {
        &self.certificate
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.inner.asked()
    }
}

/// Hands questions without a body on, and the answers back.
fn bridge(mut outside: impl Read + Write, behind: &str) -> std::io::Result<()> {
    let mut inside = TcpStream::connect(behind)?;
    loop {
        inside.write_all(&head(&mut outside)?)?;
        let head = head(&mut inside)?;
        let text = String::from_utf8_lossy(&head).to_ascii_lowercase();
        let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.unwrap_or(0)];
        inside.read_exact(&mut body)?;
        outside.write_all(&head)?;
        outside.write_all(&body)?;
        outside.flush()?;
    }
}

fn head(stream: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.extend(byte);
    }
    Ok(head)
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}
