//! Folding rosters from the journal.

use std::collections::BTreeMap;

use cotmoc_core::access::{Roster, RosterAct};
use cotmoc_core::id::ProvinceId;
use cotmoc_core::journal::DeviceKey;
use rusqlite::{Connection, params};

use crate::error::LedgerError;
use crate::rows::{APPLIED, hash_at, uuid_of};

/// Every province's roster.
pub(crate) fn load_all(connection: &Connection) -> Result<BTreeMap<ProvinceId, Roster>, LedgerError> {
    let mut statement = connection.prepare("SELECT code, authority FROM province")?;
    let provinces = statement.query_map([], |row| {
        let code: Vec<u8> = row.get(0)?;
        Ok((
            ProvinceId(uuid_of(&code)?),
            DeviceKey(hash_at(row, "authority")?.0),
        ))
    })?;
    let mut rosters = BTreeMap::new();
    for province in provinces {
        let (province, authority) = province?;
        rosters.insert(province, load(connection, province, authority)?);
    }
    Ok(rosters)
}

/// Folds one roster from the authority's log, in the order of that log. A restored server goes on in a log of another
/// incarnation, which begins with the time: by that they follow each other, in whatever order they came here.
pub(crate) fn load(
    connection: &Connection,
    province: ProvinceId,
    authority: DeviceKey,
) -> Result<Roster, LedgerError> {
    let mut roster = Roster::new(province, authority);
    let scope = roster.scope();
    let mut statement = connection.prepare_cached(
        "SELECT payload, claimed_at FROM entry JOIN log ON log.id = entry.log JOIN scope ON scope.id = log.scope
         WHERE log.device = ?1 AND scope.code = ?2 AND standing = ?3 ORDER BY log.incarnation, seq",
    )?;
    let acts = statement.query_map(params![&authority.0[..], &scope.encode()[..], APPLIED], |row| {
        Ok((row.get::<_, Option<Vec<u8>>>(0)?, row.get::<_, i64>(1)?))
    })?;
    for act in acts {
        let (payload, claimed_at) = act?;
        if let Some(act) = payload.as_deref().and_then(RosterAct::decode) {
            // An act that cannot follow was refused when it came; skipping it here keeps every store alike.
            let _ = roster.apply(&act, claimed_at);
        }
    }
    Ok(roster)
}
