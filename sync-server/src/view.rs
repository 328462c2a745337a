//! What is new for the asking device, said of one moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use cotmoc_core::access::Reach;
use cotmoc_core::exchange::{Cursor, Head, Pack, Payload, Request, SetDigest};
use cotmoc_core::journal::LogId;
use cotmoc_ledger::{LedgerError, Page, PageRequest, Seen, SetAsideGoes};

use crate::state::ServerState;

/// Tries without holding up the journal before one that does.
const UNDISTURBED_TRIES: u32 = 2;
/// Tries in all: the store of a hub grows also by what its own person writes.
const MOST_TRIES: u32 = 50;
/// Smallest page: a device that asks for nothing still gets on.
const LEAST_PAGE: u64 = 1_024;

/// A page with its cursor.
#[derive(Debug)]
pub(crate) struct View {
    pub cursor: Cursor,
    pub pack: Pack,
    /// Content in the pack, bytes.
    pub bytes: usize,
    pub more: bool,
    /// Of everything the device may see; on the last page.
    pub digest: Option<SetDigest>,
}

/// About how many bytes a page for this device may carry.
pub(crate) fn page_bytes(state: &ServerState, request: &Request) -> u64 {
    request.page_bytes.clamp(LEAST_PAGE, state.limits.page_bytes)
}

/// The province decides for its devices. A hub is no judge: it may know less than its guest.
pub(crate) fn set_aside_goes(state: &ServerState) -> SetAsideGoes {
    match state.kept() {
        Some(_) => SetAsideGoes::Whole,
        None => SetAsideGoes::ByHash,
    }
}

/// Packs the page after `after` for the asking device, without what it has by another route.
///
/// Scopes, entries and digest are read one after the other. If the journal grew or a roster changed in
/// between, the page could pass over an entry of a scope that was not visible a moment before, or the
/// digest name an entry that the page does not hold; so the reading is repeated until it was undisturbed.
pub(crate) fn page(
    state: &ServerState,
    request: &Request,
    after: u64,
    have: &BTreeMap<LogId, u64>,
) -> Result<View, LedgerError> {
    undisturbed(state, || read(state, request, after, have))
}

/// Where the order of arrival ends, and the digest of what the device may see there.
pub(crate) fn end(
    state: &ServerState,
    request: &Request,
) -> Result<(Cursor, Option<SetDigest>), LedgerError> {
    undisturbed(state, || {
        let ledger = state.ledger();
        let (Some(rosters), start) = (state.roster_moment(), ledger.arrival()?) else {
            return Ok(None);
        };
        let Some(seen) = seen(state, request)? else {
            return Ok(None);
        };
        let still = ledger.arrival()? == start && state.roster_moment() == Some(rosters);
        Ok(still.then_some((start, Some(seen.digest()))))
    })
}

/// The heads of everything the device may see.
pub(crate) fn heads(state: &ServerState, request: &Request) -> Result<Vec<Head>, LedgerError> {
    match seen(state, request)? {
        Some(seen) => state.ledger().heads(seen.visible()),
        None => Ok(Vec::new()),
    }
}

fn undisturbed<T>(
    state: &ServerState,
    read: impl Fn() -> Result<Option<T>, LedgerError>,
) -> Result<T, LedgerError> {
    for _ in 0..UNDISTURBED_TRIES {
        if let Some(read) = read()? {
            return Ok(read);
        }
    }
    let _turn = state.journal_turn();
    for _ in UNDISTURBED_TRIES..MOST_TRIES {
        if let Some(read) = read()? {
            return Ok(read);
        }
    }
    Err(LedgerError::DamagedDatabase(
        "the arrival order moved while it was held".to_owned(),
    ))
}

/// What the device may see, with the digest of it. A keeper's store may hold scopes that it saw once; its guest
/// reckons with what both see.
pub(crate) fn seen(state: &ServerState, request: &Request) -> Result<Option<Arc<Seen>>, LedgerError> {
    let reaches = state.ledger().with_roster(request.province, |roster| {
        let of = |device| Some(Reach::of(roster?, device).into_owned());
        let keeper = state.kept().map(|kept| kept.device);
        let all: Option<Vec<Reach<'static>>> =
            [Some(request.device), keeper].iter().flatten().map(of).collect();
        all
    });
    let Some(reaches) = reaches else { return Ok(None) };
    state
        .sights
        .now(state.ledger(), (request.province, request.device), reaches)
        .map(Some)
}

fn read(
    state: &ServerState,
    request: &Request,
    after: u64,
    have: &BTreeMap<LogId, u64>,
) -> Result<Option<View>, LedgerError> {
    let ledger = state.ledger();
    let (Some(rosters), start) = (state.roster_moment(), ledger.arrival()?) else {
        return Ok(None);
    };
    let Some(seen) = seen(state, request)? else {
        return Ok(None);
    };
    let Page { pack, position, more } = ledger.page(&PageRequest {
        visible: seen.visible(),
        after,
        page_bytes: page_bytes(state, request),
        // A device that begins may have had a store before, which is lost.
        except: (request.cursor != Cursor::START).then_some((request.device, request.incarnation)),
        have,
        set_aside: set_aside_goes(state),
    })?;
    let digest = (!more).then(|| seen.digest());
    // A page that ends before what is new needs no quiet: its cursor passes over nothing.
    let undisturbed = if more {
        position <= start.position
    } else {
        ledger.arrival()? == start
    };
    if !undisturbed || state.roster_moment() != Some(rosters) {
        return Ok(None);
    }
    let chain = ledger.chain_at(position)?.unwrap_or_default();
    Ok(Some(View {
        cursor: Cursor {
            epoch: ledger.epoch(),
            position,
            chain,
        },
        bytes: content(&pack),
        pack,
        more,
        digest,
    }))
}

fn content(pack: &Pack) -> usize {
    let documents = pack.records.iter().filter_map(|record| record.document.as_ref());
    let items = pack.runs.iter().flat_map(|run| &run.items);
    let inline = items.filter_map(|item| match item {
        cotmoc_core::exchange::Item::Entry {
            payload: Payload::Inline(bytes),
            ..
        } => Some(bytes.len()),
        _ => None,
    });
    documents.map(Vec::len).sum::<usize>() + inline.sum::<usize>()
}
