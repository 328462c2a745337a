//! Bundles as another program would write them, right or wrong, from the layout and not from our writer.

use std::io::Write;

use cotmoc_core::codec::Writer;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, SigningKey};

/// Bytes made from the header's hash.
type StreamOf = dyn Fn(&Hash32) -> Vec<u8>;

/// Everything that a sender of bad will can choose and still sign.
pub struct Craft {
    pub sender: SigningKey,
    pub version: u8,
    /// Instead of the right one.
    pub header_length: Option<u32>,
    pub header: Vec<u8>,
    /// What stands where the encrypted stream should, made from the header's hash.
    pub stream: Box<StreamOf>,
    pub last_flag: u8,
    /// In the trailer, instead of the right one.
    pub hash: Option<Hash32>,
}

impl Craft {
    /// A right one of this stream, to these recipients.
    pub fn new(sender: SigningKey, recipients: &[DeviceKey], plain: Vec<u8>) -> Self {
        let header = header(&sender, 1, recipients);
        let to = recipients.to_vec();
        Self {
            sender,
            version: 1,
            header_length: None,
            header,
            stream: Box::new(move |hash| sealed(&to, &[&hash.0[..], &plain].concat())),
            last_flag: 1,
            hash: None,
        }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let length = self.header_length.unwrap_or(self.header.len() as u32);
        let mut file = [
            &b"\x89CMGOI\r\n"[..],
            &[self.version],
            &length.to_le_bytes(),
            &self.header,
        ]
        .concat();
        let header_hash = Hash32::of("cotmoc 2026-11 bundle header", &file);
        let signature = self.sender.sign(b"cotmoc/bundle-header/v1", &header_hash.0);
        file.extend_from_slice(&signature.0);
        file.extend((self.stream)(&header_hash));
        let right = Hash32::of("cotmoc 2026-11 bundle part", &file);
        let hash = self.hash.unwrap_or(right);
        let message = [&header_hash.0[..], &[self.last_flag], &hash.0].concat();
        let signature = self.sender.sign(b"cotmoc/bundle-trailer/v1", &message);
        file.push(self.last_flag);
        file.extend_from_slice(&hash.0);
        file.extend_from_slice(&signature.0);
        file
    }
}

/// A header without extensions.
pub fn header(sender: &SigningKey, number: u64, recipients: &[DeviceKey]) -> Vec<u8> {
    let mut writer = Writer::new();
    writer
        .put(&[0xb1; 16])
        .put(&[0x84; 16])
        .put(&sender.device().0)
        .u64(7)
        .u64(1_764_000_000_000)
        .varint(number)
        .varint(recipients.len() as u64);
    for recipient in recipients {
        writer.put(&recipient.0);
    }
    writer.finish()
}

/// An age stream to these keys.
pub fn sealed(recipients: &[DeviceKey], plain: &[u8]) -> Vec<u8> {
    let recipients: Vec<age::x25519::Recipient> = recipients
        .iter()
        .map(|key| {
            let point = ed25519_dalek::VerifyingKey::from_bytes(&key.0)
                .unwrap()
                .to_montgomery();
            let hrp = bech32::Hrp::parse("age").unwrap();
            let written = bech32::encode::<bech32::Bech32>(hrp, point.as_bytes()).unwrap();
            written.parse().unwrap()
        })
        .collect();
    let recipients = recipients
        .iter()
        .map(|recipient| recipient as &dyn age::Recipient);
    let mut stream = age::Encryptor::with_recipients(recipients)
        .unwrap()
        .wrap_output(Vec::new())
        .unwrap();
    stream.write_all(plain).unwrap();
    stream.finish().unwrap()
}

/// A frame's kind and length, and bytes that need not be as many.
pub fn frame(kind: u8, length: u32, bytes: &[u8]) -> Vec<u8> {
    [&[kind][..], &length.to_le_bytes(), bytes].concat()
}

/// The end frame.
pub fn end(frames: u64) -> Vec<u8> {
    frame(0, 8, &frames.to_le_bytes())
}
