//! `/v1/bundle`: a courier sends on what it cannot read. What is whole is taken in as a file from a stick is.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use cotmoc_core::exchange::{CarriedAnswer, ParcelClaim, TakenPart, carried_name, read_carried_header};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::DeviceKey;
use cotmoc_ledger::bundle::{BundleError, inspect};

use super::Desk;
use crate::answer::Problem;
use crate::body::next;
use crate::carried::NotKept;
use crate::error::ServerError;
use crate::state::ServerState;
use crate::sticks::{BundleResult, NotTaken};

/// Header of both requests.
const BUNDLE: &str = "cotmoc-bundle";

/// One part of a bundle, as its courier names it.
#[derive(Debug, Clone, Copy)]
struct Named {
    from: u64,
    claim: ParcelClaim,
    part: TakenPart,
}

/// `GET /v1/bundle`: how much of a part is here, or what became of it.
pub(crate) async fn ask(State(desk): State<Desk>, headers: HeaderMap) -> Result<String, Problem> {
    let named = named(&desk.state, &headers)?;
    answer(desk.state, named).await
}

/// `POST /v1/bundle`: the next bytes of a part.
pub(crate) async fn send(
    State(desk): State<Desk>,
    headers: HeaderMap,
    mut body: Body,
) -> Result<String, Problem> {
    let state = desk.state;
    let named = named(&state, &headers)?;
    let carried = Arc::clone(&state.carried);
    let mut arriving = Desk::blocking(move || Ok(carried.arrive(named.claim, named.from)?)).await?;
    while let Some(chunk) = next(&mut body, state.limits.stall_timeout).await? {
        arriving = Desk::blocking(move || {
            arriving.take(&chunk)?;
            Ok(arriving)
        })
        .await?;
    }
    Desk::blocking(move || Ok(arriving.end()?)).await?;
    answer(state, named).await
}

/// The header, when its device signed it and is one of a province of this server now.
fn named(state: &ServerState, headers: &HeaderMap) -> Result<Named, Problem> {
    let text = headers.get(BUNDLE).and_then(|value| value.to_str().ok());
    let header = text.and_then(|text| read_carried_header(text).ok());
    let (from, claim, part) = header.ok_or(Problem::Malformed)?;
    if claim.hash != carried_name(part) {
        return Err(Problem::Malformed);
    }
    if claim.length > state.limits.carried_file {
        return Err(Problem::TooLarge);
    }
    if provinces_of(state, &claim.device).is_empty() {
        return Err(Problem::NotEnrolled);
    }
    if !claim.verify() {
        return Err(Problem::BadSignature);
    }
    Ok(Named { from, claim, part })
}

/// Where the device has a grant that was not revoked.
fn provinces_of(state: &ServerState, device: &DeviceKey) -> Vec<ProvinceId> {
    let may = |province: &ProvinceId| {
        state.ledger().with_roster(*province, |roster| {
            roster
                .and_then(|roster| roster.grants.get(device))
                .is_some_and(|grant| grant.cuts.is_none())
        })
    };
    let provinces = state.provinces().into_iter().map(|(province, _)| province);
    provinces.filter(may).collect()
}

async fn answer(state: Arc<ServerState>, named: Named) -> Result<String, Problem> {
    if state.carried.here(&named.claim) == named.claim.length {
        // A large one outlasts its courier's patience: who asks again meanwhile learns that nothing is missing.
        let Some(at_work) = state.carried.work_on(named.claim) else {
            return Ok(CarriedAnswer::Here(named.claim.length).to_text());
        };
        let place = state.gate.enter().await?;
        return Desk::blocking(move || {
            let (_place, _at_work) = (place, at_work);
            Ok(take_in(&state, &named)?.to_text())
        })
        .await;
    }
    Desk::blocking(move || {
        if is_taken(&state, &named)? {
            return Ok(CarriedAnswer::Taken.to_text());
        }
        Ok(CarriedAnswer::Here(state.carried.here(&named.claim)).to_text())
    })
    .await
}

fn is_taken(state: &ServerState, named: &Named) -> Result<bool, Problem> {
    Ok(state.ledger().parts_taken()?.contains(&named.part))
}

/// Takes a whole part in. One of which pieces came before their entries stays here and is tried again when its
/// courier asks after others came.
fn take_in(state: &ServerState, named: &Named) -> Result<CarriedAnswer, Problem> {
    let position = state.ledger().arrival()?.position;
    let answer = if is_taken(state, named)? {
        Ok(CarriedAnswer::Taken)
    } else if state.carried.still_waits(&named.claim, position) {
        Ok(CarriedAnswer::Here(named.claim.length))
    } else {
        match import(state, named) {
            // Another courier may have brought it at the same time, or an earlier try was faster.
            Ok(CarriedAnswer::Refused(_)) | Err(_) if is_taken(state, named)? => Ok(CarriedAnswer::Taken),
            answer => answer,
        }
    };
    match &answer {
        Ok(CarriedAnswer::Taken | CarriedAnswer::Refused(_)) => state.carried.forget(&named.claim),
        Ok(CarriedAnswer::Here(_)) if !state.carried.still_waits(&named.claim, position) => {
            state.carried.note_waits(&named.claim, position);
        }
        Ok(CarriedAnswer::Here(_)) | Err(_) => {}
    }
    answer
}

fn import(state: &ServerState, named: &Named) -> Result<CarriedAnswer, Problem> {
    let path = state.carried.path(&named.claim);
    let refused = |code: &str| Ok(CarriedAnswer::Refused(code.to_owned()));
    match inspect(&path) {
        Ok(part)
            if (part.header.id.0, part.header.number) != named.part
                || !provinces_of(state, &named.claim.device).contains(&part.header.province) =>
        {
            return refused("not_for_us");
        }
        Ok(_) => {}
        Err(error) => return refused(code(error)?),
    }
    let imported = state.import_bundle(&path).map_err(|error| match error {
        ServerError::Ledger(error) => error.into(),
        error => {
            tracing::error!(%error, "a carried bundle could not be taken in");
            Problem::Internal
        }
    })?;
    match imported {
        BundleResult::Taken(_) if is_taken(state, named)? => Ok(CarriedAnswer::Taken),
        BundleResult::Taken(_) => Ok(CarriedAnswer::Here(named.claim.length)),
        BundleResult::NotTaken(NotTaken::UnknownSender(_)) => refused("unknown_sender"),
        BundleResult::NotTaken(NotTaken::Bundle(error)) => refused(code(error)?),
    }
}

/// What is wrong with the file, by the courier's word for it.
///
/// # Errors
/// When it is this server that cannot read it: the courier shall ask again.
fn code(error: BundleError) -> Result<&'static str, Problem> {
    match error {
        BundleError::NotForUs(_) => Ok("not_for_us"),
        BundleError::Newer(_) => Ok("newer"),
        BundleError::Damaged(_) | BundleError::NotABundle => Ok("damaged"),
        BundleError::DiskFull => Err(Problem::DiskFull),
        error => {
            tracing::error!(%error, "a courier's file could not be read");
            Err(Problem::Internal)
        }
    }
}

impl From<NotKept> for Problem {
    fn from(why: NotKept) -> Self {
        match why {
            NotKept::Gone => Self::ParcelGone,
            NotKept::NoRoom | NotKept::AtWork => Self::Busy,
            NotKept::Malformed => Self::Malformed,
            NotKept::Io(error) if error.kind() == std::io::ErrorKind::StorageFull => Self::DiskFull,
            NotKept::Io(error) => {
                tracing::error!(%error, "a courier's file");
                Self::Internal
            }
        }
    }
}
