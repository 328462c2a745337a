#![allow(clippy::unwrap_used, clippy::expect_used)]
use super::*;
use crate::usecase::reference::file::LARGEST_FILE;
use crafted::{declare, options, packed, packed_with, parts, unpacked, with_part, with_text};
use zip::unstable::write::FileOptionsExt;

const SHEET_PART: &str = "xl/worksheets/sheet1.xml";
const MIB: usize = 1024 * 1024;

/// Code and what is wrong.
fn told(workbook: &[u8]) -> (String, String) {
    let problem = unpack(workbook).expect_err("a workbook that is refused");
    let what = problem.params.get("reason").or(problem.params.get("what"));
    (problem.code, what.cloned().unwrap_or_default())
}

fn unreadable(reason: &str) -> (String, String) {
    ("import_not_readable".into(), reason.into())
}

fn too_much(what: &str) -> (String, String) {
    ("file_too_large".into(), what.into())
}

#[test]
fn only_the_parts_that_are_read_reach_the_reader_and_they_are_unchanged() {
    let mut whole = parts();
    whole.push(("xl/media/image1.png".into(), vec![7; 5_000]));
    let package = unpacked(&unpack(&packed(&whole)).unwrap());
    let mut names: Vec<&str> = package.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "_rels/.rels",
            "xl/_rels/workbook.xml.rels",
            "xl/sharedstrings.xml",
            "xl/styles.xml",
            "xl/workbook.xml",
            "xl/worksheets/sheet1.xml",
        ]
    );
    for (name, bytes) in package.iter().filter(|(name, _)| name != "_rels/.rels") {
        let (_, before) = whole
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .unwrap();
        assert_eq!(bytes, before, "{name}");
    }
}

#[test]
fn what_is_no_workbook_is_named_for_what_it_is() {
    let mut old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    old.resize(4_096, 0);
    assert_eq!(told(&old), unreadable("old_workbook"));
    let stream: Vec<u8> = "EncryptedPackage"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    old[1_024..1_024 + stream.len()].copy_from_slice(&stream);
    assert_eq!(told(&old), unreadable("protected"));
    assert_eq!(told(b""), unreadable("empty"));
    assert_eq!(told("Mã đơn vị;Tên đơn vị".as_bytes()), unreadable("not_xlsx"));
    let letter = packed(&[("word/document.xml".into(), b"<w:document/>".to_vec())]);
    assert_eq!(told(&letter), unreadable("not_xlsx"));
}

#[test]
fn a_file_that_was_cut_off_anywhere_is_not_readable() {
    let whole = packed(&parts());
    for length in (4..whole.len()).step_by(101) {
        assert_eq!(
            told(&whole[..length]),
            unreadable("cut_off"),
            "after {length} bytes"
        );
    }
    let mut altered = whole.clone();
    let inside = whole.len() / 3;
    altered[inside] ^= 0x40;
    assert_eq!(told(&altered), unreadable("damaged"));
}

#[test]
fn a_part_that_is_encrypted_is_named_as_protected() {
    let options = options().with_deprecated_encryption(b"mat khau").unwrap();
    assert_eq!(told(&packed_with(&parts(), options)), unreadable("protected"));
}

#[test]
fn two_parts_at_one_place_are_refused_however_they_are_spelt() {
    for other in ["XL\\Workbook.xml", "/xl/workbook.xml", "xl/workbook2.xml"] {
        assert_eq!(
            told(&with_part(other, b"<workbook/>".to_vec())),
            unreadable("repeated_part"),
            "{other}"
        );
    }
    let mut same = with_part("xl/workbook.xmk", b"<workbook/>".to_vec());
    let at = |bytes: &[u8]| bytes.windows(15).position(|window| window == b"xl/workbook.xmk");
    while let Some(at) = at(&same) {
        same[at + 14] = b'l';
    }
    assert_eq!(told(&same), unreadable("repeated_part"));
}

