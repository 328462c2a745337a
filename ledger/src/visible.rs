//! What a holder may see, and the digest of all that is in it.

use cotmoc_core::access::{Roster, may_receive};
use cotmoc_core::exchange::SetDigest;
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::DeviceKey;
use rusqlite::Connection;

use crate::error::LedgerError;
use crate::journal::Ledger;
use crate::rows::{hash_at, scope_of};

/// What a holder may see of a province.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visible {
    /// Rows, ascending.
    pub(crate) scopes: Vec<i64>,
}

impl Visible {
    /// A scope, by its row, is one of these.
    pub(crate) fn has(&self, scope_row: i64) -> bool {
        self.scopes.binary_search(&scope_row).is_ok()
    }

    /// The scopes' rows, for a query.
    pub(crate) fn list(&self) -> String {
        let rows: Vec<String> = self.scopes.iter().map(i64::to_string).collect();
        rows.join(",")
    }

    /// What is visible to both.
    pub fn and(&self, other: &Self) -> Self {
        let both = self.scopes.iter().filter(|scope| other.has(**scope));
        Self {
            scopes: both.copied().collect(),
        }
    }
}

impl Ledger {
    /// The scopes a device may see now.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visible_to(&self, roster: &Roster, device: &DeviceKey) -> Result<Visible, LedgerError> {
        self.read(|connection| {
            let scopes = scopes_of_province(connection, roster.province)?;
            let seen = scopes
                .into_iter()
                .filter(|(_, scope)| may_receive(roster, device, scope));
            Ok(Visible {
                scopes: seen.map(|(row, _)| row).collect(),
            })
        })
    }

    /// Digest of everything in the visible scopes.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn digest(&self, visible: &Visible) -> Result<SetDigest, LedgerError> {
        self.read(|connection| {
            let mut sum = SetDigest::default();
            let mut statement = connection.prepare_cached("SELECT digest FROM scope WHERE id = ?1")?;
            for scope in &visible.scopes {
                let digest = statement.query_row([scope], |row| hash_at(row, "digest"))?;
                sum.add_all(&SetDigest(digest.0));
            }
            Ok(sum)
        })
    }
}

fn scopes_of_province(
    connection: &Connection,
    province: ProvinceId,
) -> Result<Vec<(i64, cotmoc_core::journal::Scope)>, LedgerError> {
    let mut statement =
        connection.prepare_cached("SELECT id, code FROM scope WHERE province = ?1 ORDER BY id")?;
    let rows = statement.query_map([province.0.as_bytes().as_slice()], |row| {
        Ok((row.get::<_, i64>(0)?, scope_of(&row.get::<_, Vec<u8>>(1)?)?))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
