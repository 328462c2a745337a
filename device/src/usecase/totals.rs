//! Totals of registered models by unit and field.

mod basis;
mod reporting;

use std::collections::BTreeMap;

use cotmoc_core::access::Role;
use cotmoc_core::org::{CountedUnder, Day, Part, Row, UnitId};
use cotmoc_core::record::view::CycleRecord;
use cotmoc_core::report::totals::{Bucket, Sum};
use cotmoc_core::text::{figure, sort_key};

use self::basis::{Basis, basis};
use self::reporting::reporting;
use super::registrations::{cycle_or_current, unit_figures_declared};
use crate::contract::Problem;
use crate::contract::models::{ModelFilter, RegistrationKind, RegistrationStatus};
use crate::contract::totals::{Footnote, GetTotals, NamedUnit, TotalCell, TotalRow, Totals};
use crate::device::{Device, Me};
use crate::store::units::{Asked, Units};

/// The code of a scheme that is no field of its own.
const UNCLASSIFIED: &str = "KHAC";

/// Totals are for who holds all they speak of: a unit's device its unit, a compiler the province. A
/// delegation holds the records of some units only, an administrator none.
pub(crate) fn totals(device: &Device, request: GetTotals) -> Result<Totals, Problem> {
    let me = device.me()?;
    me.require(&[Role::Post, Role::Compiler])?;
    let (cycle_id, cycle) =
        cycle_or_current(device, request.cycle.as_deref())?.ok_or_else(|| Problem::new("no_cycle"))?;
    let asked_day = day_of(&request, &cycle)?;
    let units = device.units();
    let own_only = me.role() == Role::Post;
    let asked = units.asked(top_unit(device, &me, &request)?, asked_day, me.root_unit);
    let part = if own_only { Part::Own } else { Part::Whole };
    let (mut fields, scheme_owner) = super::reference::fields_of_scheme(device, &cycle.scheme)?;
    fields.retain(|field| field.code != UNCLASSIFIED);
    let basis = basis(device, &cycle_id, &asked.units(part))?;
    let codes: Vec<&str> = fields.iter().map(|field| field.code.as_str()).collect();
    let whole = Sum::of(&basis.buckets, &codes, |_| true);
    let report = reporting(device, &me, &cycle, &basis.buckets, &asked, own_only);
    let making = Rows {
        device,
        units: &units,
        asked: &asked,
        cycle: &cycle_id,
        codes: &codes,
    };
    let rows = making.all(&basis.buckets, &report.units)?;
    let filter = ModelFilter {
        cycle: Some(cycle_id.clone()),
        unit: Some(asked.top.to_string()),
        day: Some(asked.day.to_string()),
        own_only,
        counted: true,
        ..ModelFilter::default()
    };
    let top = declared(device, asked.top, &cycle_id)?;
    let unallocated = rows.iter().find(|row| row.unallocated);
    Ok(Totals {
        year: i32::try_from(cycle.year).unwrap_or_default(),
        unit: asked.top.to_string(),
        unit_name: name(&units, &asked, asked.top),
        day: asked.day.to_string(),
        asked_day: (asked.day != asked_day).then(|| asked_day.to_string()),
        continued_by: continued_by(&units, &asked, asked_day),
        scheme_owner,
        footnotes: footnotes(
            device,
            &Noted {
                whole: &whole,
                basis: &basis,
                lower_bounds: rows.iter().filter(|row| row.declared.is_some()).count() as u64,
                unallocated: unallocated.map_or(0, |row| row.cell.total),
            },
            &filter,
        )?,
        sum: cell(&whole),
        rows,
        figures: top.figures,
        reported: report.reported(),
        expected: report.expected(),
        missing: report
            .missing
            .iter()
            .map(|unit| named(&units, &asked, *unit))
            .collect(),
        filter,
        made_of: basis.made_of,
        cycle: cycle_id,
        fields,
    })
}