#[test]
fn an_archive_in_the_place_of_a_part_is_no_text() {
    assert_eq!(
        told(&with_part("xl/workbook.xml", packed(&parts()))),
        unreadable("encoding")
    );
    let wide: Vec<u8> = "\u{feff}<workbook/>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_eq!(told(&with_part("xl/workbook.xml", wide)), unreadable("encoding"));
    let nested = with_part("xl/embeddings/workbook.xlsx", packed(&parts()));
    assert!(unpack(&nested).is_ok(), "an embedded workbook is not read");
}

#[test]
fn five_hundred_mebibytes_of_zeros_are_refused_wherever_they_stand_and_whatever_they_say() {
    // Writing the larger one takes most of the time of this test.
    for (name, size) in [(SHEET_PART, 500 * MIB), ("xl/media/image1.png", 70 * MIB)] {
        let mut bomb = with_part(name, vec![0; size]);
        assert!(bomb.len() < LARGEST_FILE, "{} bytes", bomb.len());
        assert_eq!(told(&bomb), too_much("unpacked"));
        declare(&mut bomb, name, 1_000);
        let (memory, refusal) = crafted::memory_of(|| told(&bomb));
        println!(
            "{} MiB that say they are 1,000 bytes: {memory} bytes more memory",
            size / MIB
        );
        assert_eq!(refusal, unreadable("damaged"));
        assert!(memory < 8 * MIB as u64, "{memory} bytes");
    }
    let mut modest = with_part("xl/media/image1.png", vec![0; 1_000]);
    declare(&mut modest, "xl/media/image1.png", 1_001);
    assert_eq!(
        told(&modest),
        unreadable("damaged"),
        "a size too large is as untrue"
    );
}

#[test]
fn many_parts_that_are_small_each_are_counted_together() {
    let mut many = parts();
    many.extend((0..5).map(|at| (format!("xl/media/image{at}.png"), vec![0; 13 * MIB])));
    assert_eq!(told(&packed(&many)), too_much("unpacked"));
    let mut many = parts();
    many.extend((0..1_001).map(|at| (format!("xl/media/image{at}.png"), Vec::new())));
    assert_eq!(told(&packed(&many)), too_much("parts"));
}

#[test]
fn a_table_that_announces_more_texts_than_there_can_be_is_refused_before_room_is_made() {
    for said in [
        "uniqueCount=\"99999999999\"",
        "uniqueCount = '+18446744073709551615'",
        "x=\"<\" uniqueCount=\"99999999999\"",
    ] {
        let hostile = with_text("xl/sharedStrings.xml", |text| {
            text.replacen("<sst ", &format!("<sst {said} "), 1)
        });
        assert_eq!(told(&hostile), too_much("tags"), "{said}");
    }
    let honest = with_text("xl/sharedStrings.xml", |text| text.replace("Tỉnh", "uniqueCount"));
    assert!(unpack(&honest).is_ok(), "the word alone announces nothing");
}

#[test]
fn styles_that_would_repeat_a_long_name_are_refused() {
    let repeated = |name: usize, styles: usize| {
        with_text("xl/styles.xml", |text| {
            let long = format!("<fonts><font><name val=\"{}\"/></font>", "a".repeat(name));
            let (before, rest) = text.split_once("<fonts").unwrap();
            let (_, after) = rest.split_once('>').unwrap();
            let text = format!("{before}{long}{after}");
            text.replacen(
                "</cellXfs>",
                &format!("{}</cellXfs>", "<xf fontId=\"0\"/>".repeat(styles)),
                1,
            )
        })
    };
    assert!(unpack(&repeated(100, 5_000)).is_ok());
    assert_eq!(told(&repeated(1_000_000, 100)), too_much("structure"));
    assert_eq!(told(&repeated(10, 30_000)), too_much("structure"));
}

#[test]
fn a_sheet_of_nothing_but_tags_is_refused() {
    let rows = "<row/>".repeat(MOST_TAGS + 1);
    let sheet = with_text(SHEET_PART, |text| {
        text.replacen("</sheetData>", &format!("{rows}</sheetData>"), 1)
    });
    assert_eq!(told(&sheet), too_much("tags"));
}
