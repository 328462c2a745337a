//! Bundles on a stick.

use crate::contract::sticks::{
    CarriedList, ExportSticks, ForgetCarried, StickExported, StickFiles, StickImported, StickPaths,
    StickPlaces,
};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::problems::query;
use crate::stick;
use crate::store::held;

pub(crate) fn places(device: &Device, _: Nothing) -> Result<StickPlaces, Problem> {
    let counts = device
        .ledger
        .read(|connection| held::counts(connection).map_err(query))?;
    Ok(StickPlaces {
        drives: stick::drives(),
        recipients: stick::recipients(device)?,
        unconfirmed: counts.unsent,
    })
}

pub(crate) fn export(device: &Device, request: ExportSticks) -> Result<StickExported, Problem> {
    stick::export(device, &request)
}

pub(crate) fn inspect(device: &Device, request: StickPaths) -> Result<StickFiles, Problem> {
    stick::inspect(device, &request)
}

pub(crate) fn import(device: &Device, request: StickPaths) -> Result<StickImported, Problem> {
    stick::import(device, &request)
}

/// Asks the running export or import to stop.
pub(crate) fn stop(device: &Device, _: Nothing) -> Result<Nothing, Problem> {
    device.sticks.stop();
    Ok(Nothing {})
}

pub(crate) fn carried(device: &Device, _: Nothing) -> Result<CarriedList, Problem> {
    Ok(stick::carried_files(device))
}

pub(crate) fn forget(device: &Device, request: ForgetCarried) -> Result<CarriedList, Problem> {
    stick::forget(device, &request)?;
    Ok(stick::carried_files(device))
}
