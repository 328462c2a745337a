//! Joining: `POST /v1/enrol`, JSON, because it happens once per device and a person may have to read it.

use serde::{Deserialize, Serialize};

use crate::id::ProvinceId;
use crate::journal::{DeviceKey, Signature, SigningKey};

const ENROL_CONTEXT: &[u8] = b"cotmoc/enrol/v1";

/// A device asks to be enrolled with an invitation's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnrolmentRequest {
    /// Protocol version.
    pub version: u8,
    /// Province of the invitation.
    pub province: ProvinceId,
    /// The one-time code, hexadecimal.
    pub code: String,
    /// The device's public key.
    pub device: DeviceKey,
    /// The authority whose fingerprint the invitation carries. A server with another one refuses before it
    /// spends the invitation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authority: Option<DeviceKey>,
    /// How the device is called.
    pub label: String,
    /// Signature of the device over province, code and label, hexadecimal: it holds the key.
    pub proof: String,
}

/// Makes and checks the proof of an enrolment request.
pub struct EnrolmentProof;

impl EnrolmentProof {
    fn message(province: ProvinceId, code: &str, label: &str) -> Vec<u8> {
        [
            province.0.as_bytes().as_slice(),
            code.as_bytes(),
            &[0],
            label.as_bytes(),
        ]
        .concat()
    }

    /// The signed request of a device.
    pub fn request(key: &SigningKey, province: ProvinceId, code: &[u8; 16], label: &str) -> EnrolmentRequest {
        let code = hex(code);
        let proof = key.sign(ENROL_CONTEXT, &Self::message(province, &code, label));
        EnrolmentRequest {
            version: super::PROTOCOL_VERSION,
            province,
            device: key.device(),
            authority: None,
            label: label.to_owned(),
            proof: hex(&proof.0),
            code,
        }
    }

    /// The device holds the key it names; returns the code.
    pub fn check(request: &EnrolmentRequest) -> Option<[u8; 16]> {
        let proof: [u8; 64] = unhex(&request.proof)?.try_into().ok()?;
        let message = Self::message(request.province, &request.code, &request.label);
        let valid = request.device.verify(ENROL_CONTEXT, &message, &Signature(proof));
        if valid {
            unhex(&request.code)?.try_into().ok()
        } else {
            None
        }
    }
}

/// The device is enrolled; its grant and everything else comes with its first exchange.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Protocol version.
    pub version: u8,
    /// The province's authority, which must be the one of the invitation.
    pub authority: DeviceKey,
}

/// A server's refusal of a whole request, as JSON; the screens have the words for the code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerProblem {
    /// For example `invitation_used`.
    pub code: String,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}
