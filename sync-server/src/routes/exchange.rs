//! `POST /v1/exchange`: new entries come in, receipts, refusals and what is new go out, in one round trip.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use cotmoc_core::access::may_receive;
use cotmoc_core::exchange::{
    Item, PROTOCOL_VERSION, Pack, PackedRecord, ParcelClaim, Payload, Request, Run, request_signature_valid,
    unshrink,
};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::{LogId, Place, Scope};
use cotmoc_ledger::{LedgerError, Received, RunProblem};
use tokio_stream::StreamExt;

use super::Desk;
use crate::accept::Peer;
use crate::answer::Problem;
use crate::answering::Answering;
use crate::attempts::Trier;
use crate::founding::now;
use crate::keeper::Brought;
use crate::screening::{Screened, screen};
use crate::state::ServerState;
use crate::{body, roster_desk};

/// Header of a body that may take several connections: the byte from which it goes on, a space, the claim.
const PARCEL: &str = "cotmoc-parcel";

/// Reads the request and answers it beside the connections, part after part.
pub(crate) async fn exchange(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let peer = desk.peer(peer, &headers);
    let state = desk.state;
    let limits = &state.limits;
    let held = match claim(&state, &headers)? {
        Some((claim, from)) => body::read_parcel(&state, (claim, from), body).await?,
        None => {
            body::read(
                &headers,
                body,
                limits.exchange_body.min(limits.unclaimed_body),
                limits.stall_timeout,
                &state.gate,
            )
            .await?
        }
    };
    let place = state.gate.enter().await?;
    let working = Arc::clone(&state);
    let (first, answering) = Desk::blocking(move || {
        let _place = place;
        begin(&working, &held.bytes, peer)
    })
    .await?;
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    if answering.is_over() {
        return Ok((kind, first).into_response());
    }
    let rest = parts(state, answering);
    let stream = tokio_stream::once(Ok(Bytes::from(first))).chain(rest);
    Ok((kind, Body::from_stream(stream)).into_response())
}

/// How much of a body is here already: `GET /v1/parcel` with the claim in the header.
pub(crate) async fn parcel(State(desk): State<Desk>, headers: HeaderMap) -> Result<String, Problem> {
    let (claim, _) = claim(&desk.state, &headers)?.ok_or(Problem::Malformed)?;
    Ok(desk.state.parcels.here(&claim).to_string())
}

/// The claim in front of a large body, with the byte from which the body goes on.
fn claim(state: &ServerState, headers: &HeaderMap) -> Result<Option<(ParcelClaim, u64)>, Problem> {
    let Some(value) = headers.get(PARCEL) else {
        return Ok(None);
    };
    let text = value.to_str().map_err(|_| Problem::Malformed)?;
    claim_in(state, text).map(Some)
}

/// Reads the header's text: the byte from which the body goes on, and the claim, of a device that is known.
pub(crate) fn claim_in(state: &ServerState, text: &str) -> Result<(ParcelClaim, u64), Problem> {
    let (from, claim) = text.split_once(' ').ok_or(Problem::Malformed)?;
    let from = from.parse().map_err(|_| Problem::Malformed)?;
    let claim = ParcelClaim::from_text(claim).map_err(|_| Problem::Malformed)?;
    if claim.length > state.limits.exchange_body as u64 {
        return Err(Problem::TooLarge);
    }
    if !state.knows(&claim.device) {
        return Err(Problem::NotEnrolled);
    }
    if !claim.verify() {
        return Err(Problem::BadSignature);
    }
    Ok((claim, from))
}

/// The parts after the first one. No thread waits while a slow device takes its time.
fn parts(
    state: Arc<ServerState>,
    answering: Answering,
) -> impl tokio_stream::Stream<Item = io::Result<Bytes>> + Send {
    let (sender, receiver) = tokio::sync::mpsc::channel(1);
    tokio::spawn(async move {
        let mut answering = Some(answering);
        while let Some(mut current) = answering.take() {
            // The next part is made once there is room for it.
            let Ok(room) = sender.reserve().await else { return };
            let made = match state.gate.enter().await {
                Ok(place) => {
                    Desk::blocking(move || {
                        let _place = place;
                        let part = current.next_part()?;
                        Ok((part, current))
                    })
                    .await
                }
                Err(problem) => Err(problem),
            };
            match made {
                Ok((Some(part), current)) => {
                    room.send(Ok(Bytes::from(part)));
                    if !current.is_over() {
                        answering = Some(current);
                    }
                }
                Ok((None, _)) => {}
                // The connection is cut, and the device asks again from where it stands.
                Err(problem) => room.send(Err(io::Error::other(problem.code()))),
            }
        }
    });
    tokio_stream::wrappers::ReceiverStream::new(receiver)
}

