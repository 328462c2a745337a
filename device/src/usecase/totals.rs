//! Totals of registered models by unit and field.

use std::collections::BTreeSet;

use cotmoc_core::access::{Holder, Role};
use cotmoc_core::org::{Day, UnitId, UnitTree};
use cotmoc_core::record::view::CycleRecord;
use cotmoc_core::report::totals::{Bucket, Sum};
use cotmoc_core::text::{figure, sort_key};

use super::registrations::{cycle_or_current, unit_figures_declared};
use crate::contract::Problem;
use crate::contract::models::ModelFilter;
use crate::contract::totals::{Footnote, GetTotals, TotalCell, TotalRow, Totals};
use crate::device::{Device, Me};
use crate::problems::query;

/// What the totals are computed from.
struct Basis {
    buckets: Vec<Bucket>,
    demonstration: u64,
    duplicates: u64,
    made_of: String,
}

pub(crate) fn totals(device: &Device, request: GetTotals) -> Result<Totals, Problem> {
    let me = device.me()?;
    let (cycle_id, cycle) =
        cycle_or_current(device, request.cycle.as_deref())?.ok_or_else(|| Problem::new("no_cycle"))?;
    let day = day_of(&request, &cycle)?;
    let units = device.units();
    let tree = units.tree(day);
    let top = top_unit(device, &me, &request)?;
    let below = below(&tree, top);
    let (fields, scheme_owner) = super::reference::fields_of_scheme(device, &cycle.scheme)?;
    let basis = basis(device, &cycle_id, &below)?;
    let codes: Vec<&str> = fields.iter().map(|field| field.code.as_str()).collect();
    let whole = Sum::of(&basis.buckets, &codes, |_| true);
    let name = |unit: UnitId| match tree.name(unit) {
        Some(name) => name.to_owned(),
        None => units
            .get(unit)
            .map_or_else(|| unit.to_string(), |unit| unit.name_on(day).to_owned()),
    };
    let mut rows = Vec::new();
    let own = Sum::of(&basis.buckets, &codes, |unit| unit == top);
    let children = children(&tree, top, &below);
    if own.total > 0 || children.is_empty() {
        rows.push(row(device, &cycle_id, top, name(top), &own, true)?);
    }
    let report = reporting(device, &me, &cycle, &basis.buckets, &below);
    let mut counted: Vec<(UnitId, Sum, bool)> = Vec::new();
    for child in children {
        let subtree = self::below(&tree, child);
        let sum = Sum::of(&basis.buckets, &codes, |unit| subtree.contains(&unit));
        let has_children = basis
            .buckets
            .iter()
            .any(|bucket| bucket.unit != child && subtree.contains(&bucket.unit));
        // A body that neither registers nor is expected to would only be a row of zeros; before anything
        // was registered, the rows show who there is.
        if whole.total == 0 || sum.total > 0 || report.units.iter().any(|unit| subtree.contains(unit)) {
            counted.push((child, sum, has_children));
        }
    }
    counted.sort_by_cached_key(|(unit, _, _)| sort_key(&name(*unit)));
    for (unit, sum, has_children) in counted {
        let mut row = row(device, &cycle_id, unit, name(unit), &sum, false)?;
        row.has_children = has_children;
        row.demonstration = units.get(unit).is_some_and(|unit| unit.demonstration);
        rows.push(row);
    }
    let missing = report.missing.iter().map(|unit| name(*unit)).collect();
    let lower_bounds = rows.iter().filter(|row| row.declared.is_some()).count() as u64;
    Ok(Totals {
        year: i32::try_from(cycle.year).unwrap_or_default(),
        unit: top.to_string(),
        unit_name: name(top),
        day: day.to_string(),
        scheme_owner,
        footnotes: footnotes(&whole, &basis, lower_bounds),
        sum: cell(&whole),
        rows,
        reported: report.reported,
        expected: report.expected,
        missing,
        filter: ModelFilter {
            cycle: Some(cycle_id.clone()),
            unit: Some(top.to_string()),
            day: Some(day.to_string()),
            counted: true,
            ..ModelFilter::default()
        },
        made_of: basis.made_of,
        cycle: cycle_id,
        fields,
    })
}

