//! How much a change or a document claims to hold, read off its columns before Automerge sees it.
//!
//! Columns are run-length compressed: 134 bytes can ask for 264 MB (`reliability-security` §0), and
//! Automerge says how many operations there are only after it has walked through all of them. Every run
//! names its length, so the claim can be added up in the time it takes to read the bytes.

use crate::codec::Reader;

/// Bit of a column's specification that says its bytes are deflated.
const DEFLATED: u64 = 0b1000;

/// What the columns claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Claimed {
    /// Rows of the longest column: operations, or changes of a document.
    pub rows: u64,
    /// Operations that the rows refer to, all together: what each one follows, or what follows it.
    pub references: u64,
}

impl Claimed {
    /// Rows and references together.
    pub fn total(self) -> u64 {
        self.rows.saturating_add(self.references)
    }
}

/// What a plain change chunk claims. Absent when the bytes have another layout.
pub(super) fn of_change(bytes: &[u8]) -> Option<Claimed> {
    let mut reader = after_header(bytes)?;
    let deps = reader.count(32, "dependencies").ok()?;
    reader.take(deps * 32, "dependencies").ok()?;
    reader.bytes(usize::MAX, "actor").ok()?;
    for _sequence_start_and_time in 0..3 {
        skip_number(&mut reader)?;
    }
    reader.bytes(usize::MAX, "message").ok()?;
    skip_actors(&mut reader)?;
    let columns = column_lengths(&mut reader)?;
    claimed(&mut reader, &columns)
}

/// What a document chunk claims: its changes, then its operations. Absent when the bytes have another
/// layout, or hold deflated columns, which would inflate without a limit.
pub(super) fn of_document(bytes: &[u8]) -> Option<(Claimed, Claimed)> {
    let mut reader = after_header(bytes)?;
    skip_actors(&mut reader)?;
    let heads = reader.count(32, "heads").ok()?;
    reader.take(heads * 32, "heads").ok()?;
    let changes = column_lengths(&mut reader)?;
    let operations = column_lengths(&mut reader)?;
    Some((
        claimed(&mut reader, &changes)?,
        claimed(&mut reader, &operations)?,
    ))
}

/// Behind magic (4), checksum (4), chunk type (1) and the chunk's length.
pub(super) fn after_header(bytes: &[u8]) -> Option<Reader<'_>> {
    let mut reader = Reader::new(bytes);
    reader.take(9, "chunk header").ok()?;
    reader.varint("chunk length").ok()?;
    Some(reader)
}

fn skip_actors(reader: &mut Reader<'_>) -> Option<()> {
    for _ in 0..reader.count(1, "actors").ok()? {
        reader.bytes(usize::MAX, "actor").ok()?;
    }
    Some(())
}

pub(super) fn column_lengths(reader: &mut Reader<'_>) -> Option<Vec<(u64, usize)>> {
    let count = reader.count(2, "columns").ok()?;
    let mut columns = Vec::with_capacity(count);
    for _ in 0..count {
        let specification = reader.varint("column").ok()?;
        let length = usize::try_from(reader.varint("column length").ok()?).ok()?;
        columns.push((specification, length));
    }
    Some(columns)
}

fn claimed(reader: &mut Reader<'_>, columns: &[(u64, usize)]) -> Option<Claimed> {
    let mut claimed = Claimed::default();
    for (specification, length) in columns {
        if specification & DEFLATED != 0 {
            return None;
        }
        let column = Reader::new(reader.take(*length, "column").ok()?);
        let (rows, sum) = match specification & 0b111 {
            // Counts of a group: how many rows of the columns beside it belong to each row.
            0 => runs(column, number)?,
            3 => runs(column, |reader| signed(reader).map(|_| 0))?,
            4 => (alternating(column)?, 0),
            5 => runs(column, |reader| reader.bytes(usize::MAX, "text").ok().map(|_| 0))?,
            // Raw bytes of values, as long as they are.
            7 => continue,
            _ => runs(column, |reader| number(reader).map(|_| 0))?,
        };
        claimed.rows = claimed.rows.max(rows);
        claimed.references = claimed.references.saturating_add(sum);
    }
    Some(claimed)
}

