//! Rows of a list of units, as a sheet or a published list holds them, and their assembly into units.
//!
//! One row is one unit and one validity: a unit that changed its name, code or parent has several rows with
//! the same slug. Every door that imports units (the JSON list, the XLSX template) makes such rows, so all of
//! them are checked alike.

use std::collections::{BTreeMap, BTreeSet};

use super::day::{Day, overlap};
use super::fault::{Column, Fault, Problem};
use super::import::Imported;
use super::inference;
use super::unit::{Coded, Level, Named, ParentLink, Provenance, Share, Successor, Unit, UnitId};
use super::validation;
use crate::text::nfc::keep;

/// A successor as written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SuccessorRow {
    /// The successor's slug.
    pub slug: String,
    /// "full" or "partial".
    pub share: String,
    /// What the source says about it.
    pub note: Option<String>,
}

/// One row: a unit during one validity, every value as written. Dates are "YYYY-MM-DD", "YYYY-MM" or "YYYY";
/// ends are exclusive.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct UnitRow {
    /// Where the row stands in its list, from 1; faults name it.
    pub row: u32,
    /// The word that names the unit within the list.
    pub slug: String,
    /// The name during this validity.
    pub name: String,
    /// The level, by its stored word.
    pub level: String,
    /// The slug of the unit above; none for a province.
    pub parent: Option<String>,
    /// The statistical code with its leading zeros.
    pub code: Option<String>,
    /// The first day; none when it lies before the period of interest.
    pub valid_from: Option<String>,
    /// The first day after the last; none while it lasts.
    pub valid_until: Option<String>,
    /// The units that took over when the unit ended; written on any of its rows.
    pub successors: Vec<SuccessorRow>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Whether it is demonstration data.
    pub demonstration: bool,
    /// Where the row comes from.
    pub provenance: Provenance,
}

/// Makes units of rows. `known` are the units that rows may refer to besides each other; a row with the slug
/// of a known unit replaces it.
///
/// Units with a fault that blocks are left out, and so are units that refer to them, so that what remains can
/// be used as it is. Every fault names row and column. Parents are cut to the time they exist, and gaps that
/// a succession explains are filled.
pub fn assemble(rows: &[UnitRow], known: &[Unit]) -> Imported {
    let mut assembly = Assembly::default();
    for row in rows {
        assembly.read(row);
    }
    let known: Vec<Unit> = known
        .iter()
        .filter(|unit| !assembly.first_row.contains_key(&unit.id))
        .cloned()
        .collect();
    let mut units: Vec<Unit> = assembly
        .order
        .clone()
        .into_iter()
        .filter_map(|id| assembly.unit(id))
        .collect();
    assembly.drop_dangling(&mut units, &known);
    inference::complete_parents(&mut units, &known);
    loop {
        let faults = validation::check_rows(&units, &known, &assembly.first_row);
        let blocked: BTreeSet<UnitId> = faults
            .iter()
            .filter(|(_, fault)| fault.problem.blocks())
            .map(|(unit, _)| *unit)
            .collect();
        let clean = blocked.is_empty();
        // Before the last round only the faults that drop a unit are final; the others are looked for again
        // without it.
        assembly.faults.extend(
            faults
                .into_iter()
                .filter(|(_, fault)| clean || fault.problem.blocks())
                .map(|(_, fault)| fault),
        );
        if clean {
            break;
        }
        units.retain(|unit| !blocked.contains(&unit.id));
        assembly.drop_dangling(&mut units, &known);
    }
    assembly.faults.sort_by_key(|fault| (fault.row, fault.column));
    Imported {
        units,
        faults: assembly.faults,
        rows: rows.len(),
    }
}

/// A row that could be read.
struct Segment {
    row: u32,
    name: String,
    level: Level,
    parent: Option<UnitId>,
    code: Option<String>,
    span: (Option<Day>, Option<Day>),
}

#[derive(Default)]
struct Assembly {
    faults: Vec<Fault>,
    order: Vec<UnitId>,
    first_row: BTreeMap<UnitId, u32>,
    slugs: BTreeMap<UnitId, String>,
    segments: BTreeMap<UnitId, Vec<Segment>>,
    shells: BTreeMap<UnitId, Unit>,
    faulty: BTreeSet<UnitId>,
}

impl Assembly {
    fn fault(&mut self, row: u32, slug: &str, column: Column, problem: Problem) {
        if problem.blocks() {
            self.faulty.insert(UnitId::from_slug(slug));
        }
        self.faults.push(Fault {
            row,
            unit: slug.to_owned(),
            column,
            problem,
        });
    }

