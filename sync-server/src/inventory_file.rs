//! An inventory as a file: a line of JSON for each scope, log, document and form of a photo, and one at the end that says
//! that it is whole. It holds hashes and ids, nothing of what a record says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::Path;

use cotmoc_core::codec::Reader;
use cotmoc_core::id::{Hash32, RecordId};
use cotmoc_core::journal::{DeviceKey, Incarnation, LogId, Scope};
use cotmoc_core::media::BlobId;
use cotmoc_ledger::{Holding, Inventory, LedgerError, MissingFile, each_missing_file, open_connection};
use serde::{Deserialize, Serialize};

use crate::error::ServerError;
use crate::keys::key_of;

const VERSION: u32 = 2;
/// The version before, which says nothing of photos.
const WITHOUT_PHOTOS: u32 = 1;
/// No line is nearly as long.
const LONGEST_LINE: u64 = 4 * 1024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Line {
    Inventory {
        version: u32,
    },
    /// What follows belongs to it.
    Scope {
        id: String,
        entries: u64,
        hash: Hash32,
    },
    Log {
        device: DeviceKey,
        incarnation: Incarnation,
        seq: u64,
        hash: Hash32,
    },
    Document {
        id: RecordId,
        hash: Hash32,
    },
    Photo {
        hash: Hash32,
    },
    End {
        lines: u64,
    },
}

/// Reads what a server's folder holds as of one moment, also while the server runs.
///
/// # Errors
/// When the folder is none, its key does not open, or the database cannot be read.
pub fn inventory_of(home: &Path, passphrase: Option<&str>) -> Result<Inventory, ServerError> {
    let key = key_of(home, passphrase)?;
    Ok(Inventory::of(&open_connection(&home.join("records.db"), &key)?)?)
}

/// Tells every photo and file that a server's folder lacks bytes of, also while the server runs.
///
/// # Errors
/// When the folder is none, its key does not open, a database cannot be read; and what `each` returns.
pub fn missing_files_of<E: From<ServerError> + From<LedgerError>>(
    home: &Path,
    passphrase: Option<&str>,
    each: impl FnMut(MissingFile) -> Result<(), E>,
) -> Result<(), E> {
    each_missing_file(home, &key_of(home, passphrase)?, each)
}

/// Writes an inventory into a new file.
///
/// # Errors
/// When the file exists or the disk refuses.
pub fn write_inventory(inventory: &Inventory, to: &Path) -> Result<(), ServerError> {
    let file = fs::OpenOptions::new().write(true).create_new(true).open(to);
    let file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => ServerError::BackupExists(to.display().to_string()),
        _ => error.into(),
    })?;
    let mut writer = BufWriter::new(&file);
    let mut lines = 0;
    let mut write = |line: &Line| -> std::io::Result<()> {
        lines += 1;
        serde_json::to_writer(&mut writer, line)?;
        writer.write_all(b"\n")
    };
    let names_photos = inventory.scopes.values().all(|holding| holding.photos.is_some());
    let version = if names_photos { VERSION } else { WITHOUT_PHOTOS };
    write(&Line::Inventory { version })?;
    for (scope, holding) in &inventory.scopes {
        write(&Line::Scope {
            id: hex(&scope.encode()),
            entries: holding.entries,
            hash: holding.entries_hash,
        })?;
        for (log, (seq, hash)) in &holding.heads {
            write(&Line::Log {
                device: log.device,
                incarnation: log.incarnation,
                seq: *seq,
                hash: *hash,
            })?;
        }
        for (id, hash) in &holding.documents {
            write(&Line::Document { id: *id, hash: *hash })?;
        }
        for photo in holding.photos.iter().flatten().filter(|_| names_photos) {
            write(&Line::Photo { hash: photo.0 })?;
        }
    }
    let end = Line::End { lines };
    serde_json::to_writer(&mut writer, &end).map_err(std::io::Error::from)?;
    writer.write_all(b"\n")?;
    writer.flush()?;
    drop(writer);
    file.sync_all()?;
    Ok(())
}

