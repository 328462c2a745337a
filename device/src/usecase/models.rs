//! Models as lists.

use cotmoc_core::access::Role;
use cotmoc_core::record::view::Closure;
use cotmoc_core::record::{Edit, RecordKind};
use cotmoc_core::text::{fold, keep};

use crate::contract::models::{
    CloseModel, ListModels, ModelFacets, ModelFilter, ModelPage, SearchEverywhere, SearchHit, SearchHits,
};
use crate::contract::{Nothing, Problem};
use crate::device::Device;
use crate::ids::record_id;
use crate::store::registrations::{Asker, Context, facets as count_facets, page};

const DEFAULT_PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 200;
const MOST_HITS: usize = 30;

pub(crate) fn asker(device: &Device) -> Asker {
    match device.me().map(|me| me.role()) {
        Ok(Role::Post) => Asker::Post,
        Ok(Role::Compiler) => Asker::Compiler,
        _ => Asker::Other,
    }
}

pub(crate) fn list_models(device: &Device, request: ListModels) -> Result<ModelPage, Problem> {
    let units = device.units();
    let context = Context::new(&request.filter, &units, device.today(), asker(device))?;
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

pub(crate) fn facets(device: &Device, filter: ModelFilter) -> Result<ModelFacets, Problem> {
    let units = device.units();
    let context = Context::new(&filter, &units, device.today(), asker(device))?;
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

pub(crate) fn search_everywhere(device: &Device, request: SearchEverywhere) -> Result<SearchHits, Problem> {
    let folded = fold(&request.query);
    let folded = folded.trim();
    if folded.is_empty() {
        return Ok(SearchHits { hits: Vec::new() });
    }
    let today = device.today();
    let units = device.units();
    let mut hits = Vec::new();
    for unit in units.all().iter().filter(|unit| unit.is_valid_on(today)) {
        if fold(unit.name_on(today)).contains(folded) {
            let parent = unit.parent_on(today).and_then(|parent| units.get(parent));
            hits.push(SearchHit {
                kind: "unit".to_owned(),
                id: unit.id.to_string(),
                title: unit.name_on(today).to_owned(),
                detail: parent.map_or("", |parent| parent.name_on(today)).to_owned(),
            });
        }
    }
    hits.truncate(MOST_HITS / 3);
    let filter = ModelFilter {
        query: Some(request.query),
        ..ModelFilter::default()
    };
    let context = Context::new(&filter, &units, today, asker(device))?;
    let (rows, _) = device
        .ledger
        .read(|connection| page(connection, &filter, &context, None, MOST_HITS))?;
    hits.extend(rows.into_iter().map(|row| SearchHit {
        kind: "registration".to_owned(),
        id: row.registration,
        title: row.name,
        detail: format!("{} · {}", row.unit_name, row.year),
    }));
    hits.truncate(MOST_HITS);
    Ok(SearchHits { hits })
}
