//! Workbooks made to harm, for tests: real archives with real faults.

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Format, Workbook};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use crate::usecase::reference::columns::SHEET;

/// The parts of a workbook with one province, as a real program writes them.
pub(crate) fn parts() -> Vec<(String, Vec<u8>)> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name(SHEET).unwrap();
    for (row, cells) in (0u32..).zip([["Mã đơn vị", "Tên đơn vị", "Cấp"], ["tinh", "Tỉnh", "Tỉnh"]])
    {
        sheet.write_row(row, 0, cells).unwrap();
    }
    sheet
        .write_string_with_format(1, 1, "Tỉnh", &Format::new().set_bold())
        .unwrap();
    unpacked(&workbook.save_to_buffer().unwrap())
}

pub(crate) fn unpacked(workbook: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(workbook)).unwrap();
    (0..archive.len())
        .map(|at| {
            let mut part = archive.by_index(at).unwrap();
            let mut bytes = Vec::new();
            part.read_to_end(&mut bytes).unwrap();
            (part.name().unwrap().into_owned(), bytes)
        })
        .collect()
}

pub(crate) fn packed(parts: &[(String, Vec<u8>)]) -> Vec<u8> {
    packed_with(parts, options())
}

pub(crate) fn packed_with(parts: &[(String, Vec<u8>)], options: SimpleFileOptions) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        archive.start_file(name, options).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

pub(crate) fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(1))
}

/// The workbook with one part replaced, or added.
pub(crate) fn with_part(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut parts = parts();
    parts.retain(|(known, _)| known != name);
    parts.push((name.to_owned(), bytes));
    packed(&parts)
}

/// The workbook with the text of one part changed.
pub(crate) fn with_text(name: &str, change: impl FnOnce(String) -> String) -> Vec<u8> {
    let parts = parts();
    let (_, bytes) = parts.iter().find(|(known, _)| known == name).unwrap();
    with_part(
        name,
        change(String::from_utf8(bytes.clone()).unwrap()).into_bytes(),
    )
}

/// Says another size of a part, in its own header and in the list of parts.
pub(crate) fn declare(archive: &mut [u8], name: &str, size: u32) {
    for (magic, size_at, name_at) in [(b"PK\x03\x04", 22, 30), (b"PK\x01\x02", 24, 46)] {
        let header = (0..archive.len() - 4)
            .find(|at| {
                archive[*at..].starts_with(magic) && archive[at + name_at..].starts_with(name.as_bytes())
            })
            .unwrap();
        archive[header + size_at..header + size_at + 4].copy_from_slice(&size.to_le_bytes());
    }
}

/// Bytes by which the memory of this process rose above what it held, at the highest, while `work` ran. The
/// system keeps that figure by process: meaningful when each test runs in its own.
#[cfg(target_os = "linux")]
pub(crate) fn memory_of<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let figure = |name: &str| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kibibytes * 1024
    };
    // "5" forgets the highest figure so far (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let before = figure("VmRSS:");
    let answer = work();
    (figure("VmHWM:").saturating_sub(before), answer)
}
