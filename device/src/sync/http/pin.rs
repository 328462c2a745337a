//! TLS pinned to the key of the invitation: whoever holds it is the province's server, whatever the clock says.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cotmoc_core::id::Hash32;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

use crate::contract::Problem;

/// A TLS configuration that takes exactly one key. With it comes whether another key was met: HTTP libraries
/// wrap that reason into several layers of connection errors.
pub(super) fn tls(pin: Hash32) -> Result<(ClientConfig, Arc<AtomicBool>), Problem> {
    let met_another = Arc::new(AtomicBool::new(false));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(PinnedKey {
        pin,
        met_another: met_another.clone(),
        provider: provider.clone(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| crate::problems::internal(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok((config, met_another))
}

/// Accepts exactly one key, whatever names and dates its certificate carries.
#[derive(Debug)]
struct PinnedKey {
    pin: Hash32,
    met_another: Arc<AtomicBool>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for PinnedKey {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let refused = || rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure);
        let parsed = rustls::server::ParsedCertificate::try_from(end_entity).map_err(|_| refused())?;
        let found = ring::digest::digest(&ring::digest::SHA256, &parsed.subject_public_key_info());
        if found.as_ref() == self.pin.0 {
            Ok(ServerCertVerified::assertion())
        } else {
            self.met_another.store(true, Ordering::Relaxed);
            Err(refused())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(
            message,
            certificate,
            signature,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}