    fn read(&mut self, row: &UnitRow) {
        let slug = row.slug.trim();
        if slug.is_empty() {
            self.faults.push(Fault {
                row: row.row,
                unit: keep(&row.name),
                column: Column::Id,
                problem: Problem::Missing,
            });
            return;
        }
        let id = self.refer(slug);
        if !self.first_row.contains_key(&id) {
            self.order.push(id);
            self.first_row.insert(id, row.row);
        }
        if row.name.trim().is_empty() {
            self.fault(row.row, slug, Column::Name, Problem::Missing);
        }
        let level = self.level(row, slug);
        let from = self.date(row, slug, Column::ValidFrom, row.valid_from.as_deref());
        let until = self.date(row, slug, Column::ValidUntil, row.valid_until.as_deref());
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let problem = Problem::EndsBeforeItBegins { from, until };
            self.fault(row.row, slug, Column::ValidUntil, problem);
        }
        let code = filled(row.code.as_deref());
        if let Some(code) = code.filter(|code| !code.bytes().all(|byte| byte.is_ascii_digit())) {
            let value = code.to_owned();
            self.fault(row.row, slug, Column::GsoCode, Problem::NotACode { value });
        }
        let parent = filled(row.parent.as_deref()).map(|parent| self.refer(parent));
        if parent == Some(id) {
            self.fault(row.row, slug, Column::Parent, Problem::RefersToItself);
        }
        let successors = self.successors(row, slug, id);
        self.extend_shell(row, id, level, successors);
        self.segments.entry(id).or_default().push(Segment {
            row: row.row,
            name: keep(&row.name),
            level,
            parent,
            code: code.map(str::to_owned),
            span: (from, until),
        });
    }

    /// The id of a slug, remembered so that faults can name it.
    fn refer(&mut self, slug: &str) -> UnitId {
        let id = UnitId::from_slug(slug);
        self.slugs.entry(id).or_insert_with(|| slug.to_owned());
        id
    }

    fn level(&mut self, row: &UnitRow, slug: &str) -> Level {
        let written = row.level.trim();
        Level::from_code(written).unwrap_or_else(|| {
            let problem = if written.is_empty() {
                Problem::Missing
            } else {
                Problem::UnknownLevel {
                    value: written.to_owned(),
                }
            };
            self.fault(row.row, slug, Column::Level, problem);
            // Never seen: the unit is faulty from here on.
            Level::Village
        })
    }

    fn date(&mut self, row: &UnitRow, slug: &str, column: Column, written: Option<&str>) -> Option<Day> {
        let written = filled(written)?;
        let day = Day::parse_start(written).ok();
        if day.is_none() {
            let value = written.to_owned();
            self.fault(row.row, slug, column, Problem::NotADate { value });
        }
        day
    }

    fn successors(&mut self, row: &UnitRow, slug: &str, id: UnitId) -> Vec<Successor> {
        let mut successors: Vec<Successor> = Vec::new();
        for written in &row.successors {
            let unit = self.refer(written.slug.trim());
            let share = match written.share.trim() {
                "full" => Share::Full,
                "partial" => Share::Partial,
                share => {
                    let value = share.to_owned();
                    self.fault(row.row, slug, Column::Successors, Problem::UnknownShare { value });
                    continue;
                }
            };
            if unit == id {
                self.fault(row.row, slug, Column::Successors, Problem::RefersToItself);
            } else if successors.iter().any(|known| known.unit == unit) {
                let value = written.slug.clone();
                self.fault(row.row, slug, Column::Successors, Problem::ListedTwice { value });
            } else {
                successors.push(Successor {
                    unit,
                    share,
                    note: written.note.as_deref().map(keep),
                });
            }
        }
        successors
    }

    /// Gathers what does not depend on the validity: the first row gives it, later rows add to it.
    fn extend_shell(&mut self, row: &UnitRow, id: UnitId, level: Level, successors: Vec<Successor>) {
        let slug = self.slugs.get(&id).cloned();
        let shell = self.shells.entry(id).or_insert_with(|| Unit {
            id,
            slug,
            names: Vec::new(),
            aliases: Vec::new(),
            level,
            codes: Vec::new(),
            parents: Vec::new(),
            valid_from: None,
            valid_until: None,
            successors: Vec::new(),
            demonstration: row.demonstration,
            provenance: Provenance {
                notes: Vec::new(),
                ..row.provenance.clone()
            },
        });
        for alias in row.aliases.iter().map(|alias| keep(alias)) {
            if !shell.aliases.contains(&alias) {
                shell.aliases.push(alias);
            }
        }
        for successor in successors {
            if !shell.successors.iter().any(|known| known.unit == successor.unit) {
                shell.successors.push(successor);
            }
        }
        let partial_dates = [
            (Column::ValidFrom, &row.valid_from),
            (Column::ValidUntil, &row.valid_until),
        ];
        let imprecise = partial_dates.into_iter().filter_map(|(column, written)| {
            let written = filled(written.as_deref()).filter(|written| written.len() < 10)?;
            Some(format!("{} known as {written} only", column.field()))
        });
        for note in row
            .provenance
            .notes
            .iter()
            .map(|note| keep(note))
            .chain(imprecise)
        {
            if !shell.provenance.notes.contains(&note) {
                shell.provenance.notes.push(note);
            }
        }
    }

    /// Puts the rows of one unit in the order of time. None when one of them is faulty.
    fn unit(&mut self, id: UnitId) -> Option<Unit> {
        let mut segments = self.segments.remove(&id)?;
        let mut unit = self.shells.remove(&id)?;
        let slug = self.slugs.get(&id).cloned().unwrap_or_default();
        segments.sort_by_key(|segment| segment.span);
        for pair in segments.windows(2) {
            let (before, after) = (&pair[0], &pair[1]);
            let other_row = before.row;
            if overlap(before.span, after.span) {
                let problem = Problem::OverlapsRow { other_row };
                self.fault(after.row, &slug, Column::ValidFrom, problem);
            } else if let (Some(from), Some(until)) = (before.span.1, after.span.0)
                && from < until
            {
                let problem = Problem::LeavesAGap { from, until };
                self.fault(after.row, &slug, Column::ValidFrom, problem);
            }
            if before.level != after.level {
                let problem = Problem::DiffersFromRow { other_row };
                self.fault(after.row, &slug, Column::Level, problem);
            }
        }
        if self.faulty.contains(&id) {
            return None;
        }
        unit.valid_from = segments.first()?.span.0;
        unit.valid_until = segments.last()?.span.1;
        for Segment {
            name,
            parent,
            code,
            span: (from, until),
            ..
        } in segments
        {
            match unit
                .names
                .last_mut()
                .filter(|last| last.name == name && last.until == from)
            {
                Some(last) => last.until = until,
                None => unit.names.push(Named { name, from, until }),
            }
            if let Some(code) = code {
                match unit
                    .codes
                    .last_mut()
                    .filter(|last| last.code == code && last.until == from)
                {
                    Some(last) => last.until = until,
                    None => unit.codes.push(Coded { code, from, until }),
                }
            }
            if let Some(parent) = parent {
                match unit
                    .parents
                    .last_mut()
                    .filter(|last| last.parent == parent && last.until == from)
                {
                    Some(last) => last.until = until,
                    None => unit.parents.push(ParentLink { parent, from, until }),
                }
            }
        }
        Some(unit)
    }

    /// Drops units that refer to no unit or to a dropped one, until none does.
    fn drop_dangling(&mut self, units: &mut Vec<Unit>, known: &[Unit]) {
        let mut there: BTreeSet<UnitId> = units.iter().chain(known).map(|unit| unit.id).collect();
        let mut referred_by: BTreeMap<UnitId, Vec<usize>> = BTreeMap::new();
        for (at, unit) in units.iter().enumerate() {
            for (_, other) in references(unit) {
                referred_by.entry(other).or_default().push(at);
            }
        }
        // Layer by layer, each looked at once: a list may hang on one bad row as a long chain.
        let mut layer: BTreeSet<usize> = (0..units.len()).collect();
        while !layer.is_empty() {
            let mut dropped: Vec<UnitId> = Vec::new();
            for unit in layer.iter().filter_map(|at| units.get(*at)) {
                let missing: Vec<(Column, UnitId)> = references(unit)
                    .filter(|(_, other)| !there.contains(other))
                    .collect();
                if !missing.is_empty() && there.contains(&unit.id) {
                    dropped.push(unit.id);
                    self.report_missing(unit.id, missing);
                }
            }
            for unit in &dropped {
                there.remove(unit);
            }
            let behind = dropped.iter().filter_map(|unit| referred_by.get(unit));
            layer = behind.flatten().copied().collect();
        }
        units.retain(|unit| !self.faulty.contains(&unit.id));
    }

    fn report_missing(&mut self, unit: UnitId, missing: Vec<(Column, UnitId)>) {
        for (column, other) in missing {
            let value = self.slugs.get(&other).cloned().unwrap_or_default();
            let problem = if self.first_row.contains_key(&other) {
                Problem::FaultyUnit { value }
            } else {
                Problem::UnknownUnit { value }
            };
            let row = self.first_row.get(&unit).copied().unwrap_or_default();
            let slug = self.slugs.get(&unit).cloned().unwrap_or_default();
            self.fault(row, &slug, column, problem);
        }
    }
}

/// What a unit refers to, by the column that says so.
fn references(unit: &Unit) -> impl Iterator<Item = (Column, UnitId)> + '_ {
    let parents = unit.parents.iter().map(|link| (Column::Parent, link.parent));
    let successors = unit
        .successors
        .iter()
        .map(|after| (Column::Successors, after.unit));
    parents.chain(successors)
}

/// A cell with something in it.
fn filled(cell: Option<&str>) -> Option<&str> {
    cell.map(str::trim).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests;
