//! A workbook, unpacked and counted before the reader of sheets sees it.
//!
//! That reader believes what a file says of itself: it makes room for as many texts as a table announces, and
//! repeats the name of a font for every style that uses it. A file of a few hundred bytes can so ask for more
//! memory than the machine has, and a failed allocation ends the process. So the reader never gets the file
//! that came from outside. It gets a package made here: only the parts it needs, at the places where they are
//! usual, stored plain, every byte and every tag of them counted.

use std::collections::BTreeSet;
use std::io::{self, Cursor, Read, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::file::{not_readable, too_large};
use crate::contract::Problem;

/// Most bytes a workbook may unpack to, all of its parts together.
const LARGEST_UNPACKED: u64 = 64 * 1024 * 1024;

/// Most parts of a workbook.
const MOST_PARTS: usize = 1_000;

/// Most tags of a sheet, and of the table of texts. The cells that are read, each with a formula and a value,
/// have six, and the rows two.
const MOST_TAGS: usize = 1_500_000;

/// Most texts the table may announce: room is made for them before one is read.
const MOST_TEXTS: u64 = MOST_TAGS as u64;

/// Most tags of what says how the workbook is built: its list of sheets, their places, the styles.
const MOST_STRUCTURE_TAGS: usize = 20_000;

/// What the structure may come to if each of its tags repeated the longest of them, bytes: the reader copies a
/// style's font and format into each style, and the place of the parts into each sheet.
const LARGEST_STRUCTURE: usize = 32 * 1024 * 1024;

/// Every place in the package made here hangs on this part, so a file cannot pass one part off as another.
const ROOT: &[u8] = br#"<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#;

const WORKBOOK: &str = "xl/workbook.xml";
const TEXTS: &str = "xl/sharedstrings.xml";
const SHEETS: &str = "xl/worksheets/";

/// A part the reader needs, by its place in the package made here; none for pictures, themes and the like.
fn place_of(name: &str) -> Option<String> {
    let name = name.replace('\\', "/").to_ascii_lowercase();
    let name = name.trim_start_matches('/');
    // Some programs number the main part: "xl/workbook2.xml".
    let is_numbered = |before: &str, after: &str| {
        let number = name
            .strip_prefix(before)
            .and_then(|rest| rest.strip_suffix(after));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    if is_numbered("xl/workbook", ".xml") {
        return Some(WORKBOOK.to_owned());
    }
    if is_numbered("xl/_rels/workbook", ".xml.rels") {
        return Some("xl/_rels/workbook.xml.rels".to_owned());
    }
    let is_sheet = name.starts_with(SHEETS) && name.ends_with(".xml");
    (is_sheet || [TEXTS, "xl/styles.xml"].contains(&name)).then(|| name.to_owned())
}

/// Unpacks a workbook and gives the package for the reader of sheets.
///
/// # Errors
/// `import_not_readable` with what the file is instead, `file_too_large` with the cap it goes beyond.
pub(super) fn unpack(workbook: &[u8]) -> Result<Vec<u8>, Problem> {
    let mut archive = open(workbook)?;
    let mut package = ZipWriter::new(Cursor::new(Vec::with_capacity(room_for(&archive)?)));
    let plain = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let mut places = BTreeSet::new();
    for at in 0..archive.len() {
        let mut part = archive.by_index(at).map_err(damaged)?;
        let place = part.name().map(|name| place_of(&name)).map_err(damaged)?;
        let declared = part.size();
        match place {
            // Two spellings of one place: which of them counts would be the reader's guess.
            Some(place) if places.contains(&place) => return Err(not_readable("repeated_part")),
            Some(place) => {
                package.start_file(&place, plain).map_err(damaged)?;
                copy(&mut part, declared, &mut package)?;
                places.insert(place);
            }
            None => copy(&mut part, declared, &mut io::sink())?,
        }
    }
    if !places.contains(WORKBOOK) {
        return Err(not_readable("not_xlsx"));
    }
    package.start_file("_rels/.rels", plain).map_err(damaged)?;
    package.write_all(ROOT).map_err(|_| not_readable("damaged"))?;
    let package = package.finish().map_err(damaged)?.into_inner();
    weigh(&package)?;
    Ok(package)
}

/// Opens the archive and refuses what can be seen without unpacking.
fn open(workbook: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, Problem> {
    /// How the older binary formats begin, and workbooks that a password protects.
    const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
    if workbook.is_empty() {
        return Err(not_readable("empty"));
    }
    if workbook.starts_with(COMPOUND) {
        let stream: Vec<u8> = "EncryptedPackage"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let is_protected = workbook.windows(stream.len()).any(|window| window == stream);
        return Err(not_readable(if is_protected {
            "protected"
        } else {
            "old_workbook"
        }));
    }
    let archive = ZipArchive::new(Cursor::new(workbook)).map_err(|error| {
        tracing::info!(error.message = %error, "workbook not readable");
        // The list of parts stands at the end: a file that was cut off still begins like a whole one.
        not_readable(if workbook.starts_with(b"PK\x03\x04") {
            "cut_off"
        } else {
            "not_xlsx"
        })
    })?;
    if archive.len() > MOST_PARTS {
        return Err(too_large("parts", MOST_PARTS));
    }
    if archive.has_duplicate_names() {
        return Err(not_readable("repeated_part"));
    }
    Ok(archive)
}

/// Bytes that the needed parts say they take. A file that says too much is refused at once; one that says too
/// little is found out when it is unpacked.
fn room_for(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<usize, Problem> {
    let (mut total, mut needed) = (0u64, 0u64);
    for at in 0..archive.len() {
        let part = archive.by_index_data(at).map_err(damaged)?;
        if part.encrypted() {
            return Err(not_readable("protected"));
        }
        total = total.saturating_add(part.size());
        if part.name().is_ok_and(|name| place_of(&name).is_some()) {
            // The name stands twice beside the content, in headers of at most 100 bytes.
            needed = needed.saturating_add(part.size() + 1_024);
        }
    }
    if total > LARGEST_UNPACKED {
        return Err(too_large("unpacked", LARGEST_UNPACKED));
    }
    Ok(usize::try_from(needed).unwrap_or_default())
}

/// Unpacks a part, which must be as long as it says.
fn copy(part: &mut impl Read, declared: u64, to: &mut impl Write) -> Result<(), Problem> {
    let failed = |error: io::Error| {
        tracing::info!(error.message = %error, "part of a workbook not readable");
        not_readable("damaged")
    };
    // One byte more than declared is enough to know, however much is behind it.
    match io::copy(&mut part.take(declared + 1), to).map_err(failed)? {
        unpacked if unpacked == declared => Ok(()),
        _ => Err(not_readable("damaged")),
    }
}

fn damaged(error: ZipError) -> Problem {
    tracing::info!(error.message = %error, "workbook not readable");
    match error {
        ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED) => not_readable("protected"),
        _ => not_readable("damaged"),
    }
}

/// Refuses parts that would take more memory than they have bytes.
fn weigh(package: &[u8]) -> Result<(), Problem> {
    let mut archive = ZipArchive::new(Cursor::new(package)).map_err(damaged)?;
    let (mut tags, mut longest) = (0, 0);
    for at in 0..archive.len() {
        let part = archive.by_index(at).map_err(damaged)?;
        let name = part.name().map_err(damaged)?.into_owned();
        let bytes = part.data_start().and_then(|from| {
            let from = usize::try_from(from).ok()?;
            package.get(from..from.checked_add(usize::try_from(part.size()).ok()?)?)
        });
        // Every tag begins with this byte in UTF-8. Other encodings could hide it, and no program writes them.
        let text = bytes.and_then(|bytes| std::str::from_utf8(bytes).ok());
        let text = text.filter(|text| !text.contains(['\0', '\x1b']));
        let text = text.ok_or_else(|| not_readable("encoding"))?;
        let pieces = text.as_bytes().split(|byte| *byte == b'<');
        let (own, own_longest) = pieces.fold((0, 0), |(tags, longest), piece| {
            (tags + 1, piece.len().max(longest))
        });
        if name == TEXTS || name.starts_with(SHEETS) {
            if own > MOST_TAGS || announced(text) > MOST_TEXTS {
                return Err(too_large("tags", MOST_TAGS));
            }
        } else {
            tags += own;
            longest = longest.max(own_longest);
        }
    }
    if tags > MOST_STRUCTURE_TAGS || tags.saturating_mul(longest) > LARGEST_STRUCTURE {
        return Err(too_large("structure", MOST_STRUCTURE_TAGS));
    }
    Ok(())
}

/// The most texts that a table of texts announces. Looked for anywhere in the part, so no quoting can hide it.
fn announced(part: &str) -> u64 {
    const COUNT: &str = "uniqueCount";
    let number = |(at, _): (usize, &str)| {
        let said = part.get(at + COUNT.len()..)?.trim_start().strip_prefix('=')?;
        let quoted = said.trim_start().get(1..)?.split(['"', '\'']).next()?;
        let digits = quoted.chars().filter(char::is_ascii_digit);
        Some(digits.fold(0u64, |number, digit| {
            let digit = u64::from(digit.to_digit(10).unwrap_or_default());
            number.saturating_mul(10).saturating_add(digit)
        }))
    };
    part.match_indices(COUNT)
        .filter_map(number)
        .max()
        .unwrap_or_default()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
pub(super) mod crafted;

#[cfg(test)]
mod tests;
