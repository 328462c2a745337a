//! The promises about photos: none that was confirmed is lost, each is stored once, and it is acknowledged only when it
//! is there and is what it should be.

use std::collections::BTreeSet;

use anyhow::Result;
use cotmoc_core::access::{Roster, may_receive};
use cotmoc_core::codec::Reader;
use cotmoc_core::id::Hash32;
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::media::BlobId;
use cotmoc_ledger::{Ledger, LedgerError};

use super::stores::{hash, receipts_of};

/// State of a blob that attachments need, as stored.
const MISSING: i64 = 0;
const WHOLE: i64 = 1;

/// The photos that were confirmed are here, and are what they were.
pub(super) fn photos_are_here(ledger: &Ledger, photos: &BTreeSet<BlobId>) -> Result<Option<String>> {
    for photo in photos {
        match ledger.blob(*photo)? {
            Some(bytes) if BlobId::of(&bytes) == *photo => {}
            Some(_) => return Ok(Some(format!("photo {photo} is another one"))),
            None => return Ok(Some(format!("photo {photo} is not here"))),
        }
    }
    Ok(None)
}

/// Where the province has said that every file of a log is there, it is.
pub(super) fn acknowledged_means_here(
    ledger: &Ledger,
    me: DeviceKey,
    server: &Ledger,
) -> Result<Option<String>> {
    for receipt in receipts_of(ledger)? {
        if receipt.log.device == me
            && receipt.media_complete
            && !server.media_complete(&receipt.log, receipt.seq)?
        {
            return Ok(Some(format!(
                "the server lacks photos of {:?} up to {}",
                receipt.log, receipt.seq
            )));
        }
    }
    Ok(None)
}

/// Photos of a store by how they stand.
#[derive(Debug, Default)]
pub(super) struct Stock {
    pub whole: BTreeSet<BlobId>,
    pub missing: BTreeSet<BlobId>,
}

/// Photos that belong to something which `device` may receive by this roster.
pub(super) fn photos_for(ledger: &Ledger, roster: &Roster, device: &DeviceKey) -> Result<BTreeSet<BlobId>> {
    let named = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT blob.code, scope.code FROM attachment JOIN scope ON scope.id = attachment.scope
             JOIN rendition ON rendition.entry = attachment.entry JOIN blob ON blob.id = rendition.blob
             WHERE attachment.is_live",
        )?;
        let rows = statement.query_map([], |row| {
            let scope: Vec<u8> = row.get(1)?;
            Ok((
                BlobId(hash(row, 0)?),
                Scope::decode(&mut Reader::new(&scope)).ok(),
            ))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    let may = |scope: &Option<Scope>| scope.is_some_and(|scope| may_receive(roster, device, &scope));
    let named = named.into_iter().filter(|(_, scope)| may(scope));
    Ok(named.map(|(blob, _)| blob).collect())
}

/// Every photo that a store calls whole is what it should be, and takes its place once. Unused bytes are dropped when
/// a store is opened, so it has to be opened after it was written last.
pub(super) fn stock(ledger: &Ledger) -> Result<Result<Stock, String>> {
    let rows = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement =
            connection.prepare_cached("SELECT code, state, length FROM blob WHERE state IN (?1, ?2)")?;
        let rows = statement.query_map([MISSING, WHOLE], |row| {
            let code: [u8; 32] = row.get(0)?;
            Ok((BlobId(Hash32(code)), row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    let mut stock = Stock::default();
    let mut whole_bytes = 0;
    for (blob, state, length) in rows {
        if state == MISSING {
            stock.missing.insert(blob);
        } else if stock.whole.insert(blob) {
            whole_bytes += length as u64;
        }
    }
    if let Some(found) = photos_are_here(ledger, &stock.whole)? {
        return Ok(Err(found));
    }
    let held = ledger.media_stock()?.bytes_held;
    if stock.missing.is_empty() && held != whole_bytes {
        return Ok(Err(format!(
            "{held} bytes are stored for photos of {whole_bytes}"
        )));
    }
    Ok(Ok(stock))
}