/// The unit's name on the day of the totals.
fn name(units: &Units, asked: &Asked, unit: UnitId) -> String {
    units
        .get(unit)
        .map_or_else(|| unit.to_string(), |unit| unit.name_on(asked.day).to_owned())
}

fn named(units: &Units, asked: &Asked, unit: UnitId) -> NamedUnit {
    NamedUnit {
        unit: unit.to_string(),
        name: name(units, asked, unit),
    }
}

/// The unit that had taken the asked one over by the day asked for.
fn continued_by(units: &Units, asked: &Asked, asked_day: Day) -> Option<NamedUnit> {
    if asked.day == asked_day {
        return None;
    }
    match units.counting(asked_day).place(asked.top) {
        CountedUnder::Unit(unit) => Some(NamedUnit {
            unit: unit.to_string(),
            name: units.get(unit)?.name_on(asked_day).to_owned(),
        }),
        CountedUnder::Unallocated(_) | CountedUnder::Nowhere => None,
    }
}

/// The rows of one answer.
struct Rows<'a> {
    device: &'a Device,
    units: &'a Units,
    asked: &'a Asked,
    cycle: &'a str,
    codes: &'a [&'a str],
}

impl Rows<'_> {
    /// The unit itself, the units below in the order of their names, and what is unallocated. A body that
    /// neither registers nor is expected to would only be a row of zeros.
    fn all(&self, buckets: &[Bucket], expected: &[UnitId]) -> Result<Vec<TotalRow>, Problem> {
        let Asked { top, counting, .. } = self.asked;
        let row_of = |unit: UnitId| counting.row(unit, *top, self.asked.takes_all);
        let mut counted: BTreeMap<Row, Vec<Bucket>> = BTreeMap::new();
        for bucket in buckets {
            if let Some(row) = row_of(bucket.unit) {
                counted.entry(row).or_default().push(bucket.clone());
            }
        }
        for row in expected.iter().filter_map(|unit| row_of(*unit)) {
            counted.entry(row).or_default();
        }
        if counted.is_empty() {
            counted.insert(Row::Own, Vec::new());
        }
        let mut rows = Vec::new();
        for (row, buckets) in &counted {
            let unit = match row {
                Row::Below(unit) => *unit,
                Row::Own | Row::Unallocated => *top,
            };
            let sum = Sum::of(buckets, self.codes, |_| true);
            if *row == Row::Unallocated && sum.total == 0 {
                continue;
            }
            rows.push(self.row(*row, unit, &sum, buckets)?);
        }
        let place = |row: &TotalRow| (row.unallocated, !row.own_only);
        rows.sort_by_cached_key(|row| (place(row), sort_key(&row.name), row.unit.clone()));
        Ok(rows)
    }

    fn row(&self, row: Row, unit: UnitId, sum: &Sum, buckets: &[Bucket]) -> Result<TotalRow, Problem> {
        let is_more_than_own =
            |bucket: &Bucket| self.asked.counting.row(bucket.unit, unit, false) != Some(Row::Own);
        let declared = match row {
            Row::Unallocated => Declared::default(),
            Row::Own | Row::Below(_) => declared(self.device, unit, self.cycle)?,
        };
        Ok(TotalRow {
            unit: unit.to_string(),
            name: name(self.units, self.asked, unit),
            has_children: matches!(row, Row::Below(_)) && buckets.iter().any(is_more_than_own),
            cell: cell(sum),
            declared: declared.total,
            figures: declared.figures,
            demonstration: matches!(row, Row::Below(_))
                && self.units.get(unit).is_some_and(|unit| unit.demonstration),
            own_only: row == Row::Own,
            unallocated: row == Row::Unallocated,
        })
    }
}

fn day_of(request: &GetTotals, cycle: &CycleRecord) -> Result<Day, Problem> {
    let text = match &request.day {
        Some(day) => day.clone(),
        None => format!("{:04}-12-31", cycle.year),
    };
    Day::parse(&text).map_err(|_| Problem::new("bad_request").with("what", format!("day {text}")))
}

