//! What is new for the asking device, said of one moment.

use cotmoc_core::exchange::{Cursor, Pack, Request, SetDigest};
use cotmoc_core::journal::{DeviceKey, Incarnation};
use cotmoc_ledger::{LedgerError, Page, PageRequest};

use crate::state::ServerState;

/// Tries without holding up the journal before one that does.
const UNDISTURBED_TRIES: u32 = 2;
/// Smallest page: a device that asks for nothing still gets on.
const LEAST_PAGE: u64 = 1_024;

/// A page with its cursor.
#[derive(Debug)]
pub(crate) struct View {
    pub cursor: Cursor,
    pub pack: Pack,
    pub more: bool,
    /// Of everything the device may see; on the last page.
    pub digest: Option<SetDigest>,
}

/// Packs the page after `after` for the asking device.
///
/// Scopes, entries and digest are read one after the other. If the journal grew or a roster changed in
/// between, the page could pass over an entry of a scope that was not visible a moment before, or the
/// digest name an entry that the page does not hold; so the reading is repeated until it was undisturbed.
pub(crate) fn page(
    state: &ServerState,
    request: &Request,
    after: u64,
    except: Option<(DeviceKey, Incarnation)>,
) -> Result<View, LedgerError> {
    for _ in 0..UNDISTURBED_TRIES {
        if let Some(view) = read(state, request, after, except)? {
            return Ok(view);
        }
    }
    let _turn = state.journal_turn();
    let view = read(state, request, after, except)?;
    view.ok_or_else(|| LedgerError::DamagedDatabase("the arrival order moved while it was held".to_owned()))
}

fn read(
    state: &ServerState,
    request: &Request,
    after: u64,
    except: Option<(DeviceKey, Incarnation)>,
) -> Result<Option<View>, LedgerError> {
    let ledger = state.ledger();
    let (Some(rosters), start) = (state.roster_moment(), ledger.arrival()?) else {
        return Ok(None);
    };
    let visible = ledger.with_roster(request.province, |roster| {
        roster
            .map(|roster| ledger.visible_to(roster, &request.device))
            .transpose()
    })?;
    let Some(visible) = visible else { return Ok(None) };
    let page_bytes = request.page_bytes.clamp(LEAST_PAGE, state.limits.page_bytes);
    let Page { pack, position, more } = ledger.page(&PageRequest {
        visible: &visible,
        after,
        page_bytes,
        except,
    })?;
    let digest = if more {
        None
    } else {
        Some(ledger.digest(&visible)?)
    };
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
        pack,
        more,
        digest,
    }))
}
