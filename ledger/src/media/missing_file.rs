//! The files of a folder of which bytes are missing, read beside whoever has the folder open.

use std::path::Path;

use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::media::Manifest;
use rusqlite::Connection;

use super::bits::Bits;
use super::file::FILE;
use super::listing::{bits_in, bytes_of};
use crate::database::{DatabaseKey, open_connection};
use crate::error::LedgerError;
use crate::rows::{hash_at, scope_of, uuid_of};

/// A photo or file whose entry is held and whose bytes are not, or not all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFile {
    /// Name of the file.
    pub name: String,
    /// The record for which it is evidence.
    pub record: RecordId,
    /// Where the record belongs.
    pub scope: Scope,
    /// The device that added it, and so the first to ask for it.
    pub author: DeviceKey,
    /// Bytes of all its forms.
    pub bytes: u64,
    /// Bytes of them that are missing.
    pub missing: u64,
}

/// Tells every file of which bytes are missing, by scope and record. It looks at the bytes' own database, not at what
/// the journal's noted of it: one that was lost since the last start is missing too. Another process may have the
/// folder open; memory does not grow with the number of files.
///
/// # Errors
/// When a database cannot be read, and what `each` returns.
pub fn each_missing_file<E: From<LedgerError>>(
    folder: &Path,
    key: &DatabaseKey,
    mut each: impl FnMut(MissingFile) -> Result<(), E>,
) -> Result<(), E> {
    let records = open_connection(&folder.join("records.db"), key)?;
    let media = folder.join(FILE);
    let media = media.exists().then(|| open_connection(&media, key)).transpose()?;
    let mut statement = records.prepare(LIVE).map_err(LedgerError::from)?;
    let mut rows = statement.query([]).map_err(LedgerError::from)?;
    while let Some(row) = rows.next().map_err(LedgerError::from)? {
        let file = read(row, media.as_ref())?;
        if file.missing > 0 {
            each(file)?;
        }
    }
    Ok(())
}

const LIVE: &str =
    "SELECT entry.payload AS payload, record.code AS record, scope.code AS scope, log.device AS device
     FROM attachment JOIN entry ON entry.position = attachment.entry JOIN log ON log.id = attachment.log
       JOIN record ON record.id = attachment.record JOIN scope ON scope.id = attachment.scope
     WHERE is_live ORDER BY scope.code, record.code, attachment.entry";

fn read(row: &rusqlite::Row<'_>, media: Option<&Connection>) -> Result<MissingFile, LedgerError> {
    let record = RecordId(uuid_of(&row.get::<_, Vec<u8>>("record")?)?);
    let Ok(Manifest::Added(added)) = Manifest::decode(row.get_ref("payload")?.as_blob().unwrap_or_default())
    else {
        return Err(LedgerError::DamagedRecord(record));
    };
    let (mut bytes, mut missing) = (0, 0);
    for rendition in &added.renditions {
        bytes += u64::from(rendition.length());
        let held = match media {
            Some(media) => bits_in(media, rendition)?,
            None => Bits::none(rendition.chunks.count()),
        };
        missing += bytes_of(rendition, &held.missing());
    }
    let device: Hash32 = hash_at(row, "device")?;
    Ok(MissingFile {
        name: added.name,
        record,
        scope: scope_of(&row.get::<_, Vec<u8>>("scope")?)?,
        author: DeviceKey(device.0),
        bytes,
        missing,
    })
}
