//! A registration that was opened and in which nothing is saved yet.
//!
//! Opening a new registration is not an edit: until its first group is saved it has an id, under which typing is
//! kept, and no entry. There is one at a time on a device; opening a new one again goes on with it.

use cotmoc_core::access::Role;
use cotmoc_core::id::RecordId;
use cotmoc_core::record::view::{RegistrationRecord, ReviewRecord, State};

use super::{Loaded, current_cycle, view};
use crate::contract::registrations::RegistrationView;
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::fresh_record;

const PREPARED: &str = "prepared_registration";

/// Record id of the model that a prepared registration begins.
pub(super) fn model_of(registration: RecordId) -> RecordId {
    RecordId::derived("model of a registration", &[registration.0.as_bytes()])
}

pub(crate) fn prepare(device: &Device, _: Nothing) -> Result<RegistrationView, Problem> {
    device.me()?.require(&[Role::Post])?;
    let id = match prepared(device)? {
        Some(id) => id,
        None => {
            let id = fresh_record(device.now())?;
            device.ledger.set_meta(PREPARED, id.to_string().as_bytes())?;
            id
        }
    };
    view::of(device, &super::load(device, id)?)
}

/// The prepared registration, unless it was begun.
fn prepared(device: &Device) -> Result<Option<RecordId>, Problem> {
    let stored = device.ledger.meta(PREPARED)?;
    let Some(id) = stored.and_then(|bytes| String::from_utf8(bytes).ok()?.parse().ok()) else {
        return Ok(None);
    };
    Ok(match device.ledger.record(id)? {
        Some(_) => None,
        None => Some(id),
    })
}

/// What stands in a registration that is only prepared.
pub(super) fn loaded(device: &Device, id: RecordId) -> Result<Option<Loaded>, Problem> {
    if prepared(device)? != Some(id) {
        return Ok(None);
    }
    let mut registration = RegistrationRecord::from(&State::read("{}"));
    registration.model = model_of(id).to_string();
    if let Some((cycle, known)) = current_cycle(device)? {
        registration.cycle = Some(cycle);
        registration.year = known.year;
    }
    Ok(Some(Loaded {
        id,
        unit: device.me()?.unit()?,
        registration,
        model: None,
        review: ReviewRecord::default(),
        differing: Vec::new(),
        is_begun: false,
    }))
}