pub(crate) fn begin(
    state: &Arc<ServerState>,
    body: &[u8],
    peer: IpAddr,
) -> Result<(Vec<u8>, Answering), Problem> {
    let bytes = unshrink(body).map_err(|_| Problem::Malformed)?;
    let mut request = read(&bytes)?;
    admit(state, &request, &bytes, peer)?;
    drop(bytes);
    // A device waits for its own earlier request before its next one is worked on.
    let _turn = state.turns.take(request.device).ok_or(Problem::Busy)?;
    let mut load = std::mem::take(&mut request.load);
    let entries_in = load.pack.entries();
    let device = request.device;
    let mut screened = screen(
        std::mem::take(&mut load.pack),
        request.province,
        state.limits.run_bytes,
        |scope| may_hold(state, scope),
    );
    // Whoever knows of forks may bring the proof of one in its own log.
    if request.forks.is_none() {
        screened.leave_out_branches(state.ledger(), &device)?;
    }
    let received = take_in(state, request.province, &screened)?;
    // After the entries, which say what the pieces are of. They are durable before a receipt says so.
    // A store that takes no more of them still takes entries.
    match state.ledger().take_pieces(&load.chunks) {
        Err(LedgerError::MediaFull { held, quota }) => {
            tracing::warn!(media.held = held, media.quota = quota, "no room for files");
        }
        taken => drop(taken?),
    }
    tell_keeper(state, &request, &screened, &received)?;
    let mut answering = Answering::begin(state, request, &screened, &received)?;
    let first = answering.next_part()?.unwrap_or_default();
    tracing::info!(
        exchange.device = %device.fingerprint(),
        exchange.entries_in = entries_in,
        exchange.entries_new = received.new_entries,
        exchange.entries_refused = received.refused.len(),
        exchange.entries_waiting = received.waiting,
        exchange.runs_left_out = received.problems.len() + screened.left_out.len(),
        exchange.bytes_in = body.len(),
        exchange.bytes_out = first.len(),
        exchange.more = !answering.is_over(),
        "exchange"
    );
    Ok((first, answering))
}

/// A hub holds what its keeper may see; a province's server holds all.
pub(crate) fn may_hold(state: &ServerState, scope: &Scope) -> bool {
    state.kept().is_none_or(|kept| {
        state.ledger().with_roster(kept.province, |roster| {
            roster.is_some_and(|roster| may_receive(roster, &kept.device, scope))
        })
    })
}

/// The keeper of a hub learns what its guest has and brought.
fn tell_keeper(
    state: &ServerState,
    request: &Request,
    screened: &Screened,
    received: &Received,
) -> Result<(), Problem> {
    let Some(kept) = state.kept() else { return Ok(()) };
    let is_left_out = |log: &LogId| received.problems.iter().any(|(other, _)| other == log);
    let runs = screened.pack.runs.iter().filter(|run| !is_left_out(&run.log));
    let runs: Vec<(LogId, u64)> = runs
        .map(|run| (run.log, run.first_seq + run.items.len() as u64 - 1))
        .collect();
    let brought = Brought {
        runs: &runs,
        asked: &request.have,
        received,
    };
    Ok(kept.keeper.took_in(&request.device, &brought)?)
}

fn read(bytes: &[u8]) -> Result<Request, Problem> {
    const SIGNATURE: usize = 64;
    match bytes.get(SIGNATURE) {
        Some(version) if *version != PROTOCOL_VERSION => Err(Problem::ProtocolVersion),
        _ => Request::read(bytes).map_err(|_| Problem::Malformed),
    }
}

