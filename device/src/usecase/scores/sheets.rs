//! The score sheets and agreed scores that this device holds.

use std::collections::BTreeMap;

use cotmoc_core::id::{DelegationId, RecordId};
use cotmoc_core::journal::Place;
use cotmoc_core::record::RecordKind;
use cotmoc_core::record::view::{AgreedScoreRecord, ScoreSheetRecord, State};

use crate::contract::Problem;
use crate::device::Device;
use crate::usecase::visits::Visit;

/// One assessor's sheet as held.
pub(crate) struct HeldSheet {
    pub id: RecordId,
    delegation: DelegationId,
    pub sheet: ScoreSheetRecord,
}

impl HeldSheet {
    /// It belongs to this visit: a sheet that another delegation wrote in its own scope does not.
    pub fn is_of(&self, visit: &Visit) -> bool {
        self.delegation == visit.delegation && self.sheet.visit == visit.id.to_string()
    }

    /// Slot, from 1.
    pub fn slot(&self) -> u32 {
        u32::try_from(self.sheet.slot).unwrap_or_default()
    }

    /// The points given, by criterion.
    pub fn points(&self) -> BTreeMap<String, i64> {
        points_of(&self.sheet)
    }
}

/// The points given on a sheet, by criterion.
pub(crate) fn points_of(sheet: &ScoreSheetRecord) -> BTreeMap<String, i64> {
    sheet
        .items
        .iter()
        .filter_map(|(code, item)| Some((code.clone(), item.points?)))
        .collect()
}

/// The agreed points, by criterion.
pub(crate) fn agreed_points(agreed: &AgreedScoreRecord) -> BTreeMap<String, i64> {
    agreed
        .items
        .iter()
        .map(|(code, item)| (code.clone(), item.points))
        .collect()
}

/// Record id of the sheet of one assessor slot for one model.
pub(crate) fn sheet_id(visit: &Visit, registration: RecordId, slot: u32) -> RecordId {
    RecordId::derived(
        "score_sheet",
        &[
            visit.id.0.as_bytes(),
            registration.0.as_bytes(),
            &slot.to_le_bytes(),
            visit.delegation.0.as_bytes(),
        ],
    )
}

/// Record id of the agreed score of one model: secretary and head arrive at the same.
pub(crate) fn agreed_id(visit: &Visit, registration: RecordId) -> RecordId {
    RecordId::derived(
        "agreed_score",
        &[visit.id.0.as_bytes(), registration.0.as_bytes()],
    )
}

/// All sheets, by slot.
pub(crate) fn all(device: &Device) -> Result<Vec<HeldSheet>, Problem> {
    let records = device.ledger.records_of_kind(RecordKind::ScoreSheet)?;
    let read = |(id, scope, state): (RecordId, cotmoc_core::journal::Scope, String)| {
        let Place::Delegation(delegation) = scope.place else {
            return None;
        };
        Some(HeldSheet {
            id,
            delegation,
            sheet: ScoreSheetRecord::from(&State::read(&state)),
        })
    };
    let mut sheets: Vec<HeldSheet> = records.into_iter().filter_map(read).collect();
    sheets.sort_by_key(|held| (held.sheet.slot, held.id));
    Ok(sheets)
}

/// The sheet of a slot, if this device holds it.
pub(super) fn of_slot(
    device: &Device,
    visit: &Visit,
    registration: RecordId,
    slot: u32,
) -> Result<Option<ScoreSheetRecord>, Problem> {
    let held = device.ledger.record(sheet_id(visit, registration, slot))?;
    let held = held.filter(|held| {
        held.kind == RecordKind::ScoreSheet && held.scope.place == Place::Delegation(visit.delegation)
    });
    Ok(held.map(|held| ScoreSheetRecord::from(&State::read(&held.state))))
}

/// An agreed score with the properties on which secretary and head differ.
pub(crate) struct HeldAgreed {
    pub agreed: AgreedScoreRecord,
    pub differing: Vec<String>,
}

/// The agreed score of a model, if this device holds one.
pub(crate) fn agreed(
    device: &Device,
    visit: &Visit,
    registration: RecordId,
) -> Result<Option<HeldAgreed>, Problem> {
    let held = device.ledger.record(agreed_id(visit, registration))?;
    let held = held.filter(|held| {
        held.kind == RecordKind::AgreedScore && held.scope.place == Place::Delegation(visit.delegation)
    });
    Ok(held.map(|held| HeldAgreed {
        agreed: AgreedScoreRecord::from(&State::read(&held.state)),
        differing: held.differing,
    }))
}
