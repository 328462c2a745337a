//! All units in memory: a province has at most a few thousand, and every list needs their names.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cotmoc_core::org::{Day, Unit, UnitId, UnitTree};
use cotmoc_ledger::Ledger;

use crate::contract::Problem;

/// The units this device holds.
#[derive(Debug, Default)]
pub(crate) struct Units {
    all: Vec<Unit>,
    by_id: BTreeMap<UnitId, usize>,
    /// The trees of the days last asked for; making one is a fold over all units.
    trees: Mutex<Vec<Arc<UnitTree>>>,
}

impl Units {
    pub fn load(ledger: &Ledger) -> Result<Self, Problem> {
        let all = ledger.read(|connection| -> Result<Vec<Unit>, cotmoc_ledger::LedgerError> {
            let mut statement = connection.prepare("SELECT state FROM unit ORDER BY code")?;
            let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
            let texts = rows.collect::<Result<Vec<_>, _>>()?;
            Ok(texts
                .iter()
                .filter_map(|text| serde_json::from_str(text).ok())
                .collect())
        })?;
        let by_id = all
            .iter()
            .enumerate()
            .map(|(at, unit): (usize, &Unit)| (unit.id, at))
            .collect();
        Ok(Self {
            all,
            by_id,
            trees: Mutex::new(Vec::new()),
        })
    }

    pub fn all(&self) -> &[Unit] {
        &self.all
    }

    pub fn get(&self, id: UnitId) -> Option<&Unit> {
        self.by_id.get(&id).map(|at| &self.all[*at])
    }

    /// The tree as of a day.
    pub fn tree(&self, day: Day) -> Arc<UnitTree> {
        const KEPT: usize = 4;
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = trees.iter().find(|tree| tree.day() == day) {
            return tree.clone();
        }
        let tree = Arc::new(UnitTree::at(&self.all, day));
        trees.insert(0, tree.clone());
        trees.truncate(KEPT);
        tree
    }

    /// Name on a day; the id's text when the unit is not known here.
    pub fn name(&self, id: &str, day: Day) -> String {
        let unit = id.parse().ok().and_then(|id| self.get(UnitId(id)));
        unit.map_or_else(String::new, |unit| unit.name_on(day).to_owned())
    }
}
