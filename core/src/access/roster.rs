//! The roster of a province: who is enrolled, as what, for which unit or delegation.
//!
//! It is folded from one log only, the province authority's own, in the order of that log; so every
//! device arrives at the same roster without comparing clocks. Devices of administrators and compilers
//! *ask* by writing the same acts into their own roster log; an act takes effect when the authority has
//! entered it in its log, naming the entry that asked (ADR 0003).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::codec::Reader;
use crate::id::{DelegationId, Hash32, ProvinceId};
use crate::journal::{DeviceKey, Incarnation, LogId, SCOPE_BYTES, Scope};
use crate::org::UnitId;

/// What a device's grant lets it do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A unit that registers models: a border post, a command, a district.
    Post,
    /// Member of a survey delegation.
    Member,
    /// Secretary of a survey delegation.
    Secretary,
    /// Head of a survey delegation.
    Head,
    /// Provincial compiler.
    Compiler,
    /// Administrator of the province.
    Administrator,
}

/// For whom a device works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holder {
    /// A unit (posts).
    Unit(UnitId),
    /// A delegation, in one assessor slot counted from 1.
    Delegation(DelegationId, u32),
    /// The province (compilers and administrators).
    Province,
}

/// Where a revoked device's log ends: later entries wait for review.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Incarnation of the log.
    pub incarnation: Incarnation,
    /// Scope of the log, hexadecimal of its encoding.
    pub scope: String,
    /// Last entry that counts.
    pub seq: u64,
    /// Its hash.
    pub hash: Hash32,
}

impl Cut {
    /// The cut of a log at an entry.
    pub fn of(log: &LogId, seq: u64, hash: Hash32) -> Self {
        let scope = log
            .scope
            .encode()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Self {
            incarnation: log.incarnation,
            scope,
            seq,
            hash,
        }
    }

    fn is_of(&self, log: &LogId) -> bool {
        *self == Self::of(log, self.seq, self.hash)
    }
}

/// A log as an act names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogName {
    /// Who writes it.
    pub device: DeviceKey,
    /// Incarnation of the log.
    pub incarnation: Incarnation,
    /// Scope of the log, hexadecimal of its encoding.
    pub scope: String,
}

impl LogName {
    /// The name of a log.
    pub fn of(log: &LogId) -> Self {
        let name = Cut::of(log, 0, Hash32::ZERO);
        Self {
            device: log.device,
            incarnation: name.incarnation,
            scope: name.scope,
        }
    }

    /// The log, unless its scope cannot be read.
    pub fn log(&self) -> Option<LogId> {
        let digit = |at: usize| u8::from_str_radix(self.scope.get(at..at + 2)?, 16).ok();
        if self.scope.len() != 2 * SCOPE_BYTES || !self.scope.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let bytes: Option<Vec<u8>> = (0..SCOPE_BYTES).map(|at| digit(2 * at)).collect();
        Some(LogId {
            device: self.device,
            incarnation: self.incarnation,
            scope: Scope::decode(&mut Reader::new(&bytes?)).ok()?,
        })
    }
}

/// A branch of a forked log as the roster tells of it: nothing of what is written in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundBranch {
    /// Hash of its entry at the fork.
    pub hash: Hash32,
    /// Entries known of it.
    pub entries: u64,
    /// Earliest and latest time that they claim, milliseconds.
    pub claimed: Option<(i64, i64)>,
}

/// One act of the roster, as JSON in an entry's payload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum RosterAct {
    /// The province exists. First act of the authority's log.
    Founded {
        /// The province.
        province: ProvinceId,
        /// Its name.
        name: String,
        /// The unit at the root of its tree.
        root_unit: UnitId,
    },
    /// A one-time invitation; the code itself is never in the roster.
    Invited {
        /// Hash of the code, see [`invitation_hash`].
        invitation: Hash32,
        /// Role to grant.
        role: Role,
        /// For whom.
        holder: Holder,
        /// Name of the holder as the invitation shows it.
        holder_name: String,
        /// End of validity, milliseconds by the server's clock.
        expires_at: i64,
        /// Entry that asked for it; absent for the first administrator.
        asked: Option<Hash32>,
    },
    /// A device used an invitation.
    Granted {
        /// The device.
        device: DeviceKey,
        /// How the device is called.
        label: String,
        /// The invitation it used.
        invitation: Hash32,
    },
    /// A device is no longer trusted beyond the named positions.
    Revoked {
        /// The device.
        device: DeviceKey,
        /// Why.
        reason: String,
        /// Where its logs end; written by the authority, empty in a request.
        cuts: Vec<Cut>,
        /// Entry that asked for it.
        asked: Option<Hash32>,
    },
    /// A delegation and the units assigned to it.
    DelegationSet {
        /// The delegation.
        delegation: DelegationId,
        /// Its campaign, by record id.
        campaign: uuid::Uuid,
        /// Its number within the campaign.
        number: u32,
        /// Its units, all of them.
        units: BTreeSet<UnitId>,
        /// Entry that asked for it.
        asked: Option<Hash32>,
    },
    /// The authority holds the proof that different entries stand at one place of a log. It tells everybody, also
    /// those who do not receive the log and are to choose; the proof itself goes to whoever receives the log.
    ForkFound {
        /// The log.
        log: LogName,
        /// The place.
        seq: u64,
        /// The branches that the authority knew then.
        branches: Vec<FoundBranch>,
    },
    /// Of the different entries at one place of a log, the named one counts, with what follows it.
    ForkSettled {
        /// The log.
        log: LogName,
        /// The place.
        seq: u64,
        /// Hash of the entry that counts.
        keep: Hash32,
        /// Entry that asked for it.
        asked: Option<Hash32>,
    },
}

