//! The bytes of a file that came from outside, held against the caps before anything reads them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::contract::Problem;

/// Largest file, bytes.
pub(super) const LARGEST_FILE: usize = 10 * 1024 * 1024;

/// Most items of one list of a JSON file, and most rows of a sheet. The country has some 3,300 communes.
pub(super) const MOST_ITEMS: usize = 20_000;

/// Decodes the content of a request.
pub(super) fn decode(base64: &str) -> Result<Vec<u8>, Problem> {
    // Looked at before decoding, so that an oversized request costs no second copy of itself.
    if base64.len() > LARGEST_FILE.div_ceil(3) * 4 + 4 {
        return Err(too_large("file", LARGEST_FILE));
    }
    let bytes = STANDARD
        .decode(base64.trim())
        .map_err(|_| not_readable("base64"))?;
    if bytes.len() > LARGEST_FILE {
        Err(too_large("file", LARGEST_FILE))
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
        Some(Value::Array(items)) if items.len() > MOST_ITEMS => Err(too_large("rows", MOST_ITEMS)),
        Some(Value::Array(items)) => Ok(items),
        Some(_) => Err(not_readable("list").with("expected", name)),
    }
}

/// The file as a whole cannot be used; the screens have words for each reason.
pub(super) fn not_readable(reason: &str) -> Problem {
    Problem::new("import_not_readable").with("reason", reason)
}

/// The file holds more of `what` than is read; the screens have words for each.
pub(super) fn too_large(what: &str, most: impl ToString) -> Problem {
    Problem::new("file_too_large")
        .with("what", what)
        .with("most", most)
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
}
