//! The promises about photos: none that was confirmed is lost, each is stored once, and it is acknowledged only when it
//! is there and is what it should be.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use cotmoc_core::access::{Roster, may_receive};
use cotmoc_core::codec::Reader;
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::media::BlobId;
use cotmoc_ledger::{Ledger, LedgerError, open_connection};

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

/// Every photo that a store calls whole is what it should be, and takes its place once. Of another that an entry names,
/// pieces may be here: it is still on its way, or its entry was set aside or taken back after they came and can come
/// back. Bytes that no entry names are dropped when a store is opened, so it has to be opened after it was written
/// last.
pub(super) fn stock(ledger: &Ledger) -> Result<Result<Stock, String>> {
    let rows = ledger.read(|connection| -> Result<_, LedgerError> {
        let mut statement = connection.prepare_cached("SELECT code, state, length FROM blob")?;
        let rows = statement.query_map([], |row| {
            Ok((
                BlobId(hash(row, 0)?),
                row.get::<_, i64>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })?;
        Ok(rows.collect::<Result<Vec<_>, _>>()?)
    })?;
    let mut stock = Stock::default();
    let mut lengths = BTreeMap::new();
    for (blob, state, length) in rows {
        lengths.insert(blob, length as u64);
        match state {
            MISSING => drop(stock.missing.insert(blob)),
            WHOLE => drop(stock.whole.insert(blob)),
            _ => {}
        }
    }
    if let Some(found) = photos_are_here(ledger, &stock.whole)? {
        return Ok(Err(found));
    }
    let found = stored_once(ledger, &stock.whole, &lengths)?;
    Ok(found.map_or(Ok(stock), Err))
}

/// A photo, or what has come of it, in the file of bytes.
struct Stored {
    blob: BlobId,
    is_whole: bool,
    bytes: u64,
}

/// The file of bytes holds every whole photo once, of others no more than pieces, and nothing else.
fn stored_once(
    ledger: &Ledger,
    whole: &BTreeSet<BlobId>,
    lengths: &BTreeMap<BlobId, u64>,
) -> Result<Option<String>> {
    let (stored, all_bytes) = stored(ledger)?;
    let mut seen = BTreeSet::new();
    let mut bytes = 0;
    for photo in stored {
        let blob = photo.blob;
        bytes += photo.bytes;
        let Some(length) = lengths.get(&blob) else {
            return Ok(Some(format!("photo {blob} is stored and no entry names it")));
        };
        if !seen.insert(blob) {
            return Ok(Some(format!("photo {blob} is stored twice")));
        }
        let fits = match photo.is_whole {
            true => whole.contains(&blob) && photo.bytes == *length,
            false => !whole.contains(&blob) && photo.bytes < *length,
        };
        if !fits {
            let held = photo.bytes;
            return Ok(Some(format!(
                "{held} bytes are stored for photo {blob} of {length}"
            )));
        }
    }
    let counted = ledger.media_stock()?.bytes_held;
    let found = format!("{all_bytes} bytes are stored for photos of {bytes}, and {counted} are counted");
    Ok((all_bytes != bytes || counted != bytes).then_some(found))
}

/// What the file of bytes holds of each photo, and the bytes of all its pieces.
fn stored(ledger: &Ledger) -> Result<(Vec<Stored>, u64)> {
    let path = ledger.folder().path().join("media.db");
    // It is made with the first photo.
    if !path.exists() {
        return Ok((Vec::new(), 0));
    }
    let connection = open_connection(&path, ledger.folder().key())?;
    let mut statement = connection.prepare(
        "SELECT code, state, (SELECT coalesce(sum(length(bytes)), 0) FROM chunk
           WHERE place >= 256 * blob.id AND place < 256 * (blob.id + 1)) FROM blob",
    )?;
    let rows = statement.query_map([], |row| {
        Ok(Stored {
            blob: BlobId(hash(row, 0)?),
            is_whole: row.get::<_, i64>(1)? == WHOLE,
            bytes: row.get::<_, i64>(2)? as u64,
        })
    })?;
    let stored = rows.collect::<Result<_, _>>()?;
    let all: i64 = connection.query_row("SELECT coalesce(sum(length(bytes)), 0) FROM chunk", [], |row| {
        row.get(0)
    })?;
    Ok((stored, all as u64))
}
