//! What a typed query finds, in the form a list can use.
//!
//! SQLite builds a sorted list of an `IN (SELECT …)` before it reads the first row of a page: with a word that
//! most registrations bear that is most of the time a page takes. Such a set is passed as bits instead.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Result};

/// Up to this many a list of ids is quicker than asking each row of the page's order.
const FEW: usize = 1_000;

/// The condition, with `?` for its one value, that a registration is among those found.
pub(crate) struct Found {
    /// SQL over `registration.id`.
    pub sql: &'static str,
    /// Its value.
    pub value: Value,
}

/// Looks up the registrations whose words begin as those of `words`, a query made by
/// [`match_query`](super::functions::match_query).
pub(crate) fn find(connection: &Connection, words: &str) -> Result<Found> {
    let ids: Vec<i64> = connection
        .prepare_cached("SELECT rowid FROM registration_words WHERE registration_words MATCH ?1")?
        .query_map([words], |row| row.get(0))?
        .collect::<Result<_>>()?;
    if ids.len() <= FEW {
        let list: Vec<String> = ids.iter().map(i64::to_string).collect();
        return Ok(Found {
            sql: "registration.id IN (SELECT value FROM json_each(?))",
            value: Value::Text(format!("[{}]", list.join(","))),
        });
    }
    let largest = ids.iter().copied().max().unwrap_or(0);
    let mut bits = vec![0; usize::try_from(largest / 8).unwrap_or(0) + 1];
    for id in ids {
        if let Some(byte) = usize::try_from(id / 8).ok().and_then(|at| bits.get_mut(at)) {
            *byte |= 1 << (id % 8);
        }
    }
    Ok(Found {
        sql: "has_bit(?, registration.id)",
        value: Value::Blob(bits),
    })
}

/// Gives a connection the function `has_bit(bits, number)`.
pub(crate) fn add_has_bit(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("has_bit", 2, flags, has_bit)
}

fn has_bit(context: &Context<'_>) -> Result<bool> {
    let ValueRef::Blob(bits) = context.get_raw(0) else {
        return Ok(false);
    };
    let number: i64 = context.get(1)?;
    let byte = usize::try_from(number / 8).ok().and_then(|at| bits.get(at));
    Ok(byte.is_some_and(|byte| byte >> (number % 8) & 1 == 1))
}
