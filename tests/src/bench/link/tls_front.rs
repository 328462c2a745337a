//! Ends TLS in front of a server that stands behind a proxy, as in the field, and counts the HTTP inside.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio_rustls::TlsAcceptor;

use crate::bench::counting_proxy::{Counted, Counters};

/// A running front; ends when dropped.
pub struct TlsFront {
    counters: Arc<Counters>,
    /// Its end is the thread's sign to end.
    _running: oneshot::Sender<()>,
}

impl TlsFront {
    /// Listens in the namespace of the calling thread, with a key of its own, whose certificate goes into
    /// the file `chain`.
    ///
    /// # Errors
    /// When it cannot listen or write.
    pub fn before(server: SocketAddr, listen: SocketAddr, chain: &Path) -> Result<Self> {
        let made = rcgen::generate_simple_self_signed([listen.ip().to_string()])?;
        std::fs::write(chain, made.cert.pem())?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)?;
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = std::net::TcpListener::bind(listen).with_context(|| listen.to_string())?;
        listener.set_nonblocking(true)?;
        let counters = Arc::new(Counters::default());
        let (running, ended) = oneshot::channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let shared = counters.clone();
        // Started here, the thread and its sockets are in the caller's namespace.
        std::thread::Builder::new()
            .name("tls-front".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        _ = accept(listener, server, acceptor, shared) => {}
                        _ = ended => {}
                    }
                });
            })?;
        Ok(Self {
            counters,
            _running: running,
        })
    }

    /// What was counted since the last call, without TLS, and starts over.
    pub fn take(&self) -> Counted {
        self.counters.take()
    }
}

async fn accept(
    listener: std::net::TcpListener,
    server: SocketAddr,
    acceptor: TlsAcceptor,
    counters: Arc<Counters>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    loop {
        let (client, _) = listener.accept().await?;
        let (acceptor, counters) = (acceptor.clone(), counters.clone());
        tokio::spawn(async move {
            // A connection that a cut took away is nobody's error here.
            let _ = forward(client, server, acceptor, &counters).await;
        });
    }
}

async fn forward(
    client: TcpStream,
    server: SocketAddr,
    acceptor: TlsAcceptor,
    counters: &Counters,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    let (from_client, to_client) = tokio::io::split(acceptor.accept(client).await?);
    counters.connected();
    let upstream = TcpStream::connect(server).await?;
    upstream.set_nodelay(true)?;
    let (from_server, to_server) = upstream.into_split();
    tokio::join!(
        copy(from_client, to_server, |read| counters.up(read)),
        copy(from_server, to_client, |read| counters.down(read)),
    );
    Ok(())
}

async fn copy(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, count: impl Fn(&[u8])) {
    let mut buffer = vec![0u8; 16 * 1024];
    while let Ok(read) = from.read(&mut buffer).await {
        if read == 0 {
            break;
        }
        count(&buffer[..read]);
        if to.write_all(&buffer[..read]).await.is_err() || to.flush().await.is_err() {
            break;
        }
    }
    let _ = to.shutdown().await;
}
