//! How the values of a record with differing content are read.

use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::State;
use cotmoc_core::report::scoring::Scale;
use cotmoc_ledger::HeldRecord;

use super::words::Reader;
use crate::contract::Problem;
use crate::device::Device;
use crate::usecase::scores::criteria;
use crate::usecase::visits;

/// Reads the values of a record in this profile's language.
pub(super) fn reader_of(device: &Device, held: &HeldRecord) -> Result<Reader, Problem> {
    let state = State::read(&held.state);
    let pinned = match held.kind {
        RecordKind::ScoreSheet => criteria::pinned(device, &state.text("criteria"))?,
        RecordKind::AgreedScore => match visits::load(device, &state.text("visit")) {
            Ok(visit) => criteria::of_visit(device, &visit)?,
            Err(_) => None,
        },
        _ => None,
    };
    let is_met_or_not = pinned.is_some_and(|pinned| pinned.rules.scale == Scale::Met);
    Ok(Reader {
        language: device.settings()?.language,
        is_met_or_not,
    })
}
