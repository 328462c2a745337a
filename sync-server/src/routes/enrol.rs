//! `POST /v1/enrol`: a one-time code becomes a grant.

use std::net::IpAddr;
use std::time::Instant;

use axum::Json;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::HeaderMap;
use cotmoc_core::access::{RosterAct, invitation_hash};
use cotmoc_core::exchange::{Enrolled, EnrolmentProof, EnrolmentRequest, PROTOCOL_VERSION};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::text::nfc;
use cotmoc_ledger::{Author, Write};

use super::Desk;
use crate::accept::Peer;
use crate::answer::Problem;
use crate::attempts::Trier;
use crate::body;
use crate::founding::now;
use crate::state::ServerState;

const LABEL_LETTERS: usize = 100;

/// Reads the request and answers it beside the connections.
pub(crate) async fn enrol(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Enrolled>, Problem> {
    let peer = desk.peer(peer, &headers);
    let state = desk.state;
    if let Some(seconds) = state.attempts.wait(Trier::Peer(peer), Instant::now()) {
        return Err(Problem::TooManyAttempts(seconds));
    }
    let limits = &state.limits;
    let held = body::read(&headers, body, limits.json_body, (limits, &state.gate)).await?;
    let place = state.gate.enter().await?;
    let state = std::sync::Arc::clone(&state);
    Desk::blocking(move || {
        let _place = place;
        let result = answer(&state, &held.bytes);
        match &result {
            Ok(_) => {}
            Err(problem) => {
                if matches!(problem, Problem::InvitationUnknown | Problem::BadSignature) {
                    state.attempts.failed(Trier::Peer(peer), Instant::now());
                }
                log_refusal(*problem, peer);
            }
        }
        result.map(Json)
    })
    .await
}

fn log_refusal(problem: Problem, peer: IpAddr) {
    tracing::warn!(enrol.problem = problem.code(), enrol.peer = %peer, "enrolment refused");
}

pub(crate) fn answer(state: &ServerState, body: &[u8]) -> Result<Enrolled, Problem> {
    let request = read(body)?;
    let author = state
        .authority(request.province)
        .ok_or(Problem::ProvinceUnknown)?;
    if request
        .authority
        .is_some_and(|expected| expected != author.device())
    {
        return Err(Problem::WrongAuthority);
    }
    let code = EnrolmentProof::check(&request).ok_or(Problem::BadSignature)?;
    let label = label_of(&request)?;
    let invitation = invitation_hash(&code);
    // Nobody else may use the invitation between the look at the roster and the act.
    let _turn = state.roster_turn();
    if used_by(state, &request, invitation)? {
        return Ok(enrolled(&author));
    }
    check(state, &request, invitation)?;
    let act = RosterAct::Granted {
        device: request.device,
        label,
        invitation,
    };
    let scope = Scope::roster(request.province);
    state
        .ledger()
        .write(&author, now(), &[Write::Act { scope, act }])?;
    tracing::info!(enrol.device = %request.device.fingerprint(), province.id = %request.province, "device enrolled");
    Ok(enrolled(&author))
}

fn enrolled(author: &Author) -> Enrolled {
    Enrolled {
        version: PROTOCOL_VERSION,
        authority: author.device(),
    }
}

fn read(body: &[u8]) -> Result<EnrolmentRequest, Problem> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u8,
    }
    // A newer request may look different: its version is read by itself.
    let Versioned { version } = serde_json::from_slice(body).map_err(|_| Problem::Malformed)?;
    if version != PROTOCOL_VERSION {
        return Err(Problem::ProtocolVersion);
    }
    serde_json::from_slice(body).map_err(|_| Problem::Malformed)
}

fn label_of(request: &EnrolmentRequest) -> Result<String, Problem> {
    let label = nfc::keep(request.label.trim());
    let letters = label.chars().count();
    let valid = (1..=LABEL_LETTERS).contains(&letters) && !label.chars().any(char::is_control);
    if valid {
        Ok(label)
    } else {
        Err(Problem::LabelInvalid)
    }
}

/// The same device asks again: the first answer may have been lost on the way.
fn used_by(state: &ServerState, request: &EnrolmentRequest, invitation: Hash32) -> Result<bool, Problem> {
    let enrolled = state.ledger().with_roster(request.province, |roster| {
        roster.is_some_and(|roster| roster.grants.contains_key(&request.device))
    });
    if !enrolled {
        return Ok(false);
    }
    let granted = |act: &RosterAct| is_grant(act, &request.device, invitation);
    Ok(state
        .ledger()
        .acts_of_authority(request.province)?
        .iter()
        .any(granted))
}

fn is_grant(act: &RosterAct, of: &DeviceKey, by: Hash32) -> bool {
    matches!(act, RosterAct::Granted { device, invitation, .. } if device == of && *invitation == by)
}

fn check(state: &ServerState, request: &EnrolmentRequest, invitation: Hash32) -> Result<(), Problem> {
    let asked = state.ledger().with_roster(request.province, |roster| {
        roster.and_then(|roster| roster.invitations.get(&invitation)?.asked)
    });
    let asker = match asked {
        Some(entry) => state
            .ledger()
            .origin_of_entry(&Scope::roster(request.province), &entry)?
            .map(|(asker, _)| asker),
        None => None,
    };
    state.ledger().with_roster(request.province, |roster| {
        let roster = roster.ok_or(Problem::ProvinceUnknown)?;
        let record = roster
            .invitations
            .get(&invitation)
            .ok_or(Problem::InvitationUnknown)?;
        if record.used {
            return Err(Problem::InvitationUsed);
        }
        if record.expires_at < now() {
            return Err(Problem::InvitationExpired);
        }
        if roster.grants.contains_key(&request.device) {
            return Err(Problem::AlreadyEnrolled);
        }
        // What a stolen device has prepared ends with its revocation.
        let is_revoked =
            |asker: DeviceKey| roster.grants.contains_key(&asker) && roster.active_grant(&asker).is_none();
        match asker {
            Some(asker) if is_revoked(asker) => Err(Problem::InvitationUnknown),
            _ => Ok(()),
        }
    })
}
