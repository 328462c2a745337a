//! What totals are computed from.

use std::collections::BTreeMap;

use cotmoc_core::exchange::SetDigest;
use cotmoc_core::id::Hash32;
use cotmoc_core::org::{UnitId, UnitSet};
use cotmoc_core::report::totals::Bucket;
use rusqlite::Connection;

use crate::contract::Problem;
use crate::device::Device;
use crate::problems::query;

/// The counted registrations of a cycle.
pub(super) struct Basis {
    /// Distinct models of the asked units by unit, field and kind.
    pub buckets: Vec<Bucket>,
    /// Of these, labelled demonstration data.
    pub demonstration: u64,
    /// Registrations of the asked units that bear the name of another of the same unit.
    pub duplicates: u64,
    /// The states of exactly the records behind the asked units' figures, as one digest.
    pub made_of: String,
}

/// Reads the basis of a cycle's totals for the units asked for.
///
/// Each part reads one covering index in its own order and counts while reading: grouping tens of thousands
/// of rows by text costs SQLite several times the reading itself.
pub(super) fn basis(device: &Device, cycle: &str, asked: &UnitSet) -> Result<Basis, Problem> {
    device.ledger.read(|connection| {
        let counts = count_models(connection, cycle).map_err(query)?;
        let mut buckets = Vec::new();
        let mut demonstration = 0;
        for (place, counted) in counts {
            let Ok(unit) = place.unit.parse::<UnitId>() else {
                continue;
            };
            if asked.contains(unit) {
                demonstration += counted.demonstration;
                buckets.push(Bucket {
                    unit,
                    field: place.field,
                    kind: place.kind,
                    models: counted.models,
                });
            }
        }
        Ok(Basis {
            buckets,
            demonstration,
            duplicates: twins(connection, cycle, asked).map_err(query)?,
            made_of: made_of(connection, cycle, asked).map_err(query)?,
        })
    })
}

#[derive(PartialEq, Eq, PartialOrd, Ord, Default)]
struct Where {
    unit: String,
    field: String,
    kind: String,
}

#[derive(Default)]
struct Counted {
    models: u64,
    demonstration: u64,
}

/// A model with two registrations counts once, under the registration whose id comes first, which is the
/// same on every device.
fn count_models(connection: &Connection, cycle: &str) -> rusqlite::Result<BTreeMap<Where, Counted>> {
    let mut statement = connection.prepare_cached(
        "SELECT model, unit, field, kind, demonstration FROM registration
         WHERE cycle = ?1 AND counted = 1 ORDER BY model, code",
    )?;
    let mut found = statement.query([cycle])?;
    let mut counts: BTreeMap<Where, Counted> = BTreeMap::new();
    let mut model = String::new();
    let mut place = Where::default();
    while let Some(row) = found.next()? {
        let this = row.get_ref(0)?.as_str()?;
        if this == model {
            continue;
        }
        replace(&mut model, this);
        replace(&mut place.unit, row.get_ref(1)?.as_str()?);
        replace(&mut place.field, row.get_ref(2)?.as_str()?);
        replace(&mut place.kind, row.get_ref(3)?.as_str()?);
        let labelled = u64::from(row.get::<_, bool>(4)?);
        match counts.get_mut(&place) {
            Some(counted) => {
                counted.models += 1;
                counted.demonstration += labelled;
            }
            None => {
                let counted = Counted {
                    models: 1,
                    demonstration: labelled,
                };
                counts.insert(std::mem::take(&mut place), counted);
            }
        }
    }
    Ok(counts)
}

/// Registrations that share their folded name with another of the same unit.
fn twins(connection: &Connection, cycle: &str, asked: &UnitSet) -> rusqlite::Result<u64> {
    let mut statement = connection.prepare_cached(
        "SELECT unit, name_fold FROM registration WHERE cycle = ?1 AND counted = 1 ORDER BY unit, name_fold",
    )?;
    let mut found = statement.query([cycle])?;
    let (mut unit, mut name) = (String::new(), String::new());
    let (mut is_asked, mut alike) = (false, 0u64);
    let mut twins = 0;
    while let Some(row) = found.next()? {
        let (this_unit, this_name) = (row.get_ref(0)?.as_str()?, row.get_ref(1)?.as_str()?);
        if this_unit != unit {
            is_asked = this_unit.parse().is_ok_and(|unit| asked.contains(unit));
        } else if this_name == name {
            alike += 1;
            // The second of a name makes the first a twin too.
            twins += match (is_asked && !name.is_empty(), alike) {
                (false, _) => 0,
                (true, 2) => 2,
                (true, _) => 1,
            };
            continue;
        }
        replace(&mut unit, this_unit);
        replace(&mut name, this_name);
        alike = 1;
    }
    Ok(twins)
}

fn made_of(connection: &Connection, cycle: &str, asked: &UnitSet) -> rusqlite::Result<String> {
    let mut statement = connection.prepare_cached(
        "SELECT unit, state_hash FROM registration WHERE cycle = ?1 AND counted = 1 ORDER BY unit",
    )?;
    let mut units = ByUnit::of(asked);
    let mut digest = SetDigest::default();
    let mut found = statement.query([cycle])?;
    while let Some(row) = found.next()? {
        units.moved_to(row.get_ref(0)?.as_str()?);
        let hash = row.get_ref(1)?;
        if let Some(hash) = hash.as_bytes().ok().and_then(Hash32::from_slice)
            && units.is_asked
        {
            digest.add(&hash);
        }
    }
    Ok(Hash32(digest.0).to_string())
}

/// Whether the unit of the row being read is one of those asked for, found out once per unit.
struct ByUnit<'a> {
    asked: &'a UnitSet,
    unit: String,
    is_asked: bool,
}

impl<'a> ByUnit<'a> {
    fn of(asked: &'a UnitSet) -> Self {
        Self {
            asked,
            unit: String::new(),
            is_asked: false,
        }
    }

    /// Says whether this is another unit than that of the row before.
    fn moved_to(&mut self, unit: &str) -> bool {
        if self.unit == unit {
            return false;
        }
        replace(&mut self.unit, unit);
        self.is_asked = unit.parse().is_ok_and(|unit| self.asked.contains(unit));
        true
    }
}

/// Keeps the memory of the text it replaces.
fn replace(text: &mut String, with: &str) {
    if text != with {
        text.clear();
        text.push_str(with);
    }
}
