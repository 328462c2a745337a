//! What invitations say about the way to the server, also while it does not run.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::ServerError;
use crate::settings::{Settings, Transport};
use crate::state::ServerState;
use crate::tls;

/// Where a server listens when nobody says otherwise.
pub const DEFAULT_PORT: u16 = 8443;

const URL: &str = "address.url";
const PIN: &str = "address.pin";

/// How devices reach a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicAddress {
    /// `https://host:port`.
    pub url: String,
    /// SHA-256 of the SubjectPublicKeyInfo that devices meet there.
    pub tls_pin: [u8; 32],
}

impl PublicAddress {
    /// The pin in hexadecimal digits.
    pub fn pin_hex(&self) -> String {
        self.tls_pin.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl ServerState {
    /// The address for invitations made while the server does not run: what is named here, else what it was
    /// when it last ran, else this machine with the server's own certificate.
    ///
    /// # Errors
    /// When the URL or the certificate cannot be used, or the store cannot be written.
    pub fn address_for_invitations(
        &self,
        settings: &Settings,
        certificate: Option<&Path>,
    ) -> Result<PublicAddress, ServerError> {
        let last = self.last_address()?;
        let url = match (&settings.public_url, &last) {
            (None, Some(last)) => last.url.clone(),
            _ => settings.url_for(std::net::SocketAddr::from(([127, 0, 0, 1], DEFAULT_PORT)))?,
        };
        let tls_pin = match (certificate, last) {
            (Some(path), _) => {
                let leaf = CertificateDer::from_pem_file(path)
                    .map_err(|error| ServerError::Tls(format!("{}: {error}", path.display())))?;
                tls::pin_of_certificate(&leaf)?
            }
            (None, Some(last)) => last.tls_pin,
            (None, None) => {
                let own = Settings {
                    transport: Transport::OwnCertificate,
                    ..settings.clone()
                };
                tls::identity(self.ledger(), &own)?.pin
            }
        };
        Ok(PublicAddress { url, tls_pin })
    }

    /// Remembers how devices reach the server.
    pub(crate) fn remember_address(&self, address: &PublicAddress) -> Result<(), ServerError> {
        self.ledger().set_meta(URL, address.url.as_bytes())?;
        self.ledger().set_meta(PIN, &address.tls_pin)?;
        Ok(())
    }

    fn last_address(&self) -> Result<Option<PublicAddress>, ServerError> {
        let (Some(url), Some(pin)) = (self.ledger().meta(URL)?, self.ledger().meta(PIN)?) else {
            return Ok(None);
        };
        let (Ok(url), Ok(tls_pin)) = (String::from_utf8(url), pin.try_into()) else {
            return Ok(None);
        };
        Ok(Some(PublicAddress { url, tls_pin }))
    }
}
