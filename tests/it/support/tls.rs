//! A server on loopback that speaks TLS with a certificate that nobody has signed but itself.

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A running server; dropping it ends it. A client that trusts it all the same gets no answer.
#[derive(Debug)]
pub(crate) struct TlsServer {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
}

impl TlsServer {
    pub(crate) fn start() -> Self {
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
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let is_over = Arc::new(AtomicBool::new(false));
        let server = Self { address, is_over: Arc::clone(&is_over) };
        let config = Arc::new(config);
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                if is_over.load(Ordering::SeqCst) {
                    return;
                }
                let config = Arc::clone(&config);
                thread::spawn(move || {
                    let mut session = ServerConnection::new(config).expect("the configuration is whole");
                    while session.complete_io(&mut stream).is_ok_and(|(read, _)| read > 0) {}
                });
            }
        });
        server
    }

    /// `https://127.0.0.1:PORT`
    pub(crate) fn url(&self) -> String {
        format!("https://{}", self.address)
    }
}

impl Drop for TlsServer {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}
