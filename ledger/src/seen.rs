//! What a holder sees and the digest of it, carried on as entries arrive: a holder of thousands of scopes with nothing
//! new costs no more than one of three.

use std::sync::Arc;

use cotmoc_core::access::Reach;
use cotmoc_core::exchange::SetDigest;
use cotmoc_core::id::ProvinceId;
use rusqlite::Connection;

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{Arrival, hash_at, scope_of};
use crate::visible::Visible;

/// So many entries more than there are scopes are looked through before adding up anew is cheaper.
const WORTH_READING: u64 = 1_000;

/// What some devices see alike at one place of the arrival order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    reaches: Vec<Reach<'static>>,
    position: u64,
    /// Entries that had been taken back by then.
    taken_back: i64,
    /// Scopes up to this row were looked at, those of other provinces too.
    last_scope: i64,
    visible: Visible,
    digest: SetDigest,
}

impl Seen {
    /// Position of the arrival order at which it was so.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The scopes.
    pub fn visible(&self) -> &Visible {
        &self.visible
    }

    /// Sum of everything in them.
    pub fn digest(&self) -> SetDigest {
        self.digest
    }

    /// It can be carried on: the same is seen, nothing of it was taken back, and little arrived since.
    fn serves(&self, reaches: &[Reach<'static>], taken_back: i64, position: u64) -> bool {
        let worth = WORTH_READING + self.visible.scopes.len() as u64;
        self.reaches == reaches
            && self.taken_back == taken_back
            && position
                .checked_sub(self.position)
                .is_some_and(|new| new <= worth)
    }

    fn nothing(reaches: Vec<Reach<'static>>, taken_back: i64) -> Self {
        Self {
            reaches,
            position: 0,
            taken_back,
            last_scope: 0,
            visible: Visible::default(),
            digest: SetDigest::default(),
        }
    }
}

impl Ledger {
    /// What everybody of `reaches` receives of a province now. `known` is what was seen before, of this store; what
    /// it says is used where it still holds and is none the worse where it does not. When nothing is new it is given
    /// back itself, however many scopes are seen.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn seen(
        &self,
        province: ProvinceId,
        reaches: Vec<Reach<'static>>,
        known: Option<&Arc<Seen>>,
    ) -> Result<Arc<Seen>, LedgerError> {
        self.read(|connection| {
            // One moment for scopes, entries and sums.
            let moment = connection.unchecked_transaction()?;
            let position = Arrival::begin(&moment)?.position;
            // Each entry that is taken back leaves its place empty for ever.
            let taken_back: i64 = moment
                .prepare_cached("SELECT count(*) FROM vacated")?
                .query_row([], |row| row.get(0))?;
            let known = known.filter(|known| known.serves(&reaches, taken_back, position));
            let is_known = known.is_some();
            let mut seen = known
                .cloned()
                .unwrap_or_else(|| Arc::new(Seen::nothing(reaches, taken_back)));
            let sums = look_at_new_scopes(&moment, province, &mut seen)?;
            if is_known && seen.position == position {
                return Ok(seen);
            }
            let is_now = Arc::make_mut(&mut seen);
            if is_known {
                add_arrived(&moment, is_now)?;
            } else {
                sums.iter().for_each(|sum| is_now.digest.add_all(sum));
            }
            is_now.position = position;
            Ok(seen)
        })
    }
}

/// Takes scopes in that were not there before, and gives the sums of those that are seen.
fn look_at_new_scopes(
    connection: &Connection,
    province: ProvinceId,
    seen: &mut Arc<Seen>,
) -> Result<Vec<SetDigest>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id, code, digest FROM scope WHERE id > ?1 ORDER BY id")?;
    let mut rows = statement.query([seen.last_scope])?;
    let mut sums = Vec::new();
    while let Some(row) = rows.next()? {
        let seen = Arc::make_mut(seen);
        seen.last_scope = row.get("id")?;
        let scope = scope_of(&row.get::<_, Vec<u8>>("code")?)?;
        if scope.province == province && seen.reaches.iter().all(|reach| reach.receives(&scope)) {
            seen.visible.scopes.push(seen.last_scope);
            sums.push(SetDigest(hash_at(row, "digest")?.0));
        }
    }
    Ok(sums)
}

/// Adds what has arrived since. Something becoming of an entry changes no sum.
fn add_arrived(connection: &Connection, seen: &mut Seen) -> Result<(), LedgerError> {
    let mut statement = connection.prepare_cached("SELECT scope, hash FROM entry WHERE position > ?1")?;
    let mut rows = statement.query([seen.position as i64])?;
    while let Some(row) = rows.next()? {
        if seen.visible.has(row.get("scope")?) {
            seen.digest.add(&hash_at(row, "hash")?);
        }
    }
    Ok(())
}
