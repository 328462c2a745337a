//! Which units of a file a province takes, and which rows it refuses.

use std::collections::{BTreeMap, BTreeSet};

use cotmoc_core::id::{ProvinceId, RecordId};
use cotmoc_core::org::{Column, Fault, Imported, Level, Unit, UnitId, read_units};
use cotmoc_core::record::{Edit, RecordKind};
use serde_json::Value;

use super::file;
use super::item::{refusal, secrecy_marks, shown};
use super::plan::{Plan, Standing, fits};
use crate::contract::Problem;
use crate::contract::reference::{ImportRemark, RefusedRow};

/// Where the units came from, so that a fault can be named in the words of the file.
pub(super) struct Origin<'a> {
    /// The rows of each unit.
    pub rows: BTreeMap<UnitId, Vec<u32>>,
    /// What a row holds in a column.
    pub found: &'a dyn Fn(u32, Column) -> String,
    /// What the file calls a column.
    pub heading: fn(Column) -> &'static str,
}

/// Plans the import of a JSON list of units.
pub(super) fn plan_json(text: &str, held: &[Unit], home: Home) -> Result<Plan, Problem> {
    let list = file::json(text, "dvk.org-units/1")?;
    let records = file::list(&list, "units")?;
    let imported = read_units(text, held).map_err(|_| file::not_readable("json"))?;
    let mut rows: BTreeMap<UnitId, Vec<u32>> = BTreeMap::new();
    for (row, record) in (1..).zip(records) {
        if let Some(slug) = record.get("id").and_then(Value::as_str) {
            let of_unit = rows.entry(UnitId::from_slug(slug.trim())).or_default();
            of_unit.push(row);
        }
    }
    let found = |row: u32, column: Column| {
        let record = usize::try_from(row)
            .ok()
            .and_then(|row| records.get(row.checked_sub(1)?));
        record
            .and_then(|record| record.get(column.field()))
            .map(shown)
            .unwrap_or_default()
    };
    let origin = Origin {
        rows,
        found: &found,
        heading: Column::field,
    };
    let mut plan = plan_units(imported, &origin, held, home);
    let marks = secrecy_marks(&list);
    plan.marked = !marks.is_empty();
    plan.refused.extend(marks);
    Ok(plan)
}

/// The province that imports: only what belongs to it is taken.
#[derive(Debug, Clone, Copy)]
pub(super) struct Home {
    /// The province.
    pub province: ProvinceId,
    /// The unit at the root of its tree.
    pub root: UnitId,
}

/// Record of a unit. Each province keeps its own record of a unit: nothing but totals crosses between
/// provinces, and a unit can belong to one after the other.
pub(super) fn unit_record(province: ProvinceId, unit: UnitId) -> RecordId {
    RecordId::derived("unit", &[province.0.as_bytes(), unit.0.as_bytes()])
}

/// Plans the import of assembled units: those that belong to the province of `root`.
pub(super) fn plan_units(imported: Imported, origin: &Origin<'_>, held: &[Unit], home: Home) -> Plan {
    let mut plan = Plan::default();
    let blocking = imported.faults.iter().filter(|fault| fault.problem.blocks());
    plan.refused.extend(blocking.map(|fault| origin.refuse(fault)));
    let mut units = imported.units;
    drop_unusable(&mut units, origin, held, &mut plan.refused);
    let known: BTreeMap<UnitId, &Unit> = held.iter().map(|unit| (unit.id, unit)).collect();
    let listed: BTreeSet<UnitId> = units.iter().map(|unit| unit.id).collect();
    let rest = held.iter().filter(|unit| !listed.contains(&unit.id));
    let belonging = belonging(units.iter().chain(rest), home.root);
    for unit in units.iter().filter(|unit| belonging.contains(&unit.id)) {
        let standing = Standing::of(known.get(&unit.id).copied(), unit);
        let rows = origin.rows.get(&unit.id).map_or(1, |rows| rows.len() as u64);
        plan.take(
            rows,
            standing,
            unit_record(home.province, unit.id),
            RecordKind::Unit,
            edit_of(unit),
        );
    }
    let is_taken = |fault: &&Fault| {
        let unit = UnitId::from_slug(&fault.unit);
        !fault.problem.blocks() && listed.contains(&unit) && belonging.contains(&unit)
    };
    let doubtful = imported.faults.iter().filter(is_taken);
    plan.remarks.extend(doubtful.map(|fault| origin.remark(fault)));
    plan.refused.sort_by_key(|refused| refused.row);
    // A record that stands for two validities has the same fault, or the same doubt, in both.
    let mut told = BTreeSet::new();
    plan.refused
        .retain(|row| told.insert((row.row, row.column.clone(), row.reason.clone(), row.value.clone())));
    let mut told = BTreeSet::new();
    plan.remarks
        .retain(|it| told.insert((it.row, it.column.clone(), it.code.clone(), it.params.clone())));
    plan
}

fn edit_of(unit: &Unit) -> Edit {
    Edit::whole("unit", unit)
}