impl RosterAct {
    /// Bytes of the payload.
    pub fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Reads a payload.
    pub fn decode(payload: &[u8]) -> Option<Self> {
        serde_json::from_slice(payload).ok()
    }

    /// A payload that cannot be read and yet names an act: one of a newer program, or with a role or holder
    /// that this program does not know.
    pub fn is_newer(payload: &[u8]) -> bool {
        #[derive(Deserialize)]
        struct Named {
            #[serde(rename = "act")]
            _act: String,
        }
        Self::decode(payload).is_none() && serde_json::from_slice::<Named>(payload).is_ok()
    }

    /// The act as the authority enters it on behalf of the entry `request`.
    #[must_use]
    pub fn answering(mut self, request: Hash32) -> Self {
        match &mut self {
            Self::Invited { asked, .. }
            | Self::Revoked { asked, .. }
            | Self::DelegationSet { asked, .. }
            | Self::ForkSettled { asked, .. } => {
                *asked = Some(request);
            }
            Self::Founded { .. } | Self::Granted { .. } | Self::ForkFound { .. } => {}
        }
        self
    }
}

/// What an invitation's code hashes to.
pub fn invitation_hash(code: &[u8; 16]) -> Hash32 {
    Hash32::of("cotmoc 2026-11 invitation code", code)
}

/// An invitation as the roster knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationRecord {
    /// Role to grant.
    pub role: Role,
    /// For whom.
    pub holder: Holder,
    /// Name of the holder.
    pub holder_name: String,
    /// End of validity by the server's clock, milliseconds.
    pub expires_at: i64,
    /// A device has used it.
    pub used: bool,
    /// Entry that asked for it; absent for the first administrator's.
    pub asked: Option<Hash32>,
}

/// A device's grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Role.
    pub role: Role,
    /// For whom.
    pub holder: Holder,
    /// Name of the holder as the invitation showed it.
    pub holder_name: String,
    /// How the device is called.
    pub label: String,
    /// Claimed time of the grant by the authority, milliseconds.
    pub granted_at: i64,
    /// Set by revocation: where its logs end.
    pub cuts: Option<Vec<Cut>>,
}

/// Standing of a log's entry under revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Counts.
    Good,
    /// Beyond the cut of a revocation.
    BeyondCut,
}

impl Grant {
    /// Whether the entry `seq` of `log` counts.
    pub fn standing(&self, log: &LogId, seq: u64) -> Standing {
        match &self.cuts {
            None => Standing::Good,
            Some(cuts) if cuts.iter().any(|cut| cut.is_of(log) && seq <= cut.seq) => Standing::Good,
            Some(_) => Standing::BeyondCut,
        }
    }
}

/// A delegation as rights see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DelegationRoster {
    /// Its campaign.
    pub campaign: uuid::Uuid,
    /// Its number.
    pub number: u32,
    /// Its units.
    pub units: BTreeSet<UnitId>,
}

/// A roster act that cannot follow the acts before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// The province was founded before, or is not founded yet.
    #[error("the province is founded exactly once, first")]
    Founding,
    /// The invitation is unknown.
    #[error("unknown invitation")]
    UnknownInvitation,
    /// The invitation was used before.
    #[error("invitation already used")]
    UsedInvitation,
    /// The device has a grant already.
    #[error("device already enrolled")]
    AlreadyEnrolled,
    /// The device has no grant.
    #[error("unknown device")]
    UnknownDevice,
    /// The log cannot be one of this province.
    #[error("no log of this province")]
    UnknownLog,
}

/// The folded roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roster {
    /// The province.
    pub province: ProvinceId,
    /// Key of its authority; only its log makes the roster.
    pub authority: DeviceKey,
    /// Name of the province; empty before founding.
    pub name: String,
    /// Unit at the root of its tree; absent before founding.
    pub root_unit: Option<UnitId>,
    /// Invitations by the hash of their code.
    pub invitations: BTreeMap<Hash32, InvitationRecord>,
    /// Grants by device, in force or revoked.
    pub grants: BTreeMap<DeviceKey, Grant>,
    /// Delegations.
    pub delegations: BTreeMap<DelegationId, DelegationRoster>,
    /// Units that were ever assigned to a delegation. What it wrote about a unit that was taken from it
    /// later still counts, on a device that comes new as on one that was there.
    pub ever_assigned: BTreeMap<DelegationId, BTreeSet<UnitId>>,
    /// Places of forked logs with the branches that were known when the authority told of them.
    pub found_forks: BTreeMap<LogId, BTreeMap<u64, Vec<FoundBranch>>>,
    /// Places of forked logs with the hash of the entry that counts there.
    pub settled_forks: BTreeMap<LogId, BTreeMap<u64, Hash32>>,
    /// Requests that have been answered.
    pub answered: BTreeSet<Hash32>,
}

