//! How a server is started.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use cotmoc_ledger::GauntletProgram;
use zeroize::Zeroizing;

use crate::error::ServerError;
use crate::limits::Limits;

/// How devices reach the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// TLS with a certificate of the server's own, made at the first start and kept in the encrypted database.
    OwnCertificate,
    /// TLS with a certificate and key from PEM files. Devices pin the key: renew with the same one.
    Certificate {
        /// Certificate chain, leaf first.
        chain: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// A proxy on this machine ends TLS and forwards plain HTTP over loopback. Devices pin the proxy's key,
    /// so its certificate has to be named; the peer's address is taken from the last `X-Forwarded-For`.
    BehindProxy {
        /// The proxy's certificate chain, leaf first; its private key stays with the proxy.
        chain: PathBuf,
    },
    /// Plain HTTP on loopback, for measuring only.
    PlainForBenchmark,
}

/// Everything a server needs to start.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The server's folder; made when it is new.
    pub home: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How devices address the server, `https://host:port`; absent: the address it listens on.
    pub public_url: Option<String>,
    /// How devices reach it.
    pub transport: Transport,
    /// The checking process for foreign changes.
    pub gauntlet: GauntletProgram,
    /// Opens the folder's key when it is wrapped, and wraps a new one.
    pub passphrase: Option<Zeroizing<String>>,
    /// Caps.
    pub limits: Limits,
}

impl Settings {
    /// A server with a certificate of its own on a free loopback port.
    pub fn new(home: impl Into<PathBuf>, gauntlet: GauntletProgram) -> Self {
        Self {
            home: home.into(),
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            transport: Transport::OwnCertificate,
            gauntlet,
            passphrase: None,
            limits: Limits::default(),
        }
    }

    /// Refuses what would put plain HTTP on a network, before anything is opened.
    ///
    /// # Errors
    /// [`ServerError::PlainBeyondLoopback`].
    pub(crate) fn check(&self) -> Result<(), ServerError> {
        let plain = matches!(
            self.transport,
            Transport::PlainForBenchmark | Transport::BehindProxy { .. }
        );
        if plain && !self.listen.ip().is_loopback() {
            return Err(ServerError::PlainBeyondLoopback);
        }
        Ok(())
    }

    /// What invitations say, once the port is known.
    ///
    /// # Errors
    /// When no address can be named, or the one given does not fit the transport.
    pub(crate) fn url_for(&self, listening: SocketAddr) -> Result<String, ServerError> {
        let scheme = if self.transport == Transport::PlainForBenchmark {
            "http://"
        } else {
            "https://"
        };
        let named = match &self.public_url {
            Some(url) => url.trim().trim_end_matches('/').to_owned(),
            None if matches!(self.transport, Transport::BehindProxy { .. })
                || listening.ip().is_unspecified() =>
            {
                return Err(ServerError::PublicUrlNeeded);
            }
            None => format!("{scheme}{listening}"),
        };
        let host = named
            .strip_prefix(scheme)
            .filter(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@', ' ']));
        if host.is_none() || named.len() > 500 {
            return Err(ServerError::PublicUrl(scheme));
        }
        Ok(named)
    }

    /// Names for a certificate of the server's own: devices check the key alone, others like to see them.
    pub(crate) fn certificate_names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned()];
        let host = self
            .public_url
            .as_deref()
            .and_then(|url| url.split_once("://"))
            .map(|(_, rest)| rest);
        let host = host
            .map(|rest| rest.trim_end_matches('/'))
            .map(|rest| match rest.rsplit_once(':') {
                Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
                _ => rest,
            });
        names.extend(host.map(|host| host.trim_matches(['[', ']']).to_owned()));
        if !self.listen.ip().is_unspecified() {
            names.push(self.listen.ip().to_string());
        }
        names.push(IpAddr::from([127, 0, 0, 1]).to_string());
        names.sort();
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings() -> Settings {
        Settings::new(
            "unused",
            GauntletProgram {
                executable: "unused".into(),
            },
        )
    }

    #[test]
    fn plain_http_is_refused_on_an_address_that_others_can_reach() {
        for transport in [
            Transport::PlainForBenchmark,
            Transport::BehindProxy {
                chain: "c.pem".into(),
            },
        ] {
            let mut settings = Settings {
                transport,
                ..settings()
            };
            assert!(settings.check().is_ok());
            for open in ["0.0.0.0:80", "192.168.1.2:80", "[::]:80"] {
                settings.listen = open.parse().unwrap();
                assert!(
                    matches!(settings.check(), Err(ServerError::PlainBeyondLoopback)),
                    "{open}"
                );
            }
        }
    }

    #[test]
    fn an_invitation_never_names_an_address_that_leads_nowhere() {
        let everywhere: SocketAddr = "0.0.0.0:8443".parse().unwrap();
        assert!(matches!(
            settings().url_for(everywhere),
            Err(ServerError::PublicUrlNeeded)
        ));
        let loopback: SocketAddr = "127.0.0.1:8443".parse().unwrap();
        assert_eq!(settings().url_for(loopback).unwrap(), "https://127.0.0.1:8443");
        for wrong in ["http://x", "https://", "x:8443", "https://x/path", "https://me@x"] {
            let settings = Settings {
                public_url: Some(wrong.to_owned()),
                ..settings()
            };
            assert!(
                matches!(
                    settings.url_for(loopback),
                    Err(ServerError::PublicUrl("https://"))
                ),
                "{wrong}"
            );
        }
        let settings = Settings {
            public_url: Some("https://danvan.example:8443/".to_owned()),
            ..settings()
        };
        assert_eq!(
            settings.url_for(everywhere).unwrap(),
            "https://danvan.example:8443"
        );
    }

    #[test]
    fn the_own_certificate_names_the_host_of_the_public_url() {
        for (url, host) in [
            ("https://a.example:1", "a.example"),
            ("https://b.example", "b.example"),
            ("https://[::1]:1", "::1"),
        ] {
            let settings = Settings {
                public_url: Some(url.to_owned()),
                ..settings()
            };
            assert!(settings.certificate_names().contains(&host.to_owned()), "{url}");
        }
    }
}
