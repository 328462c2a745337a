//! All units in memory: a province has at most a few thousand, and every list needs their names.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cotmoc_core::org::{Counting, Day, Part, Unit, UnitId, UnitSet, UnitTree};
use cotmoc_ledger::Ledger;

use crate::contract::Problem;

/// The units this device holds.
#[derive(Debug, Default)]
pub(crate) struct Units {
    all: Vec<Unit>,
    by_id: BTreeMap<UnitId, usize>,
    /// The trees of the days last asked for; making one is a fold over all units.
    trees: Mutex<Vec<Arc<UnitTree>>>,
    /// As the trees, with the place of every unit that ever was.
    countings: Mutex<Vec<Arc<Counting>>>,
}

/// How many days are kept at hand.
const KEPT: usize = 4;

/// A unit whose records are asked for, in the tree of a day.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The unit.
    pub top: UnitId,
    /// The day asked for, or the nearest on which the unit existed: the tree of a merged province is that of
    /// its last day.
    pub day: Day,
    /// Where everything is counted on that day.
    pub counting: Arc<Counting>,
    /// The unit is the root of the province: whatever is held is in its total.
    pub takes_all: bool,
}

impl Asked {
    /// The units whose records are meant. Totals and lists both ask here.
    pub fn units(&self, part: Part) -> UnitSet {
        self.counting.units_of(self.top, part, self.takes_all)
    }
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
            countings: Mutex::new(Vec::new()),
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
        let mut trees = self.trees.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tree) = trees.iter().find(|tree| tree.day() == day) {
            return tree.clone();
        }
        let tree = Arc::new(UnitTree::at(&self.all, day));
        trees.insert(0, tree.clone());
        trees.truncate(KEPT);
        tree
    }

    /// The records of `top` as of `day`; `root` is the unit at the root of the province.
    pub fn asked(&self, top: UnitId, day: Day, root: Option<UnitId>) -> Asked {
        let day = self.get(top).map_or(day, |unit| unit.nearest_day(day));
        Asked {
            top,
            day,
            counting: self.counting(day),
            takes_all: root == Some(top),
        }
    }

    /// Under which unit of the day the records of every unit are counted.
    pub fn counting(&self, day: Day) -> Arc<Counting> {
        let mut countings = self.countings.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = countings.iter().find(|known| known.tree().day() == day) {
            return known.clone();
        }
        let counting = Arc::new(Counting::on(&self.all, day));
        countings.insert(0, counting.clone());
        countings.truncate(KEPT);
        counting
    }

    /// Name on a day; the id's text when the unit is not known here.
    pub fn name(&self, id: &str, day: Day) -> String {
        let unit = id.parse().ok().and_then(|id| self.get(UnitId(id)));
        unit.map_or_else(String::new, |unit| unit.name_on(day).to_owned())
    }
}