fn day_of(request: &GetTotals, cycle: &CycleRecord) -> Result<Day, Problem> {
    let text = match &request.day {
        Some(day) => day.clone(),
        None => format!("{:04}-12-31", cycle.year),
    };
    Day::parse(&text).map_err(|_| Problem::new("bad_request").with("what", format!("day {text}")))
}

fn top_unit(device: &Device, me: &Me, request: &GetTotals) -> Result<UnitId, Problem> {
    if let Some(named) = &request.unit {
        let unit: UnitId = named
            .parse()
            .map_err(|_| Problem::new("unknown_unit").with("unit", named))?;
        let own = me.unit().is_ok_and(|own| own == unit);
        if device.units().get(unit).is_none() && !own {
            return Err(Problem::new("unknown_unit").with("unit", named));
        }
        return Ok(unit);
    }
    match (me.role(), me.grant.holder) {
        (Role::Post, Holder::Unit(unit)) => Ok(unit),
        _ => me.root_unit.ok_or_else(|| Problem::new("not_enrolled")),
    }
}

/// The unit and what is below it on the day; a unit that does not exist on the day is still itself.
fn below(tree: &UnitTree, unit: UnitId) -> BTreeSet<UnitId> {
    let mut below = tree.subtree(unit);
    below.insert(unit);
    below
}

/// Children that have anything in their subtree to count, or that exist on the day.
fn children(tree: &UnitTree, top: UnitId, below: &BTreeSet<UnitId>) -> Vec<UnitId> {
    tree.children(top)
        .iter()
        .copied()
        .filter(|child| below.contains(child))
        .collect()
}

fn row(
    device: &Device,
    cycle: &str,
    unit: UnitId,
    name: String,
    sum: &Sum,
    own_only: bool,
) -> Result<TotalRow, Problem> {
    Ok(TotalRow {
        unit: unit.to_string(),
        name,
        has_children: false,
        cell: cell(sum),
        declared: declared_total(device, unit, cycle)?,
        demonstration: false,
        own_only,
    })
}

/// What the unit itself gives as its total, when that is not an exact figure ("trên 200").
fn declared_total(device: &Device, unit: UnitId, cycle: &str) -> Result<Option<String>, Problem> {
    let figures = unit_figures_declared(device, &unit.to_string(), Some(cycle))?;
    let stated = figures
        .values()
        .find(|figure| figure.name == super::registrations::TOTAL_FIGURE);
    Ok(stated
        .filter(|stated| figure::read(&stated.raw).qualifier.is_lower_bound())
        .map(|stated| stated.raw.clone()))
}

fn cell(sum: &Sum) -> TotalCell {
    TotalCell {
        total: sum.total,
        new: sum.new,
        maintained: sum.maintained,
        not_split: sum.not_split,
        by_field: sum.by_field.clone(),
        unclassified: sum.unclassified,
    }
}

/// Distinct models of a cycle by unit, field and kind. A model with two registrations counts once, under
/// the registration whose id comes first, which is the same on every device.
fn basis(device: &Device, cycle: &str, below: &BTreeSet<UnitId>) -> Result<Basis, Problem> {
    device.ledger.read(|connection| {
        let mut statement = connection
            .prepare_cached(
                "SELECT unit, field, kind, count(*) AS models, sum(demonstration) AS demonstration
                 FROM (SELECT min(code), unit, field, kind, demonstration FROM registration
                       WHERE cycle = ?1 AND counted = 1 GROUP BY model)
                 GROUP BY unit, field, kind",
            )
            .map_err(query)?;
        let mut found = statement.query([cycle]).map_err(query)?;
        let mut buckets = Vec::new();
        let mut demonstration = 0;
        while let Some(row) = found.next().map_err(query)? {
            let read = || -> rusqlite::Result<(String, Bucket, i64)> {
                let unit: String = row.get(0)?;
                let bucket = Bucket {
                    unit: UnitId(uuid::Uuid::nil()),
                    field: row.get(1)?,
                    kind: row.get(2)?,
                    models: row.get::<_, i64>(3)? as u64,
                };
                Ok((unit, bucket, row.get(4)?))
            };
            let (unit, bucket, labelled) = read().map_err(query)?;
            let Ok(unit) = unit.parse::<UnitId>() else { continue };
            if below.contains(&unit) {
                demonstration += labelled as u64;
                buckets.push(Bucket { unit, ..bucket });
            }
        }
        let duplicates: i64 = connection
            .prepare_cached(
                "SELECT coalesce(sum(twins - 1), 0) FROM (
                   SELECT count(*) AS twins FROM registration WHERE cycle = ?1 AND counted = 1 AND name_fold <> ''
                   GROUP BY unit, name_fold HAVING count(*) > 1)",
            )
            .and_then(|mut statement| statement.query_row([cycle], |row| row.get(0)))
            .map_err(query)?;
        let made_of = made_of(connection, cycle)?;
        Ok(Basis { buckets, demonstration, duplicates: duplicates as u64, made_of })
    })
}

