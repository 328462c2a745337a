//! Joining a province with a one-time invitation, and the devices that have joined.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::session::RoleName;

/// An invitation as text (what the QR code carries).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct InvitationText {
    /// The whole text, `cotmoc1:…`.
    pub invitation: String,
}

/// What an invitation says, before it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationView {
    /// Server address.
    pub server: String,
    /// Fingerprint of the province's key, in groups people can compare.
    pub fingerprint: String,
    /// Province.
    pub province_name: String,
    /// Role that will be granted.
    pub role: RoleName,
    /// Unit, delegation or province that will be granted: its name, or its number for a delegation.
    pub holder_name: String,
    /// Assessor slot, for delegation roles.
    pub slot: Option<u32>,
    /// End of validity by the server's clock.
    pub expires_at: i64,
}

/// Uses an invitation on this device.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Enrol {
    /// The whole text.
    pub invitation: String,
    /// How this device is called, for example "Máy tính trực ban".
    pub label: String,
}

/// Makes an invitation (administrators and compilers).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Invite {
    /// Role to grant.
    pub role: RoleName,
    /// The unit, for a post.
    pub unit: Option<String>,
    /// The delegation, for head, secretary and member.
    pub delegation: Option<String>,
    /// Assessor slot, for delegation roles; from 1.
    pub slot: Option<u32>,
    /// Days until it expires, 1 to 60.
    pub valid_days: u32,
}

/// A fresh invitation, to be handed over by QR or text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InvitationMade {
    /// The text, `cotmoc1:…`.
    pub invitation: String,
    /// The same as a QR code, an SVG image.
    pub qr_svg: String,
    /// What it says.
    pub view: InvitationView,
    /// It works only after this device's next exchange has brought it to the province.
    pub needs_exchange: bool,
}

/// The devices of the province (administrators and compilers).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceList {
    /// In order of enrolment.
    pub devices: Vec<DeviceRow>,
}

/// One enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceRow {
    /// Its public key, hexadecimal.
    pub device: String,
    /// Label given at enrolment.
    pub label: String,
    /// Role by grant.
    pub role: RoleName,
    /// Unit, delegation or province it works for: its name, or its number for a delegation.
    pub holder_name: String,
    /// Assessor slot, for delegation roles.
    pub slot: Option<u32>,
    /// Claimed time of the grant.
    pub granted_at: i64,
    /// Set when the province has revoked it.
    pub revoked: bool,
    /// A revocation is on its way but has not reached the province.
    pub revocation_pending: bool,
    /// This device.
    pub is_this: bool,
}

/// Revokes a lost device.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct Revoke {
    /// Its public key, hexadecimal.
    pub device: String,
    /// Why, in words.
    pub reason: String,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}
