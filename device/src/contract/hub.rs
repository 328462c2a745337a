//! The hub on the table: a device that answers its teammates on the local network.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session::RoleName;

/// Opens the hub of this device; an open one goes on and gets the new end.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct OpenHub {
    /// Minutes until it closes by itself, 1 to 480; 60 when absent.
    pub minutes: Option<u32>,
}

/// Whether this device keeps a hub: the answer of `hub.open`, `hub.status` and `hub.close`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HubStatus {
    /// This door can open a hub.
    pub can_open: bool,
    /// The open hub; absent while it is closed.
    pub open: Option<OpenHubView>,
}

/// A hub that is open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OpenHubView {
    /// What teammates paste or scan, `cotmochub1:…`. It is no secret: who has no grant gets nothing with it.
    pub invitation: String,
    /// The same as a QR code, an SVG image.
    pub qr_svg: String,
    /// Where it is reached, `https://host:port`, the likeliest first.
    pub addresses: Vec<String>,
    /// SHA-256 of its TLS key, hexadecimal; the same every time.
    pub tls_pin: String,
    /// Public key of the device that keeps it, hexadecimal.
    pub device: String,
    /// Fingerprint of that key, as people compare it.
    pub fingerprint: String,
    /// The province.
    pub province_name: String,
    /// When it closes by itself, by this device's clock.
    pub until: i64,
    /// Teammates find it again by themselves when they come to this network: it is announced there.
    pub announced: bool,
    /// Who has asked since it was opened, the latest first.
    pub guests: Vec<HubGuest>,
    /// Entries taken in since it was opened that were new here.
    pub taken: u64,
    /// Entries handed out since it was opened.
    pub given: u64,
}

/// A device that asked an open hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HubGuest {
    /// Its public key, hexadecimal.
    pub device: String,
    /// Its label at enrolment.
    pub label: String,
    /// Its role by grant.
    pub role: Option<RoleName>,
    /// Unit, delegation or province it works for.
    pub holder_name: String,
    /// When it asked last, by this device's clock.
    pub last_seen: i64,
    /// Entries it brought that were new here.
    pub taken: u64,
    /// Entries it was handed.
    pub given: u64,
}

/// Joins a teammate's hub: it is kept as a remote, exchanged with when it is found, and named in `remotes.list`.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct JoinHub {
    /// The whole text, `cotmochub1:…`.
    pub text: String,
}
