//! `POST /v1/exchange`: new entries come in, receipts, refusals and what is new go out, in one round trip.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use cotmoc_core::exchange::{
    Answer, Cursor, LogPosition, PROTOCOL_VERSION, Request, request_signature_valid, shrink, unshrink,
};
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{Author, LedgerError, Received};

use super::Desk;
use crate::accept::Peer;
use crate::answer::Problem;
use crate::attempts::Trier;
use crate::founding::now;
use crate::screening::{Screened, screen};
use crate::state::ServerState;
use crate::{body, receipts, roster_desk, view};

/// Reads the request and answers it beside the connections.
pub(crate) async fn exchange(
    State(desk): State<Desk>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let peer = desk.peer(peer, &headers);
    let state = desk.state;
    let limits = &state.limits;
    let held = body::read(
        &headers,
        body,
        limits.exchange_body,
        limits.stall_timeout,
        &state.gate,
    )
    .await?;
    let place = state.gate.enter().await?;
    let state = Arc::clone(&state);
    let answer = Desk::blocking(move || {
        let _place = place;
        answer(&state, &held.bytes, peer)
    });
    Ok((
        [(header::CONTENT_TYPE, "application/octet-stream")],
        answer.await?,
    )
        .into_response())
}

fn answer(state: &ServerState, body: &[u8], peer: IpAddr) -> Result<Vec<u8>, Problem> {
    let bytes = unshrink(body).map_err(|_| Problem::Malformed)?;
    let mut request = read(&bytes)?;
    let author = admit(state, &request, &bytes, peer)?;
    drop(bytes);
    // A device waits for its own earlier request before its next one is worked on.
    let _turn = state.turns.take(request.device).ok_or(Problem::Busy)?;
    let pack = std::mem::take(&mut request.pack);
    let entries_in = pack.entries();
    let screened = screen(pack, request.province, state.limits.run_bytes)?;
    let reading = Reading::begin(state, &request)?;
    let received = take_in(state, &author, &request, &screened)?;
    let answer = compose(state, &author, &request, &screened, &received, &reading)?;
    let entries_out = answer.pack.entries();
    let packed = shrink(&answer.write());
    tracing::info!(
        exchange.device = %request.device.fingerprint(),
        exchange.entries_in = entries_in,
        exchange.entries_new = received.new_entries,
        exchange.entries_refused = answer.refused.len(),
        exchange.entries_waiting = received.waiting,
        exchange.runs_left_out = received.problems.len(),
        exchange.entries_out = entries_out,
        exchange.restarted = answer.restarted,
        exchange.bytes_in = body.len(),
        exchange.bytes_out = packed.len(),
        "exchange"
    );
    Ok(packed)
}

fn read(bytes: &[u8]) -> Result<Request, Problem> {
    const SIGNATURE: usize = 64;
    match bytes.get(SIGNATURE) {
        Some(version) if *version != PROTOCOL_VERSION => Err(Problem::ProtocolVersion),
        _ => Request::read(bytes).map_err(|_| Problem::Malformed),
    }
}

/// The device has a grant, be it revoked, and made the request itself.
fn admit(state: &ServerState, request: &Request, bytes: &[u8], peer: IpAddr) -> Result<Arc<Author>, Problem> {
    let author = state
        .authority(request.province)
        .ok_or(Problem::ProvinceUnknown)?;
    let enrolled = state.ledger().with_roster(request.province, |roster| {
        roster.is_some_and(|roster| roster.grants.contains_key(&request.device))
    });
    if !enrolled {
        return Err(Problem::NotEnrolled);
    }
    let trier = Trier::Device(peer, request.device);
    if let Some(seconds) = state.attempts.wait(trier, Instant::now()) {
        return Err(Problem::TooManyAttempts(seconds));
    }
    if !request_signature_valid(bytes, &request.device) {
        state.attempts.failed(trier, Instant::now());
        tracing::warn!(exchange.device = %request.device.fingerprint(), exchange.peer = %peer, "bad signature");
        return Err(Problem::BadSignature);
    }
    Ok(author)
}

