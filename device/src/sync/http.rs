//! HTTP to the province: TLS pinned to the key of the invitation, so that a wrong clock does not matter.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use cotmoc_core::exchange::{Enrolled, EnrolmentRequest, MAX_BODY, ServerProblem};
use cotmoc_core::id::Hash32;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, SignatureScheme};

use crate::contract::Problem;

/// Connecting on a 2G link takes its time.
const CONNECT: Duration = Duration::from_secs(30);
/// Longest silence on the wire. A slow link is not a dead one: there is no limit on the whole request,
/// only on how long the other end may leave our bytes or our keep-alive probes without an answer.
#[cfg_attr(
    not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")),
    expect(dead_code, reason = "other systems have no such option")
)]
const STILL: Duration = Duration::from_secs(60);
/// Between two keep-alive probes while we wait for an answer.
const PROBE: Duration = Duration::from_secs(15);

/// Why a request failed, as far as the schedule cares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HttpFailure {
    /// What the person is told.
    pub problem: Problem,
    /// The server named a wait, milliseconds.
    pub retry_after: Option<i64>,
}

impl HttpFailure {
    fn of(code: &str) -> Self {
        Self {
            problem: Problem::new(code),
            retry_after: None,
        }
    }
}

/// A server behind a pinned key.
pub(crate) struct Server {
    address: String,
    client: reqwest::blocking::Client,
}

impl Server {
    /// A client for one server. Plain HTTP is accepted on loopback only, for the benchmark that counts
    /// bytes outside TLS.
    pub fn new(address: &str, pin: Hash32) -> Result<Self, Problem> {
        let address = address.trim_end_matches('/').to_owned();
        let builder = reqwest::blocking::Client::builder()
            .connect_timeout(CONNECT)
            .timeout(None)
            .pool_idle_timeout(Duration::from_secs(90))
            .tcp_nodelay(true)
            .tcp_keepalive(PROBE)
            .tcp_keepalive_interval(PROBE)
            .tcp_keepalive_retries(3)
            .no_proxy();
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        let builder = builder.tcp_user_timeout(STILL);
        let builder = builder.tls_backend_preconfigured(tls(pin)?);
        let builder = if is_plain_loopback(&address) {
            builder
        } else if address.starts_with("https://") {
            builder.https_only(true)
        } else {
            return Err(Problem::new("server_unreachable").with("server", &address));
        };
        let client = builder
            .build()
            .map_err(|error| crate::problems::internal(&error))?;
        Ok(Self { address, client })
    }

    /// `POST /v1/enrol`.
    pub fn enrol(&self, request: &EnrolmentRequest) -> Result<Enrolled, HttpFailure> {
        let body = serde_json::to_vec(request).map_err(|_| HttpFailure::of("internal"))?;
        let answer = self.post("/v1/enrol", "application/json", body, &mut |_, _| {})?;
        serde_json::from_slice(&answer).map_err(|_| HttpFailure::of("server_nonsense"))
    }

    /// `POST /v1/exchange`; `progress` hears of bytes received and their total, when known.
    pub fn exchange(
        &self,
        body: Vec<u8>,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Vec<u8>, HttpFailure> {
        self.post("/v1/exchange", "application/octet-stream", body, progress)
    }

    fn post(
        &self,
        path: &str,
        content_type: &str,
        body: Vec<u8>,
        progress: &mut dyn FnMut(u64, Option<u64>),
    ) -> Result<Vec<u8>, HttpFailure> {
        let response = self
            .client
            .post(format!("{}{path}", self.address))
            .header("content-type", content_type)
            .body(body)
            .send()
            .map_err(|error| self.failure(&error))?;
        let status = response.status().as_u16();
        let retry_after = response
            .headers()
            .get("retry-after")
            .and_then(|value| value.to_str().ok()?.parse::<i64>().ok())
            .map(|seconds| seconds.clamp(1, 3_600) * 1_000);
        let total = response.content_length();
        let bytes = read_body(response, total, progress).map_err(|()| self.unreachable())?;
        if status == 200 {
            return Ok(bytes);
        }
        let code = serde_json::from_slice::<ServerProblem>(&bytes).map(|problem| problem.code);
        let problem = match (status, code) {
            (429 | 503, _) => Problem::new("server_busy"),
            (413, _) => Problem::new("body_too_large"),
            (_, Ok(code)) => problem_of(&code),
            (_, Err(_)) => Problem::new("server_nonsense").with("status", status),
        };
        Err(HttpFailure { problem, retry_after })
    }

    fn failure(&self, error: &reqwest::Error) -> HttpFailure {
        let mut cause: Option<&dyn std::error::Error> = Some(error);
        while let Some(current) = cause {
            if let Some(rustls::Error::InvalidCertificate(_)) = current.downcast_ref::<rustls::Error>() {
                return HttpFailure::of("server_wrong_key");
            }
            // The TLS library reports its errors inside those of the connection.
            if let Some(io) = current.downcast_ref::<std::io::Error>() {
                let inner = io
                    .get_ref()
                    .and_then(|inner| inner.downcast_ref::<rustls::Error>());
                if let Some(rustls::Error::InvalidCertificate(_)) = inner {
                    return HttpFailure::of("server_wrong_key");
                }
            }
            cause = current.source();
        }
        tracing::debug!(error.message = %error, "no connection");
        self.unreachable()
    }

    fn unreachable(&self) -> HttpFailure {
        let problem = Problem::new("server_unreachable").with("server", &self.address);
        HttpFailure {
            problem,
            retry_after: None,
        }
    }
}

fn problem_of(code: &str) -> Problem {
    match code {
        "invitation_unknown" | "invitation_used" | "invitation_expired" | "not_enrolled" => {
            Problem::new(code)
        }
        "province_unknown" => Problem::new("invitation_other_province"),
        _ => Problem::new("server_refused").with("reason", code),
    }
}

fn read_body(
    mut response: reqwest::blocking::Response,
    total: Option<u64>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Vec<u8>, ()> {
    let mut bytes = Vec::new();
    let mut chunk = vec![0u8; 16 * 1024];
    loop {
        let read = response.read(&mut chunk).map_err(|_| ())?;
        if read == 0 {
            return Ok(bytes);
        }
        bytes.extend_from_slice(&chunk[..read]);
        if bytes.len() > MAX_BODY {
            return Err(());
        }
        progress(bytes.len() as u64, total);
    }
}

/// `http://127.0.0.1…` or `http://localhost…`.
fn is_plain_loopback(address: &str) -> bool {
    let Some(host) = address.strip_prefix("http://") else {
        return false;
    };
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host == "localhost"
        || host
            .parse::<std::net::Ipv4Addr>()
            .is_ok_and(|ip| ip.is_loopback())
}

fn tls(pin: Hash32) -> Result<ClientConfig, Problem> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = Arc::new(PinnedKey {
        pin,
        provider: provider.clone(),
    });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| crate::problems::internal(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(config)
}

/// Accepts exactly one key, whatever names and dates its certificate carries.
#[derive(Debug)]
struct PinnedKey {
    pin: Hash32,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(is_plain_loopback("http://127.0.0.1:80/x"));
        assert!(is_plain_loopback("http://localhost:80"));
        assert!(!is_plain_loopback("http://127.0.0.1.example.org"));
        assert!(!is_plain_loopback("http://10.0.0.1"));
        assert!(Server::new("http://10.0.0.1", Hash32::ZERO).is_err());
        assert!(Server::new("ftp://127.0.0.1", Hash32::ZERO).is_err());
    }
}
