//! Somebody who takes all the memory that a server has for bodies of strangers: requests that are almost whole and
//! never end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use cotmoc_sync_server::pin_of_certificate;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, Error, SignatureScheme, StreamOwned};

/// Longest wait for the server's word.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it is looked for an answer between two pieces of a body, and how large they are.
const LOOK: Duration = Duration::from_millis(5);
const PIECE: usize = 16 * 1024;

/// Open requests; they end when dropped.
pub struct Flood {
    _requests: Vec<StreamOwned<ClientConnection, TcpStream>>,
}

/// What a request was answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answered {
    /// The status.
    pub status: u16,
    /// Seconds after which to come back.
    pub retry_after: Option<u64>,
}

impl Flood {
    /// Opens so many requests that say they have `bytes`, and sends all of each but the last byte.
    ///
    /// # Errors
    /// When the server does not take them.
    pub fn open((server, pin): (SocketAddr, [u8; 32]), count: usize, bytes: usize) -> Result<Self> {
        let config = config(pin)?;
        let mut requests = Vec::new();
        let body = vec![0u8; bytes - 1];
        for _ in 0..count {
            let mut request = connect(server, Arc::clone(&config))?;
            write!(request, "{}", head(bytes))?;
            // Whoever is turned away is cut while it still sends.
            if request.write_all(&body).and_then(|()| request.flush()).is_ok() {
                requests.push(request);
            }
        }
        Ok(Self { _requests: requests })
    }
}

/// Sends a request of so many bytes of nonsense and says what was answered: "malformed" by a server that has room.
///
/// # Errors
/// When no answer comes.
pub fn ask((server, pin): (SocketAddr, [u8; 32]), bytes: usize) -> Result<Answered> {
    let mut request = connect(server, config(pin)?)?;
    write!(request, "{}", head(bytes))?;
    let mut answer = Vec::new();
    let mut piece = [0u8; 1_024];
    // Whoever is turned away is answered while it still sends, and cut with what is underway.
    request.sock.set_read_timeout(Some(LOOK))?;
    for part in vec![0; bytes].chunks(PIECE) {
        if request.write_all(part).and_then(|()| request.flush()).is_err() {
            break;
        }
        if let Ok(read) = request.read(&mut piece) {
            answer.extend_from_slice(&piece[..read]);
            break;
        }
    }
    request.sock.set_read_timeout(Some(PATIENCE))?;
    while !answer.windows(4).any(|end| end == b"\r\n\r\n") {
        let read = request.read(&mut piece)?;
        anyhow::ensure!(read > 0, "the server closed without an answer");
        answer.extend_from_slice(&piece[..read]);
    }
    let answer = String::from_utf8_lossy(&answer).to_lowercase();
    let status = answer.split(' ').nth(1).context("status")?.parse()?;
    let retry_after = answer.split_once("retry-after: ").and_then(|(_, rest)| {
        let number = rest.lines().next()?;
        number.trim().parse().ok()
    });
    Ok(Answered { status, retry_after })
}

fn head(bytes: usize) -> String {
    format!("POST /v1/exchange HTTP/1.1\r\nhost: province\r\ncontent-length: {bytes}\r\n\r\n")
}

fn connect(
    server: SocketAddr,
    config: Arc<ClientConfig>,
) -> Result<StreamOwned<ClientConnection, TcpStream>> {
    let connection = ClientConnection::new(config, ServerName::try_from("localhost")?)?;
    let stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(StreamOwned::new(connection, stream))
}

fn config(pin: [u8; 32]) -> Result<Arc<ClientConfig>> {
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Pinned(pin)))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// What a device knows a server by: its key.
#[derive(Debug)]
struct Pinned([u8; 32]);

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        match pin_of_certificate(end_entity) {
            Ok(pin) if pin == self.0 => Ok(ServerCertVerified::assertion()),
            _ => Err(Error::General("another key".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(Error::General("TLS 1.2 is not offered".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let algorithms = ring::default_provider().signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        ring::default_provider()
            .signature_verification_algorithms
            .supported_schemes()
    }
}
