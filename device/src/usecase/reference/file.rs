//! The bytes of a file that came from outside, held against the caps before anything reads them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::contract::Problem;

/// Largest file, bytes.
pub(super) const LARGEST_FILE: usize = 10 * 1024 * 1024;

/// Most items of one list of a JSON file. The country has some 3,300 communes.
const MOST_ITEMS: usize = 20_000;

/// Most bytes an XLSX file may unpack to.
const LARGEST_UNPACKED: u64 = 64 * 1024 * 1024;

/// Decodes the content of a request.
pub(super) fn decode(base64: &str) -> Result<Vec<u8>, Problem> {
    // Looked at before decoding, so that an oversized request costs no second copy of itself.
    if base64.len() > LARGEST_FILE.div_ceil(3) * 4 + 4 {
        return Err(too_large());
    }
    let bytes = STANDARD
        .decode(base64.trim())
        .map_err(|_| not_readable("base64"))?;
    if bytes.len() > LARGEST_FILE {
        Err(too_large())
    } else {
        Ok(bytes)
    }
}

/// The text of a JSON file; a mark at its beginning, as editors on Windows write it, is left out.
pub(super) fn text(bytes: &[u8]) -> Result<&str, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| not_readable("utf8"))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Reads a JSON file of the named schema, for example "dvk.taxonomy/1".
pub(super) fn json(text: &str, schema: &str) -> Result<Value, Problem> {
    let value: Value =
        serde_json::from_str(text).map_err(|error| not_readable("json").with("line", error.line()))?;
    if value.get("schema").and_then(Value::as_str) != Some(schema) {
        return Err(not_readable("schema").with("expected", schema));
    }
    Ok(value)
}

/// A list of a JSON file; none when the file has no such list.
pub(super) fn list<'a>(file: &'a Value, name: &str) -> Result<&'a [Value], Problem> {
    match file.get(name) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) if items.len() > MOST_ITEMS => {
            Err(too_large().with("rows", items.len()).with("most", MOST_ITEMS))
        }
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(not_readable("list").with("expected", name)),
    }
}

pub(super) fn not_readable(reason: &str) -> Problem {
    Problem::new("import_not_readable").with("reason", reason)
}

pub(super) fn too_large() -> Problem {
    Problem::new("file_too_large").with("cap", LARGEST_FILE)
}

/// Refuses a workbook that says it unpacks to more than a sheet of units can need: some 10 MiB of ZIP can
/// hold 10 GiB. Reads the sizes of the central directory only.
pub(super) fn check_unpacked(workbook: &[u8]) -> Result<(), Problem> {
    let sizes = unpacked_sizes(workbook).ok_or_else(|| not_readable("xlsx"))?;
    let total = sizes
        .iter()
        .fold(0u64, |total, size| total.saturating_add(u64::from(*size)));
    if total > LARGEST_UNPACKED {
        return Err(too_large().with("unpacked", total));
    }
    Ok(())
}

/// Declared unpacked size of each member of a ZIP archive (APPNOTE 4.3.12 and 4.3.16). None when it is no
/// such archive, or one in the form for more than 4 GiB.
fn unpacked_sizes(archive: &[u8]) -> Option<Vec<u32>> {
    const END: &[u8] = b"PK\x05\x06";
    const ENTRY: &[u8] = b"PK\x01\x02";
    const LONGEST_COMMENT: usize = 65_535;
    let search_from = archive.len().saturating_sub(22 + LONGEST_COMMENT);
    let end = search_from
        + archive
            .get(search_from..)?
            .windows(4)
            .rposition(|window| window == END)?;
    let entries = u16_at(archive, end + 10)?;
    let mut at = usize::try_from(u32_at(archive, end + 16)?).ok()?;
    let mut sizes = Vec::with_capacity(usize::from(entries));
    for _ in 0..entries {
        if archive.get(at..at + 4)? != ENTRY {
            return None;
        }
        let size = u32_at(archive, at + 24)?;
        if size == u32::MAX {
            return None;
        }
        sizes.push(size);
        let variable = [28, 30, 32]
            .iter()
            .map(|field| u16_at(archive, at + field).map(usize::from))
            .sum::<Option<usize>>()?;
        at = at.checked_add(46 + variable)?;
    }
    Some(sizes)
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(
        bytes.get(at..at.checked_add(2)?)?.try_into().ok()?,
    ))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(
        bytes.get(at..at.checked_add(4)?)?.try_into().ok()?,
    ))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]
    use super::*;

    #[test]
    fn a_file_beyond_the_cap_is_refused_before_and_after_decoding() {
        let beyond = "A".repeat(LARGEST_FILE / 3 * 4 + 100);
        assert_eq!(decode(&beyond).unwrap_err().code, "file_too_large");
        let one_more = STANDARD.encode(vec![0u8; LARGEST_FILE + 1]);
        assert_eq!(decode(&one_more).unwrap_err().code, "file_too_large");
        assert_eq!(
            decode(&STANDARD.encode(vec![0u8; LARGEST_FILE])).unwrap().len(),
            LARGEST_FILE
        );
    }

    #[test]
    fn what_is_no_base64_no_text_and_no_json_of_the_kind_is_not_readable() {
        assert_eq!(
            decode("đây không phải tệp").unwrap_err().code,
            "import_not_readable"
        );
        assert_eq!(text(&[0xff, 0xfe]).unwrap_err().code, "import_not_readable");
        let problem = json("{\n\"schema\": ", "dvk.taxonomy/1").unwrap_err();
        assert_eq!(
            (problem.code.as_str(), problem.params["line"].as_str()),
            ("import_not_readable", "2")
        );
        let other = json(r#"{"schema": "dvk.glossary/1"}"#, "dvk.taxonomy/1").unwrap_err();
        assert_eq!(other.params["expected"], "dvk.taxonomy/1");
    }

    #[test]
    fn a_mark_at_the_beginning_of_the_text_is_left_out() {
        assert_eq!(text(b"\xef\xbb\xbf{}").unwrap(), "{}");
    }

    #[test]
    fn a_workbook_that_unpacks_to_more_than_the_cap_is_refused_unopened() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        workbook.add_worksheet();
        let mut bytes = workbook.save_to_buffer().unwrap();
        assert!(check_unpacked(&bytes).is_ok());
        let entry = bytes
            .windows(4)
            .position(|window| window == b"PK\x01\x02")
            .unwrap();
        bytes[entry + 24..entry + 28].copy_from_slice(&(65u32 * 1024 * 1024).to_le_bytes());
        assert_eq!(check_unpacked(&bytes).unwrap_err().code, "file_too_large");
    }

    #[test]
    fn a_cut_off_or_foreign_archive_is_not_readable() {
        let mut workbook = rust_xlsxwriter::Workbook::new();
        workbook.add_worksheet();
        let bytes = workbook.save_to_buffer().unwrap();
        for cut in [0, 1, 30, bytes.len() / 2, bytes.len() - 30] {
            assert!(check_unpacked(&bytes[..cut]).is_err(), "cut at {cut}");
        }
        for offset in [0u32, 1, u32::MAX] {
            let mut moved = bytes.clone();
            let end = moved.len() - 22;
            moved[end + 16..end + 20].copy_from_slice(&offset.to_le_bytes());
            assert!(check_unpacked(&moved).is_err(), "directory at {offset}");
        }
    }
}