/// From where the device is answered.
struct Reading {
    after: u64,
    restarted: bool,
}

impl Reading {
    /// A cursor of another life, or of an order that was rewritten, says nothing: the answer starts from the
    /// beginning. A device that begins, and of which nothing is held, has lost nothing by that.
    fn begin(state: &ServerState, request: &Request) -> Result<Self, LedgerError> {
        let (ledger, cursor) = (state.ledger(), &request.cursor);
        let same_life = cursor.epoch == ledger.epoch();
        if same_life && ledger.chain_at(cursor.position)? == Some(cursor.chain) {
            return Ok(Self {
                after: cursor.position,
                restarted: false,
            });
        }
        let begins = *cursor == Cursor::START && receipts::own_heads(ledger, request)?.is_empty();
        Ok(Self {
            after: 0,
            restarted: !begins,
        })
    }
}

fn take_in(
    state: &ServerState,
    author: &Author,
    request: &Request,
    screened: &Screened,
) -> Result<Received, Problem> {
    let ledger = state.ledger();
    let mut received = if screened.pack.is_empty() {
        Received::default()
    } else if screened.touches_roster {
        let _turn = state.roster_turn();
        let received = ledger.receive(&screened.pack)?;
        // Also when all was held before: the server may have stopped between the two steps.
        roster_desk::answer_requests(ledger, author, request.province, now())?;
        received
    } else {
        let _turn = state.journal_turn();
        ledger.receive(&screened.pack)?
    };
    // Whoever asks, a few of the entries that wait for a right are tried again when a roster has changed: the
    // author of one may have no reason to ask before long.
    if ledger.has_second_tries() {
        let _turn = state.journal_turn();
        let tried = ledger.try_some_again()?;
        tracing::info!(
            exchange.let_through = tried.let_through.len(),
            "tried again after a roster changed"
        );
        received.tried_again(tried);
    }
    received.problems.extend(&screened.problems);
    for (log, problem) in &received.problems {
        tracing::warn!(run.author = %log.device.fingerprint(), run.problem = ?problem, "a run was left out");
    }
    let nothing_taken = received.grown.is_empty() && received.repeated.is_empty() && received.waiting == 0;
    match received.problems.first() {
        Some((_, problem)) if nothing_taken => Err(Problem::Run(*problem)),
        _ => Ok(received),
    }
}

fn compose(
    state: &ServerState,
    author: &Author,
    request: &Request,
    screened: &Screened,
    received: &Received,
    reading: &Reading,
) -> Result<Answer, LedgerError> {
    let ledger = state.ledger();
    let own = if reading.restarted {
        receipts::own_heads(ledger, request)?
    } else {
        BTreeMap::new()
    };
    let due = if reading.restarted {
        own.clone()
    } else {
        receipts::due(received, request)
    };
    let mut refused = receipts::refused(ledger, &screened.pack.runs, received, &own)?;
    // The device has its own entries, unless it and the server no longer agree on what that is.
    let except = (!reading.restarted).then_some((request.device, request.incarnation));
    let view = view::page(state, request, reading.after, except)?;
    if !reading.restarted {
        refused.extend(receipts::refused_again(
            ledger,
            request,
            (reading.after, view.cursor.position),
        )?);
    }
    Ok(Answer {
        cursor: view.cursor,
        restarted: reading.restarted,
        more: view.more,
        held: own.iter().map(held).collect(),
        receipts: receipts::sign(author, &due),
        refused,
        digest: view.digest,
        pack: view.pack,
    })
}

fn held((log, (seq, hash)): (&LogId, &(u64, Hash32))) -> LogPosition {
    LogPosition {
        scope: log.scope,
        seq: *seq,
        hash: *hash,
    }
}