fn top_unit(device: &Device, me: &Me, request: &GetTotals) -> Result<UnitId, Problem> {
    let own = match me.role() {
        Role::Post => Some(me.unit()?),
        _ => None,
    };
    let Some(named) = &request.unit else {
        return own.or(me.root_unit).ok_or_else(|| Problem::new("not_enrolled"));
    };
    let unknown = || Problem::new("unknown_unit").with("unit", named);
    let unit: UnitId = named.parse().map_err(|_| unknown())?;
    match own {
        Some(own) if own == unit => Ok(unit),
        Some(_) => Err(Problem::new("not_my_unit")),
        None => device.units().get(unit).map(|unit| unit.id).ok_or_else(unknown),
    }
}

/// What a unit itself gives for a cycle.
#[derive(Default)]
struct Declared {
    /// Its total, when that is not an exact figure ("trên 200").
    total: Option<String>,
    /// How many figures there are.
    figures: u32,
}

fn declared(device: &Device, unit: UnitId, cycle: &str) -> Result<Declared, Problem> {
    let figures = unit_figures_declared(device, &unit.to_string(), Some(cycle))?;
    let stated = figures
        .values()
        .find(|figure| figure.name == super::registrations::TOTAL_FIGURE);
    Ok(Declared {
        total: stated
            .filter(|stated| figure::read(&stated.raw).qualifier.is_lower_bound())
            .map(|stated| stated.raw.clone()),
        figures: u32::try_from(figures.len()).unwrap_or(u32::MAX),
    })
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

/// What the notes of a total speak of.
struct Noted<'a> {
    whole: &'a Sum,
    basis: &'a Basis,
    lower_bounds: u64,
    unallocated: u64,
}

/// What a reader must know of a total, each with the filter that lists exactly what it counts.
fn footnotes(device: &Device, noted: &Noted<'_>, filter: &ModelFilter) -> Result<Vec<Footnote>, Problem> {
    let narrowed = || filter.clone();
    // What was returned is not in the total until the unit submits it again.
    let returned = ModelFilter {
        counted: false,
        status: Some(RegistrationStatus::Returned),
        ..narrowed()
    };
    let not_split = ModelFilter {
        kind: Some(RegistrationKind::NotSplit),
        ..narrowed()
    };
    let unclassified = ModelFilter {
        field: Some(UNCLASSIFIED.to_owned()),
        ..narrowed()
    };
    let unallocated = ModelFilter {
        unallocated: true,
        ..narrowed()
    };
    let twins = ModelFilter {
        possible_duplicate: true,
        ..narrowed()
    };
    let labelled = ModelFilter {
        demonstration: true,
        ..narrowed()
    };
    let notes = [
        ("not_split", noted.whole.not_split, Some(not_split)),
        ("unclassified", noted.whole.unclassified, Some(unclassified)),
        ("unallocated", noted.unallocated, Some(unallocated)),
        (
            "returned",
            super::models::count(device, &returned)?,
            Some(returned),
        ),
        ("possible_duplicates", noted.basis.duplicates, Some(twins)),
        ("lower_bound", noted.lower_bounds, None),
        ("demonstration", noted.basis.demonstration, Some(labelled)),
    ];
    let told = notes.into_iter().filter(|(_, count, _)| *count > 0);
    Ok(told
        .map(|(code, count, filter)| Footnote {
            code: code.to_owned(),
            count,
            filter,
        })
        .collect())
}

/// The whole of the newest cycle and who is missing, for the first screen.
pub(crate) fn overview(device: &Device) -> Result<Option<Totals>, Problem> {
    if super::registrations::current_cycle(device)?.is_none() {
        return Ok(None);
    }
    totals(device, GetTotals::default()).map(Some)
}