/// The device has a grant, be it revoked, and made the request itself.
fn admit(state: &ServerState, request: &Request, bytes: &[u8], peer: IpAddr) -> Result<(), Problem> {
    if !state.serves(request.province) {
        return Err(Problem::ProvinceUnknown);
    }
    let trier = Trier::Device(peer, request.device);
    if let Some(seconds) = state.attempts.wait(trier, Instant::now()) {
        return Err(Problem::TooManyAttempts(seconds));
    }
    if !has_grant(state, request) {
        learn_of_grant(state, request, bytes).inspect_err(|_| {
            // Only who brings something to check makes work.
            if !request.load.pack.is_empty() {
                state.attempts.failed(trier, Instant::now());
            }
        })?;
    }
    if !request_signature_valid(bytes, &request.device) {
        state.attempts.failed(trier, Instant::now());
        tracing::warn!(exchange.device = %request.device.fingerprint(), exchange.peer = %peer, "bad signature");
        return Err(Problem::BadSignature);
    }
    Ok(())
}

fn has_grant(state: &ServerState, request: &Request) -> bool {
    state.ledger().with_roster(request.province, |roster| {
        roster.is_some_and(|roster| roster.grants.contains_key(&request.device))
    })
}

/// A server that was restored from a time before the device's grant learns of it from the device itself, and so
/// does a hub whose keeper was away when it was made: the authority's acts prove themselves, whoever brings them.
/// Whole ones only: an act that is known by its hash alone could never take effect later.
fn learn_of_grant(state: &ServerState, request: &Request, bytes: &[u8]) -> Result<(), Problem> {
    let known = state
        .ledger()
        .with_roster(request.province, |roster| roster.map(|roster| roster.authority));
    let Some(authority) = known else {
        return Err(Problem::NotEnrolled);
    };
    let by_authority = |run: &Run| {
        run.log.device == authority
            && run.log.scope.place == Place::Roster
            && run.log.scope.province == request.province
            && run.items.iter().all(|item| {
                matches!(
                    item,
                    Item::Entry {
                        payload: Payload::Inline(_),
                        ..
                    }
                )
            })
    };
    let records = request.load.pack.records.iter();
    let acts = Pack {
        // An act is in no document, and none is looked at for a stranger.
        records: records
            .map(|record| PackedRecord {
                document: None,
                ..record.clone()
            })
            .collect(),
        runs: request
            .load
            .pack
            .runs
            .iter()
            .filter(|run| by_authority(run))
            .cloned()
            .collect(),
    };
    if acts.is_empty() || !request_signature_valid(bytes, &request.device) {
        return Err(Problem::NotEnrolled);
    }
    let _turn = state.roster_turn();
    state.ledger().receive(&acts)?;
    if has_grant(state, request) {
        Ok(())
    } else {
        Err(Problem::NotEnrolled)
    }
}

/// Takes entries in, and answers what they asked of the authority.
pub(crate) fn take_in(
    state: &ServerState,
    province: ProvinceId,
    screened: &Screened,
) -> Result<Received, LedgerError> {
    let ledger = state.ledger();
    // Whoever asks, a few of the entries that wait for a right are tried again when a roster has changed: the
    // author of one may have no reason to ask before long.
    let received = if screened.pack.is_empty() && !ledger.has_second_tries() {
        Received::default()
    } else if screened.touches_roster {
        let _turn = state.roster_turn();
        let mut received = ledger.receive(&screened.pack)?;
        // Also when all was held before: the server may have stopped between the two steps.
        if let Some(author) = state.authority(province)
            && roster_desk::answer_requests(ledger, &author, province, now())? > 0
            && ledger.has_second_tries()
        {
            // What the authority has just entered may be the right that something waits for.
            received.tried_again(ledger.try_some_again()?);
        }
        received
    } else {
        let _turn = state.journal_turn();
        ledger.receive(&screened.pack)?
    };
    let is_forked = received
        .problems
        .iter()
        .any(|(_, problem)| *problem == RunProblem::Fork);
    if (is_forked || screened.touches_roster)
        && let Some(author) = state.authority(province)
    {
        let _turn = state.roster_turn();
        roster_desk::tell_of_forks(ledger, &author, province, now())?;
    }
    for (log, problem) in &received.problems {
        tracing::warn!(run.author = %log.device.fingerprint(), run.problem = ?problem, "a run was left out");
    }
    Ok(received)
}
