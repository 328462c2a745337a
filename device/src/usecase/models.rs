//! Models as lists.

mod search;

use cotmoc_core::access::Role;
use cotmoc_core::record::view::Closure;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_core::text::keep;

use super::personal_data::check_one;
use super::reference::fields_of_scheme;
use super::registrations::{current_cycle, cycles};
use crate::contract::models::{CloseModel, ListModels, ModelFacets, ModelFilter, ModelPage};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::record_id;
use crate::store::registrations::{
    Asker, Context, count as count_rows, facets as count_facets, page, repeats,
};
use crate::store::units::Units;

pub(crate) use search::search_everywhere;

const DEFAULT_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;

fn asker(device: &Device) -> Asker {
    match device.me().map(|me| me.role()) {
        Ok(Role::Post) => Asker::Post,
        Ok(Role::Compiler) => Asker::Compiler,
        _ => Asker::Other,
    }
}

/// What a filter means on this device now.
pub(crate) fn context<'a>(
    device: &Device,
    filter: &ModelFilter,
    units: &'a Units,
) -> Result<Context<'a>, Problem> {
    let root = device.me().ok().and_then(|me| me.root_unit);
    let mut context = Context::new(filter, units, device.today(), asker(device), root)?;
    if let Some(cycle) = &filter.cycle {
        if filter.counted {
            context = context.without(device.ledger.read(|connection| repeats(connection, cycle))?);
        }
        let known = cycles(device)?.into_iter().find(|(id, _)| id == cycle);
        if let (Some(_), Some((_, known))) = (&filter.field, known) {
            let (fields, _) = fields_of_scheme(device, &known.scheme)?;
            let classified = fields
                .into_iter()
                .map(|field| field.code)
                .filter(|code| code != "KHAC");
            context = context.with_fields(classified.collect());
        }
    }
    if filter.to_carry_over {
        context = context.with_newest_cycle(current_cycle(device)?.map(|(id, _)| id));
    }
    Ok(context)
}

pub(crate) fn list_models(device: &Device, request: ListModels) -> Result<ModelPage, Problem> {
    let units = device.units();
    let context = context(device, &request.filter, &units)?;
    let limit = if request.limit == 0 {
        DEFAULT_PAGE
    } else {
        request.limit.min(LARGEST_PAGE)
    };
    device.ledger.read(|connection| {
        let (rows, next) = page(
            connection,
            &request.filter,
            &context,
            request.after.as_deref(),
            limit as usize,
        )?;
        Ok(ModelPage { rows, next })
    })
}

/// How many rows a filter has.
pub(crate) fn count(device: &Device, filter: &ModelFilter) -> Result<u64, Problem> {
    let units = device.units();
    let context = context(device, filter, &units)?;
    device
        .ledger
        .read(|connection| count_rows(connection, filter, &context))
}

pub(crate) fn facets(device: &Device, filter: ModelFilter) -> Result<ModelFacets, Problem> {
    let units = device.units();
    let context = context(device, &filter, &units)?;
    device
        .ledger
        .read(|connection| count_facets(connection, &filter, &context))
}

pub(crate) fn close_model(device: &Device, request: CloseModel) -> Result<Nothing, Problem> {
    let me = device.me()?;
    me.require(&[Role::Post])?;
    let reason = keep(request.reason.trim());
    if request.closed && reason.is_empty() {
        return Err(Problem::new("reason_needed"));
    }
    check_one("reason", &reason, request.personal_data_checked)?;
    let model = record_id(&request.model)?;
    let held = device
        .ledger
        .record(model)?
        .filter(|held| held.kind == RecordKind::Model);
    let held = held.ok_or_else(|| Problem::new("no_record").with("record", model))?;
    let closure = Closure {
        closed: request.closed,
        reason,
    };
    let edits = vec![Edit::whole("closed", &closure)];
    device.write(&[Device::edit(held.scope, model, RecordKind::Model, edits)])?;
    Ok(Nothing {})
}
