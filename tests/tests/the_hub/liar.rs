//! A hub whose program says what it wants, behind the key that its invitation names.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

use cotmoc_core::exchange::{Answer, HubInvitation, Request, shrink, unshrink, write_part};
use cotmoc_sync_server::pin_of_certificate;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Answers every exchange as `say` wishes, until the test ends. `hub` is the invitation of an honest hub of the same
/// keeper; the answer is the liar's.
pub fn lying_in_place_of(
    hub: &HubInvitation,
    say: impl Fn(&Request) -> Answer + Send + 'static,
) -> HubInvitation {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    let pair = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate: CertificateDer<'static> = params.self_signed(&pair).unwrap().der().clone();
    let pin = pin_of_certificate(&certificate).unwrap();
    let key = PrivateKeyDer::try_from(pair.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A guest that goes away is no matter of the test.
            let _ = answer(stream, &config, &say);
        }
    });
    HubInvitation {
        addresses: vec![address],
        tls_pin: pin,
        ..hub.clone()
    }
}

fn answer(
    stream: TcpStream,
    config: &Arc<ServerConfig>,
    say: &impl Fn(&Request) -> Answer,
) -> std::io::Result<()> {
    let connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    let mut stream = StreamOwned::new(connection, stream);
    let (head, body) = request(&mut stream)?;
    let said = if head.starts_with("post /v1/exchange") {
        let request = Request::read(&unshrink(&body).unwrap()).unwrap();
        write_part(&shrink(&say(&request).write()), request.begun.as_ref())
    } else {
        b"{}".to_vec()
    };
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        said.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(&said)?;
    stream.flush()?;
    stream.conn.send_close_notify();
    stream.flush()
}

/// The head in lower case, and the body.
fn request(stream: &mut impl Read) -> std::io::Result<(String, Vec<u8>)> {
    let mut heard = Vec::new();
    let mut chunk = [0u8; 8_192];
    loop {
        let read = stream.read(&mut chunk)?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        heard.extend_from_slice(&chunk[..read]);
        let Some(end) = heard.windows(4).position(|window| window == b"\r\n\r\n") else {
            continue;
        };
        let head = String::from_utf8_lossy(&heard[..end]).to_lowercase();
        let length: usize = head
            .split("content-length: ")
            .nth(1)
            .and_then(|rest| rest.split("\r\n").next()?.parse().ok())
            .unwrap_or(0);
        if heard.len() >= end + 4 + length {
            return Ok((head, heard[end + 4..].to_vec()));
        }
    }
}
