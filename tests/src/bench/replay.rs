//! A device's own request, made again by nobody's device. What a device does before and after its request takes the
//! processor from the server and the server's data out of its caches, and it does the more the more units it has: so the
//! server is measured without it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use anyhow::{Result, ensure};

/// Most bytes that are kept of a request or of an answer. Those of an exchange without anything new have less than 500.
const MOST: usize = 4 * 1024;

/// A request and its answer, byte for byte as they passed, HTTP included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Passed {
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Passed {
    /// The request goes on.
    pub fn asked(&mut self, bytes: &[u8]) {
        add(&mut self.request, bytes);
    }

    /// The answer goes on.
    pub fn answered(&mut self, bytes: &[u8]) {
        add(&mut self.answer, bytes);
    }

    /// Both are here from the first byte to the last, as far as one can tell.
    pub fn is_whole(&self) -> bool {
        let is_kept = |bytes: &[u8]| !bytes.is_empty() && bytes.len() < MOST;
        is_kept(&self.request) && is_kept(&self.answer)
    }

    /// Makes the request again over a connection of its own, as a device does, and takes the answer.
    ///
    /// # Errors
    /// When the server cannot be reached, or answers otherwise than it answered the device: then it did other work.
    pub fn again(&self, server: SocketAddr) -> Result<()> {
        let mut connection = TcpStream::connect(server)?;
        connection.set_nodelay(true)?;
        connection.write_all(&self.request)?;
        let mut answer = vec![0; self.answer.len()];
        connection.read_exact(&mut answer)?;
        ensure!(
            answer == self.answer,
            "the server answers otherwise than it answered the device"
        );
        Ok(())
    }
}

fn add(kept: &mut Vec<u8>, bytes: &[u8]) {
    let room = MOST - kept.len();
    kept.extend(bytes.iter().take(room));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::net::TcpListener;

    use super::*;
    use crate::bench::counting_proxy::CountingProxy;

    /// Answers each connection's request with the next of these.
    fn answering(answers: Vec<&'static [u8]>) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for answer in answers {
                let (mut connection, _) = listener.accept().unwrap();
                let mut request = [0; 13];
                connection.read_exact(&mut request).unwrap();
                assert_eq!(&request, b"POST /nothing");
                connection.write_all(answer).unwrap();
            }
        });
        address
    }

    fn ask(proxy: &CountingProxy, length: usize) {
        let mut device = TcpStream::connect(proxy.address()).unwrap();
        device.write_all(b"POST /nothing").unwrap();
        device.read_exact(&mut vec![0; length]).unwrap();
    }

    #[test]
    fn a_request_that_passed_is_made_again_byte_for_byte_and_another_answer_is_an_error() {
        let server = answering(vec![b"nothing new", b"nothing new", b"nothing old"]);
        let proxy = CountingProxy::before(server).unwrap();
        assert_eq!(proxy.last(), None);
        ask(&proxy, 11);
        let passed = proxy.last().unwrap();
        passed.again(server).unwrap();
        assert!(passed.again(server).is_err());
    }

    #[test]
    fn what_is_too_long_to_be_kept_is_not_made_again() {
        static LONG: [u8; MOST] = [7; MOST];
        let server = answering(vec![&LONG]);
        let proxy = CountingProxy::before(server).unwrap();
        ask(&proxy, MOST);
        assert_eq!(proxy.last(), None);
    }
}