impl Roster {
    /// Nothing known but whose word counts.
    pub fn new(province: ProvinceId, authority: DeviceKey) -> Self {
        Self {
            province,
            authority,
            name: String::new(),
            root_unit: None,
            invitations: BTreeMap::new(),
            grants: BTreeMap::new(),
            delegations: BTreeMap::new(),
            ever_assigned: BTreeMap::new(),
            found_forks: BTreeMap::new(),
            settled_forks: BTreeMap::new(),
            answered: BTreeSet::new(),
        }
    }

    /// Scope of its logs.
    pub fn scope(&self) -> Scope {
        Scope::roster(self.province)
    }

    /// Applies the next act of the authority's log. `claimed_at` is the authority's clock.
    ///
    /// # Errors
    /// When the act cannot follow the acts before it; the roster is left as it was.
    pub fn apply(&mut self, act: &RosterAct, claimed_at: i64) -> Result<(), RosterError> {
        match act {
            RosterAct::Founded {
                province,
                name,
                root_unit,
            } => {
                if self.root_unit.is_some() || *province != self.province {
                    return Err(RosterError::Founding);
                }
                self.name.clone_from(name);
                self.root_unit = Some(*root_unit);
            }
            RosterAct::Invited {
                invitation,
                role,
                holder,
                holder_name,
                expires_at,
                asked,
            } => {
                let record = InvitationRecord {
                    role: *role,
                    holder: *holder,
                    holder_name: holder_name.clone(),
                    expires_at: *expires_at,
                    used: false,
                    asked: *asked,
                };
                self.invitations.entry(*invitation).or_insert(record);
                self.answered.extend(asked);
            }
            RosterAct::Granted {
                device,
                label,
                invitation,
            } => {
                if self.grants.contains_key(device) {
                    return Err(RosterError::AlreadyEnrolled);
                }
                let record = self
                    .invitations
                    .get_mut(invitation)
                    .ok_or(RosterError::UnknownInvitation)?;
                if record.used {
                    return Err(RosterError::UsedInvitation);
                }
                record.used = true;
                let grant = Grant {
                    role: record.role,
                    holder: record.holder,
                    holder_name: record.holder_name.clone(),
                    label: label.clone(),
                    granted_at: claimed_at,
                    cuts: None,
                };
                self.grants.insert(*device, grant);
            }
            RosterAct::Revoked {
                device, cuts, asked, ..
            } => {
                let grant = self.grants.get_mut(device).ok_or(RosterError::UnknownDevice)?;
                // A second revocation cannot move a cut: the first one is what others have acted upon.
                grant.cuts.get_or_insert_with(|| cuts.clone());
                self.answered.extend(asked);
            }
            RosterAct::DelegationSet {
                delegation,
                campaign,
                number,
                units,
                asked,
            } => {
                let roster = DelegationRoster {
                    campaign: *campaign,
                    number: *number,
                    units: units.clone(),
                };
                self.delegations.insert(*delegation, roster);
                self.ever_assigned.entry(*delegation).or_default().extend(units);
                self.answered.extend(asked);
            }
            RosterAct::ForkFound { log, seq, branches } => {
                let log = self.log_named(log)?;
                let places = self.found_forks.entry(log).or_default();
                places.entry(*seq).or_insert_with(|| branches.clone());
            }
            RosterAct::ForkSettled {
                log,
                seq,
                keep,
                asked,
            } => {
                let log = self.log_named(log)?;
                // As with revocations the first word stands: others have acted upon it.
                self.settled_forks
                    .entry(log)
                    .or_default()
                    .entry(*seq)
                    .or_insert(*keep);
                self.answered.extend(asked);
            }
        }
        Ok(())
    }

    fn log_named(&self, name: &LogName) -> Result<LogId, RosterError> {
        let log = name.log().filter(|log| log.scope.province == self.province);
        log.ok_or(RosterError::UnknownLog)
    }

    /// Hash of the entry that counts at a place of a log where it forked, once that is settled.
    pub fn settled_fork(&self, log: &LogId, seq: u64) -> Option<Hash32> {
        self.settled_forks.get(log)?.get(&seq).copied()
    }

    /// The grant of a device that was not revoked.
    pub fn active_grant(&self, device: &DeviceKey) -> Option<&Grant> {
        self.grants.get(device).filter(|grant| grant.cuts.is_none())
    }
}
