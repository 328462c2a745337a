//! Survey campaigns and their delegations.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Campaigns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignList {
    /// Newest year first.
    pub campaigns: Vec<CampaignRow>,
}

/// A survey campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CampaignRow {
    /// Record id.
    pub id: String,
    /// Year.
    pub year: i32,
    /// Title.
    pub title: String,
    /// Basis documents, as written.
    pub basis: String,
    /// Pinned criteria set version (record id).
    pub criteria: String,
    /// Its title.
    pub criteria_title: String,
    /// Delegations by number.
    pub delegations: Vec<DelegationRow>,
}

/// A numbered delegation of a campaign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelegationRow {
    /// Id.
    pub id: String,
    /// Number.
    pub number: u32,
    /// Units it surveys.
    pub units: Vec<DelegationUnit>,
    /// The province has confirmed the delegation; until then its rights are not in force.
    pub in_force: bool,
    /// Devices that have joined it.
    pub devices: u32,
}

/// A unit of a delegation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DelegationUnit {
    /// Id.
    pub id: String,
    /// Name.
    pub name: String,
}

/// Creates a campaign (compilers).
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct CreateCampaign {
    /// Year.
    pub year: i32,
    /// Title.
    pub title: String,
    /// Basis documents, as written.
    #[serde(default)]
    pub basis: String,
    /// Criteria set version (record id) that every score sheet of the campaign pins.
    pub criteria: String,
    /// The user has seen the personal-data warning for exactly these contents and keeps them.
    #[serde(default)]
    pub personal_data_checked: bool,
}

/// Adds a delegation, or sets the units of one (compilers). Its rights follow after the next exchange.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct SetDelegation {
    /// Campaign.
    pub campaign: String,
    /// Existing delegation; absent adds one.
    pub delegation: Option<String>,
    /// Number, from 1.
    pub number: u32,
    /// Units it surveys.
    pub units: Vec<String>,
}
