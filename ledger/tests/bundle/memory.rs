//! Memory does not grow with the bundle.

#![cfg(target_os = "linux")]

use std::time::Instant;

use cotmoc_ledger::bundle::{BundleWriter, Watch, copy_onward, open};

use crate::support::{checked, device, new_bundle, noise, recipients, sender};

/// A figure of this process, in bytes. The system keeps it by process: meaningful when each test runs in its
/// own.
fn figure(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with(name)).unwrap();
    let kibibytes: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kibibytes * 1024
}

/// The most memory that this process held while `work` ran, in bytes.
fn peak_of<T>(work: impl FnOnce() -> T) -> (u64, T) {
    // "5" forgets the highest figure so far (proc(5), clear_refs).
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    let answer = work();
    (figure("VmHWM:"), answer)
}

/// Bytes by which the memory of this process rose above what it held, at the highest, while `work` ran.
pub fn memory_of<T>(work: impl FnOnce() -> T) -> (u64, T) {
    let before = figure("VmRSS:");
    let (peak, answer) = peak_of(work);
    (peak.saturating_sub(before), answer)
}

/// Writes, checks, carries on and reads this many frames of 1 MiB, and says what each took.
fn run(frames: u64) -> Vec<(&'static str, u64)> {
    let (folder, onward) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (sender, recipients) = (sender(), recipients());
    let mut figures = Vec::new();
    // Idle is before all of it: what one step left behind counts in the next.
    let idle = figure("VmRSS:");
    let mut measure = |what: &'static str, work: &mut dyn FnMut()| {
        let begun = Instant::now();
        let (peak, ()) = peak_of(work);
        let memory = peak - idle;
        eprintln!(
            "{what} {frames} MiB: {:.1} MiB above idle, {:.2} s",
            memory as f64 / 1048576.0,
            begun.elapsed().as_secs_f64()
        );
        figures.push((what, memory));
    };
    let mut file = None;
    measure("write", &mut || {
        let mut writer =
            BundleWriter::start(folder.path(), new_bundle(&sender, &recipients), Watch::nobody()).unwrap();
        for number in 0..frames {
            writer.frame(1, &noise(number, 1024 * 1024)).unwrap();
        }
        file = writer.finish().unwrap().files.pop();
    });
    let file = file.unwrap();
    measure("check", &mut || drop(checked(&file).unwrap()));
    measure("carry on", &mut || {
        drop(copy_onward(&file, onward.path(), &mut Watch::nobody()).unwrap());
    });
    measure("read", &mut || {
        let mut number = 0;
        for frame in open(&file, &device()).unwrap() {
            assert_eq!(frame.unwrap().bytes, noise(number, 1024 * 1024));
            number += 1;
        }
        assert_eq!(number, frames);
    });
    figures
}

#[test]
fn sixty_four_mebibytes_pass_in_less_than_eight_of_memory() {
    for (what, memory) in run(64) {
        assert!(memory < 8 * 1024 * 1024, "{what}: {memory} bytes");
    }
}

/// Takes 2 GiB of disk.
#[test]
#[ignore = "long: run by name"]
fn a_gibibyte_passes_in_less_than_eight_mebibytes_of_memory() {
    for (what, memory) in run(1024) {
        assert!(memory < 8 * 1024 * 1024, "{what}: {memory} bytes");
    }
}
