//! Who may come in: this machine's browser, from this page, with the secret of this start.
//!
//! Another page open in the same browser must not reach the device (cross-site requests, DNS names
//! rebound to loopback), nor another user of the machine who does not know the secret.

use std::net::SocketAddr;

use anyhow::{Result, anyhow};
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cotmoc_device::contract::Problem;

use super::{Served, ended};

/// The secrets of one start.
pub(crate) struct Guard {
    listen: SocketAddr,
    /// In the printed address; exchanged for the cookie.
    key: String,
    /// What the cookie carries.
    session: String,
}

impl Guard {
    /// Fresh secrets for an address.
    pub fn new(listen: SocketAddr) -> Result<Self> {
        Ok(Self {
            listen,
            key: secret()?,
            session: secret()?,
        })
    }

    /// The address that opens the door.
    pub fn address(&self) -> String {
        format!("http://{}/?key={}", self.listen, self.key)
    }

    /// The cookie's name carries the port: cookies are shared between the ports of a host.
    fn cookie(&self) -> String {
        format!("cotmoc_{}", self.listen.port())
    }

    fn has_session(&self, headers: &HeaderMap) -> bool {
        let wanted = format!("{}={}", self.cookie(), self.session);
        let cookies = headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        cookies
            .flat_map(|value| value.split("; "))
            .any(|pair| same(pair.as_bytes(), wanted.as_bytes()))
    }

    fn is_own_host(&self, headers: &HeaderMap) -> bool {
        let host = headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let port = self.listen.port();
        host == self.listen.to_string() || host == format!("localhost:{port}")
    }

    /// A request that carries an origin must carry ours; one that can change something must carry one.
    fn is_own_origin(&self, method: &Method, headers: &HeaderMap) -> bool {
        let host = headers
            .get(header::HOST)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match headers
            .get(header::ORIGIN)
            .map(|value| value.to_str().unwrap_or_default())
        {
            Some(origin) => origin == format!("http://{host}"),
            None => *method == Method::GET || *method == Method::HEAD,
        }
    }
}

/// Checks every request, page or call.
pub(crate) async fn check(State(served): State<Served>, request: Request<Body>, next: Next) -> Response {
    let guard = &served.guard;
    let headers = request.headers();
    if !guard.is_own_host(headers) || !guard.is_own_origin(request.method(), headers) {
        return refuse(StatusCode::FORBIDDEN, "foreign_origin");
    }
    if let Some(key) = request.uri().query().and_then(key_of) {
        if !same(key.as_bytes(), guard.key.as_bytes()) {
            return session_ended(&request);
        }
        let cookie = format!(
            "{}={}; Path=/; HttpOnly; SameSite=Strict",
            guard.cookie(),
            guard.session
        );
        return ([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response();
    }
    if !guard.has_session(headers) {
        return session_ended(&request);
    }
    next.run(request).await
}

fn key_of(query: &str) -> Option<&str> {
    query.split('&').find_map(|pair| pair.strip_prefix("key="))
}

/// Compares without telling by its duration how much was right.
fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

fn refuse(status: StatusCode, code: &str) -> Response {
    (status, Json(Problem::new(code))).into_response()
}

/// A person who opens an address of an earlier start gets a page; the screens and programs get the code.
fn session_ended(request: &Request<Body>) -> Response {
    let accepted = request.headers().get_all(header::ACCEPT).iter();
    let wants_page = accepted
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.contains("text/html"));
    if wants_page && !request.uri().path().starts_with("/api/") {
        return ended::page();
    }
    refuse(StatusCode::UNAUTHORIZED, ended::CODE)
}

fn secret() -> Result<String> {
    let mut bytes = [0u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random bytes: {error}"))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