/// Rows of a run-length column, and the sum of what `value` makes of each.
fn runs<'a>(mut reader: Reader<'a>, value: impl Fn(&mut Reader<'a>) -> Option<u64>) -> Option<(u64, u64)> {
    let (mut rows, mut sum) = (0u64, 0u64);
    while reader.left() > 0 {
        let length = signed(&mut reader)?;
        let count = length.unsigned_abs();
        match length {
            0 => rows = rows.saturating_add(number(&mut reader)?),
            1.. => {
                sum = sum.saturating_add(value(&mut reader)?.saturating_mul(count));
                rows = rows.saturating_add(count);
            }
            // Each of them takes a byte at least, so this ends with the column.
            _ => {
                for _ in 0..count {
                    sum = sum.saturating_add(value(&mut reader)?);
                }
                rows = rows.saturating_add(count);
            }
        }
    }
    Some((rows, sum))
}

/// Rows of a column of true and false: lengths of runs that take turns.
fn alternating(mut reader: Reader<'_>) -> Option<u64> {
    let mut rows = 0u64;
    while reader.left() > 0 {
        rows = rows.saturating_add(number(&mut reader)?);
    }
    Some(rows)
}

pub(super) fn number(reader: &mut Reader<'_>) -> Option<u64> {
    reader.varint("number").ok()
}

/// A signed LEB128 number, which is not the zigzag of [`Reader::signed`].
pub(super) fn signed(reader: &mut Reader<'_>) -> Option<i64> {
    let mut value = 0i64;
    for shift in (0..64).step_by(7) {
        let byte = reader.u8("number").ok()?;
        value |= i64::from(byte & 0x7f).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            let negative = byte & 0x40 != 0 && shift + 7 < 64;
            return Some(if negative {
                value | (-1i64 << (shift + 7))
            } else {
                value
            });
        }
    }
    None
}

pub(super) fn skip_number(reader: &mut Reader<'_>) -> Option<()> {
    signed(reader).map(|_| ())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::document::RecordDoc;
    use super::super::edit::Edit;
    use super::super::kind::RecordKind;
    use super::*;

    fn text(text: &str) -> Edit {
        Edit::Text {
            property: "goals",
            text: text.to_owned(),
        }
    }

    #[test]
    fn what_honest_changes_and_documents_claim_is_what_they_hold() {
        let mut doc = RecordDoc::new(RecordKind::Registration).unwrap();
        let long = "Phối hợp cùng cấp ủy, chính quyền địa phương. ".repeat(300);
        let edits = [
            vec![text(&long), Edit::int("year", -2026)],
            vec![
                text(""),
                Edit::put("figures", "01", &serde_json::json!({"raw": "48/48"})),
            ],
            vec![
                Edit::line("name", "Thắp sáng đường biên"),
                text("Mỗi bản một cụm đèn"),
            ],
        ];
        let mut operations = 0;
        for (at, edits) in edits.iter().enumerate() {
            let payload = doc.edit([at as u8 + 1; 16], edits).unwrap().unwrap();
            let change = automerge::Change::from_bytes(payload.clone()).unwrap();
            let claimed = of_change(&payload).unwrap();
            assert_eq!(claimed.rows, change.len() as u64);
            operations += change.len() as u64;
        }
        let (changes, rows) = of_document(&doc.save()).unwrap();
        assert_eq!(changes.rows, 4, "genesis and three edits");
        let deleted = long.chars().count() as u64;
        assert_eq!(rows.references, deleted, "a deletion is a reference, not a row");
        let genesis = 8;
        assert_eq!(rows.total(), operations + genesis);
    }

    #[test]
    fn numbers_are_read_as_automerge_writes_them() {
        for (bytes, value) in [
            (&[0x7f][..], -1),
            (&[0x3f], 63),
            (&[0xc0, 0x00], 64),
            (&[0x80, 0x7f], -128),
            (
                &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f],
                i64::MIN,
            ),
            (
                &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00],
                i64::MAX,
            ),
        ] {
            assert_eq!(signed(&mut Reader::new(bytes)), Some(value), "{bytes:?}");
        }
        assert_eq!(signed(&mut Reader::new(&[0x80; 12])), None);
        assert_eq!(signed(&mut Reader::new(&[])), None);
    }

    #[test]
    fn a_claim_larger_than_any_number_does_not_overflow() {
        let most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00];
        let two_runs: Vec<u8> = [&most[..], &[5], &most, &[5]].concat();
        let (rows, sum) = runs(Reader::new(&two_runs), number).unwrap();
        assert!(rows > i64::MAX as u64);
        assert_eq!(sum, u64::MAX);
        let least = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x7f, 1, 1];
        assert_eq!(
            runs(Reader::new(&least), number),
            None,
            "literals need their bytes"
        );
    }
}