/// Reads [`write_inventory`], also that of the version before.
///
/// # Errors
/// [`ServerError::NoInventory`] when the file is none, is cut short, or is of a newer version.
pub fn read_inventory(from: &Path) -> Result<Inventory, ServerError> {
    let none = || ServerError::NoInventory(from.display().to_string());
    let mut reader = BufReader::new(fs::File::open(from)?);
    let mut inventory = Inventory::default();
    let mut current: Option<(Scope, Holding)> = None;
    let mut names_photos = true;
    for lines in 0.. {
        let line = next_line(&mut reader)?.ok_or_else(none)?;
        let line: Line = serde_json::from_str(&line).map_err(|_| none())?;
        match (line, &mut current) {
            (
                Line::Inventory {
                    version: version @ (WITHOUT_PHOTOS | VERSION),
                },
                _,
            ) if lines == 0 => names_photos = version == VERSION,
            _ if lines == 0 => return Err(none()),
            (Line::Scope { id, entries, hash }, _) => {
                inventory.scopes.extend(current.take());
                let holding = Holding {
                    entries,
                    entries_hash: hash,
                    heads: BTreeMap::new(),
                    documents: BTreeMap::new(),
                    photos: names_photos.then(BTreeSet::new),
                };
                current = Some((scope_of(&id).ok_or_else(none)?, holding));
            }
            (
                Line::Log {
                    device,
                    incarnation,
                    seq,
                    hash,
                },
                Some((scope, holding)),
            ) => {
                let log = LogId {
                    device,
                    incarnation,
                    scope: *scope,
                };
                holding.heads.insert(log, (seq, hash));
            }
            (Line::Document { id, hash }, Some((_, holding))) => {
                holding.documents.insert(id, hash);
            }
            (Line::Photo { hash }, Some((_, holding))) => {
                holding.photos.as_mut().ok_or_else(none)?.insert(BlobId(hash));
            }
            (Line::End { lines: said }, _) if said == lines => {
                inventory.scopes.extend(current.take());
                return Ok(inventory);
            }
            _ => return Err(none()),
        }
    }
    Err(none())
}

fn next_line(reader: &mut impl BufRead) -> Result<Option<String>, ServerError> {
    let mut line = String::new();
    let read = reader.take(LONGEST_LINE).read_line(&mut line);
    match read {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(line)),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn scope_of(text: &str) -> Option<Scope> {
    let bytes: Option<Vec<u8>> = (0..text.len() / 2)
        .map(|at| u8::from_str_radix(text.get(at * 2..at * 2 + 2)?, 16).ok())
        .collect();
    let bytes = bytes?;
    let mut reader = Reader::new(&bytes);
    let scope = Scope::decode(&mut reader).ok()?;
    (text.len() == bytes.len() * 2 && reader.left() == 0).then_some(scope)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use cotmoc_core::id::ProvinceId;
    use uuid::Uuid;

    use super::*;

    fn inventory() -> Inventory {
        let scope = Scope::province(ProvinceId(Uuid::from_u128(14)));
        let log = LogId {
            device: DeviceKey([7; 32]),
            incarnation: Incarnation(u64::MAX),
            scope,
        };
        let holding = Holding {
            entries: 3,
            entries_hash: Hash32([1; 32]),
            heads: BTreeMap::from([(log, (3, Hash32([2; 32])))]),
            documents: BTreeMap::from([(RecordId(Uuid::from_u128(5)), Hash32([3; 32]))]),
            photos: Some(BTreeSet::from([BlobId(Hash32([4; 32]))])),
        };
        Inventory {
            scopes: BTreeMap::from([(scope, holding)]),
        }
    }

    #[test]
    fn an_inventory_is_read_as_it_was_written_and_no_file_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inventory.jsonl");
        write_inventory(&inventory(), &file).unwrap();
        assert_eq!(read_inventory(&file).unwrap(), inventory());
        assert!(matches!(
            write_inventory(&inventory(), &file),
            Err(ServerError::BackupExists(_))
        ));
    }

    #[test]
    fn an_inventory_of_the_version_before_is_read_and_says_nothing_of_photos() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inventory.jsonl");
        let mut without = inventory();
        without
            .scopes
            .values_mut()
            .for_each(|holding| holding.photos = None);
        write_inventory(&without, &file).unwrap();
        let written = fs::read_to_string(&file).unwrap();
        assert!(
            written.starts_with("{\"inventory\":{\"version\":1}}\n"),
            "{written}"
        );
        assert_eq!(read_inventory(&file).unwrap(), without);
    }

    #[test]
    fn a_file_that_was_cut_or_altered_anywhere_is_no_inventory() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("inventory.jsonl");
        write_inventory(&inventory(), &file).unwrap();
        let whole = fs::read_to_string(&file).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        for left_out in 0..lines.len() {
            let fewer = lines.iter().enumerate().filter(|(at, _)| *at != left_out);
            let text: String = fewer.map(|(_, line)| format!("{line}\n")).collect();
            fs::write(&file, text).unwrap();
            assert!(read_inventory(&file).is_err(), "without line {left_out}");
        }
        for text in [
            "",
            "\u{0}",
            "{}\n",
            &"x".repeat(10_000),
            &whole.replace(":2}", ":1}"),
        ] {
            fs::write(&file, text).unwrap();
            assert!(matches!(read_inventory(&file), Err(ServerError::NoInventory(_))));
        }
    }
}