/// Leaves out units that stand under no province, units too large to be kept, and what refers to them. Silence
/// would lose them: they belong to no province, so nobody would take them.
fn drop_unusable(units: &mut Vec<Unit>, origin: &Origin<'_>, held: &[Unit], refused: &mut Vec<RefusedRow>) {
    let mut dropped: BTreeMap<UnitId, String> = BTreeMap::new();
    for unit in units.iter() {
        let (column, reason) = if unit.parents.is_empty() && unit.level != Level::Province {
            (Column::Parent, "no_parent")
        } else if !fits(RecordKind::Unit, &edit_of(unit)) {
            (Column::Row, "too_large")
        } else {
            continue;
        };
        refused.push(origin.refusal(unit.id, column, reason, ""));
        dropped.insert(unit.id, name_of(unit));
    }
    let known: BTreeSet<UnitId> = held.iter().map(|unit| unit.id).collect();
    while !dropped.is_empty() {
        units.retain(|unit| !dropped.contains_key(&unit.id));
        let mut dangling = BTreeMap::new();
        for unit in units.iter() {
            let parents = unit.parents.iter().map(|link| (Column::Parent, link.parent));
            let successors = unit
                .successors
                .iter()
                .map(|after| (Column::Successors, after.unit));
            let lost = parents
                .chain(successors)
                .find(|(_, other)| dropped.contains_key(other) && !known.contains(other));
            if let Some((column, other)) = lost {
                let value = dropped.get(&other).cloned().unwrap_or_default();
                refused.push(origin.refusal(unit.id, column, "faulty_unit", &value));
                dangling.insert(unit.id, name_of(unit));
            }
        }
        dropped = dangling;
    }
}

fn name_of(unit: &Unit) -> String {
    unit.slug.clone().unwrap_or_else(|| unit.id.to_string())
}

impl Origin<'_> {
    fn refuse(&self, fault: &Fault) -> RefusedRow {
        let problem = serde_json::to_value(&fault.problem).unwrap_or_default();
        let text = |name: &str| {
            problem
                .get(name)
                .and_then(Value::as_str)
                .filter(|text| !text.is_empty())
        };
        let value = ["value", "gso_code", "path"].into_iter().find_map(text);
        let value = value.map_or_else(|| (self.found)(fault.row, fault.column), str::to_owned);
        let reason = text("code").unwrap_or("other");
        refusal(u64::from(fault.row), (self.heading)(fault.column), reason, &value)
    }

    /// A fault that does not block, for a person to judge.
    fn remark(&self, fault: &Fault) -> ImportRemark {
        let problem = serde_json::to_value(&fault.problem).unwrap_or_default();
        let mut params: BTreeMap<String, String> = problem
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| (name.clone(), shown(value)))
            .collect();
        ImportRemark {
            row: u64::from(fault.row),
            column: (self.heading)(fault.column).to_owned(),
            code: params.remove("code").unwrap_or_default(),
            params,
        }
    }

    fn refusal(&self, unit: UnitId, column: Column, reason: &str, value: &str) -> RefusedRow {
        let row = self
            .rows
            .get(&unit)
            .and_then(|rows| rows.first())
            .copied()
            .unwrap_or_default();
        let value = if value.is_empty() {
            (self.found)(row, column)
        } else {
            value.to_owned()
        };
        refusal(u64::from(row), (self.heading)(column), reason, &value)
    }
}

/// The units a province holds: everything that ever stood below its root, what took over from that, and
/// whatever stands above any of them, so that the province can be seen both as it was and as it is now.
pub(super) fn belonging<'a>(units: impl IntoIterator<Item = &'a Unit>, root: UnitId) -> BTreeSet<UnitId> {
    let units: BTreeMap<UnitId, &Unit> = units.into_iter().map(|unit| (unit.id, unit)).collect();
    let mut children: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
    for unit in units.values() {
        for link in &unit.parents {
            children.entry(link.parent).or_default().push(unit.id);
        }
    }
    let below = reach(BTreeSet::from([root]), |unit| {
        children.get(&unit).cloned().unwrap_or_default()
    });
    let of = |unit: UnitId| units.get(&unit).copied();
    let after = reach(below, |unit| {
        of(unit)
            .into_iter()
            .flat_map(|unit| unit.successors.iter().map(|after| after.unit))
            .collect()
    });
    reach(after, |unit| {
        of(unit)
            .into_iter()
            .flat_map(|unit| unit.parents.iter().map(|link| link.parent))
            .collect()
    })
}

/// Everything that can be reached from `start`, itself included.
fn reach(start: BTreeSet<UnitId>, next: impl Fn(UnitId) -> Vec<UnitId>) -> BTreeSet<UnitId> {
    let mut open: Vec<UnitId> = start.iter().copied().collect();
    let mut reached = start;
    while let Some(at) = open.pop() {
        for unit in next(at) {
            if reached.insert(unit) {
                open.push(unit);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests;
