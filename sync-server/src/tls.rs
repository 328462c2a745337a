//! The server's TLS key and what devices pin of it.
//!
//! Devices trust no certificate authority and no date: they compare the SHA-256 of the leaf's
//! SubjectPublicKeyInfo with the pin of their invitation. So a wrong clock locks nobody out, and a
//! certificate may be renewed at any time with the same key.

use std::path::Path;
use std::sync::Arc;

use cotmoc_ledger::Ledger;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ParsedCertificate;
use rustls::{ServerConfig, SupportedCipherSuite};
use zeroize::Zeroizing;

use crate::error::ServerError;
use crate::settings::{Settings, Transport};

const CERTIFICATE: &str = "tls.certificate";
const KEY: &str = "tls.key";

/// What the accept loop needs, and what invitations say.
#[derive(Debug, Clone)]
pub(crate) struct TlsIdentity {
    /// Absent when something else ends TLS.
    pub config: Option<Arc<ServerConfig>>,
    /// SHA-256 of the leaf's SubjectPublicKeyInfo; zero for plain HTTP.
    pub pin: [u8; 32],
}

/// The pin of a certificate: SHA-256 over the DER of its SubjectPublicKeyInfo.
///
/// # Errors
/// When it is not a certificate.
pub fn pin_of_certificate(certificate: &CertificateDer<'_>) -> Result<[u8; 32], ServerError> {
    let parsed = ParsedCertificate::try_from(certificate).map_err(tls)?;
    let key = parsed.subject_public_key_info();
    // The TLS library brings its hash function with it; a second one is not needed for 32 bytes.
    let SupportedCipherSuite::Tls13(suite) = ring::cipher_suite::TLS13_AES_128_GCM_SHA256 else {
        return Err(ServerError::Tls("no SHA-256".to_owned()));
    };
    let hash = suite.common.hash_provider.hash(key.as_ref());
    hash.as_ref()
        .try_into()
        .map_err(|_| ServerError::Tls("no SHA-256".to_owned()))
}

/// The identity that the settings ask for; makes the server's own at the first start.
pub(crate) fn identity(ledger: &Ledger, settings: &Settings) -> Result<TlsIdentity, ServerError> {
    match &settings.transport {
        Transport::PlainForBenchmark => Ok(TlsIdentity {
            config: None,
            pin: [0; 32],
        }),
        Transport::BehindProxy { chain } => Ok(TlsIdentity {
            config: None,
            pin: pin_of_certificate(leaf(&read_chain(chain)?)?)?,
        }),
        Transport::Certificate { chain, key } => {
            let key = PrivateKeyDer::from_pem_file(key).map_err(|error| file(key, &error))?;
            with_key(read_chain(chain)?, key)
        }
        Transport::OwnCertificate => own_identity(ledger, || settings.certificate_names()),
    }
}

/// The identity with the key that is kept in the store, made for these names when there is none.
pub(crate) fn own_identity(
    ledger: &Ledger,
    names: impl FnOnce() -> Vec<String>,
) -> Result<TlsIdentity, ServerError> {
    let (certificate, key) = own_certificate(ledger, names)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.to_vec()));
    with_key(vec![certificate], key)
}

fn with_key(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<TlsIdentity, ServerError> {
    let pin = pin_of_certificate(leaf(&chain)?)?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .map_err(tls)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(tls)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // A resumed session saves the certificate on the wire, which counts on 2G.
    config.ticketer = ring::Ticketer::new().map_err(tls)?;
    Ok(TlsIdentity {
        config: Some(Arc::new(config)),
        pin,
    })
}

/// The stored certificate and key, made when there are none. The key is in the encrypted database only.
fn own_certificate(
    ledger: &Ledger,
    names: impl FnOnce() -> Vec<String>,
) -> Result<(CertificateDer<'static>, Zeroizing<Vec<u8>>), ServerError> {
    if let (Some(certificate), Some(key)) = (ledger.meta(CERTIFICATE)?, ledger.meta(KEY)?) {
        return Ok((CertificateDer::from(certificate), Zeroizing::new(key)));
    }
    let pair = rcgen::KeyPair::generate().map_err(tls)?;
    let mut params = rcgen::CertificateParams::new(names()).map_err(tls)?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(rcgen::DnType::CommonName, "Cột Mốc");
    let certificate = params.self_signed(&pair).map_err(tls)?;
    let key = Zeroizing::new(pair.serialize_der());
    ledger.set_meta(KEY, &key)?;
    ledger.set_meta(CERTIFICATE, certificate.der())?;
    Ok((certificate.der().clone(), key))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, ServerError> {
    let chain = CertificateDer::pem_file_iter(path).map_err(|error| file(path, &error))?;
    chain
        .collect::<Result<_, _>>()
        .map_err(|error| file(path, &error))
}

fn leaf<'a>(chain: &'a [CertificateDer<'static>]) -> Result<&'a CertificateDer<'static>, ServerError> {
    chain
        .first()
        .ok_or_else(|| ServerError::Tls("the file holds no certificate".to_owned()))
}

fn tls(error: impl std::fmt::Display) -> ServerError {
    ServerError::Tls(error.to_string())
}

fn file(path: &Path, error: &impl std::fmt::Display) -> ServerError {
    ServerError::Tls(format!("{}: {error}", path.display()))
}