/// The states of exactly the records behind the cycle's figures, as one digest.
fn made_of(connection: &rusqlite::Connection, cycle: &str) -> Result<String, Problem> {
    let mut statement = connection
        .prepare_cached("SELECT state_hash FROM registration WHERE cycle = ?1 AND counted = 1")
        .map_err(query)?;
    let mut digest = cotmoc_core::exchange::SetDigest::default();
    let mut found = statement.query([cycle]).map_err(query)?;
    while let Some(row) = found.next().map_err(query)? {
        let hash = row.get_ref(0).map_err(query)?;
        if let Some(hash) = hash.as_bytes().ok().and_then(cotmoc_core::id::Hash32::from_slice) {
            digest.add(&hash);
        }
    }
    Ok(cotmoc_core::id::Hash32(digest.0).to_string())
}

struct Reporting {
    units: Vec<UnitId>,
    reported: u32,
    expected: u32,
    missing: Vec<UnitId>,
}

/// n of N: the units the cycle expects, or every unit that has a device, and which of them have registered.
fn reporting(
    device: &Device,
    me: &Me,
    cycle: &CycleRecord,
    buckets: &[Bucket],
    below: &BTreeSet<UnitId>,
) -> Reporting {
    let named: BTreeSet<UnitId> = cycle
        .expected
        .iter()
        .filter_map(|unit| unit.parse().ok())
        .collect();
    let expected: BTreeSet<UnitId> = if named.is_empty() {
        device.ledger.with_roster(me.province, |roster| {
            let grants = roster.map(|roster| roster.grants.values()).into_iter().flatten();
            grants
                .filter_map(|grant| match grant.holder {
                    Holder::Unit(unit) => Some(unit),
                    _ => None,
                })
                .collect()
        })
    } else {
        named
    };
    let reported: BTreeSet<UnitId> = buckets.iter().map(|bucket| bucket.unit).collect();
    let expected: Vec<UnitId> = expected.into_iter().filter(|unit| below.contains(unit)).collect();
    let missing: Vec<UnitId> = expected
        .iter()
        .copied()
        .filter(|unit| !reported.contains(unit))
        .collect();
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Reporting {
        reported: count(expected.len() - missing.len()),
        expected: count(expected.len()),
        missing,
        units: expected,
    }
}

fn footnotes(whole: &Sum, basis: &Basis, lower_bounds: u64) -> Vec<Footnote> {
    let notes = [
        ("not_split", whole.not_split),
        ("unclassified", whole.unclassified),
        ("possible_duplicates", basis.duplicates),
        ("lower_bound", lower_bounds),
        ("demonstration", basis.demonstration),
    ];
    let told = notes.into_iter().filter(|(_, count)| *count > 0);
    told.map(|(code, count)| Footnote {
        code: code.to_owned(),
        count,
    })
    .collect()
}

/// The whole of the newest cycle and who is missing, for the first screen.
pub(crate) fn overview(device: &Device) -> Result<Option<Totals>, Problem> {
    if super::registrations::current_cycle(device)?.is_none() {
        return Ok(None);
    }
    totals(device, GetTotals::default()).map(Some)
}
