//! Drives that look as if they can be taken out.

use std::path::Path;

use crate::contract::sticks::StickDrive;

/// Most drives that are offered.
const MOST: usize = 20;

/// The drives, by path.
pub(crate) fn drives() -> Vec<StickDrive> {
    let mut drives = found();
    drives.sort_by(|one, other| one.path.cmp(&other.path));
    drives.dedup();
    drives.truncate(MOST);
    drives
}

fn drive(path: &Path) -> StickDrive {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let path = path.display().to_string();
    StickDrive {
        label: name.unwrap_or_else(|| path.clone()),
        path,
    }
}

/// Where the desktops mount what is plugged in.
#[cfg(target_os = "linux")]
fn found() -> Vec<StickDrive> {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    mounts
        .lines()
        .filter_map(mounted)
        .map(|path| drive(Path::new(&path)))
        .collect()
}

/// The folder of a line of the list of mounts, if sticks are mounted there.
#[cfg(target_os = "linux")]
fn mounted(line: &str) -> Option<String> {
    let path = unescaped(line.split(' ').nth(1)?);
    let places = ["/media/", "/run/media/", "/mnt/"];
    places.iter().any(|place| path.starts_with(place)).then_some(path)
}

/// A space is written `\040` there.
#[cfg(target_os = "linux")]
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..3).filter(|_| *first == b'\\');
        let code = code.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(windows)]
fn found() -> Vec<StickDrive> {
    ('D'..='Z')
        .map(|letter| format!("{letter}:\\"))
        .filter(|path| Path::new(path).is_dir())
        .map(|path| drive(Path::new(&path)))
        .collect()
}

#[cfg(not(any(target_os = "linux", windows)))]
fn found() -> Vec<StickDrive> {
    let volumes = std::fs::read_dir("/Volumes").into_iter().flatten().flatten();
    volumes.map(|entry| drive(&entry.path())).collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_places_where_sticks_are_mounted_are_offered_and_their_names_are_readable() {
        let stick = r"/dev/sdb1 /media/biet/USB\040Tr\303\241ng vfat rw 0 0";
        assert_eq!(mounted(stick).as_deref(), Some("/media/biet/USB Tráng"));
        for line in ["/dev/sda1 / ext4 rw 0 0", "proc /proc proc rw 0 0", "", "x"] {
            assert_eq!(mounted(line), None, "{line}");
        }
        assert_eq!(unescaped(r"\9"), r"\9");
    }
}
