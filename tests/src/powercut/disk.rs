//! A disk as the recorded calls leave it when the power goes.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::Dice;
use super::recording::Event;

/// Unit in which a drive writes for certain.
const SECTOR: u64 = 512;

/// What is left of the writes that were not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keeping {
    /// Nothing.
    Nothing,
    /// Each with even chance, whatever came before or after it.
    SomeWrites,
    /// As `SomeWrites`, and of each write that is kept some sectors only.
    SomeSectors,
}

/// Files by name, with what is certain of them and what is not.
#[derive(Debug, Clone, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    names: BTreeMap<String, usize>,
    certain_names: BTreeMap<String, usize>,
    uncertain_names: Vec<NameChange>,
}

#[derive(Debug, Clone, Default)]
struct File {
    certain: Vec<u8>,
    uncertain: Vec<Change>,
    /// Length as the writer sees it.
    length: u64,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Cut { length: u64 },
}

#[derive(Debug, Clone)]
enum NameChange {
    Add(String, usize),
    Remove(String),
}

impl Disk {
    /// The next call. Acknowledgements do not touch the disk.
    pub fn play(&mut self, event: &Event) {
        match event {
            Event::Write { file, at, bytes } => {
                let file = self.file(file);
                let at = at.unwrap_or(file.length);
                file.length = file.length.max(at + bytes.len() as u64);
                file.uncertain.push(Change::Write {
                    at,
                    bytes: bytes.clone(),
                });
            }
            Event::Cut { file, length } => {
                let file = self.file(file);
                file.length = *length;
                file.uncertain.push(Change::Cut { length: *length });
            }
            Event::Create { file } => {
                self.file(file);
            }
            Event::Sync { file } => {
                let Some(index) = self.names.get(file).copied() else {
                    return;
                };
                let file = &mut self.files[index];
                for change in file.uncertain.drain(..) {
                    change.apply(&mut file.certain);
                }
                // The first sync of a new file makes its name certain too.
                self.uncertain_names.retain(|change| match change {
                    NameChange::Add(name, added) if *added == index => {
                        self.certain_names.insert(name.clone(), index);
                        false
                    }
                    _ => true,
                });
            }
            Event::SyncFolder => {
                self.certain_names = self.names.clone();
                self.uncertain_names.clear();
            }
            Event::Remove { file } => {
                self.names.remove(file);
                self.uncertain_names.push(NameChange::Remove(file.clone()));
            }
            Event::Rename { from, to } => {
                let Some(index) = self.names.remove(from) else {
                    return;
                };
                self.names.insert(to.clone(), index);
                self.uncertain_names.push(NameChange::Remove(from.clone()));
                self.uncertain_names.push(NameChange::Add(to.clone(), index));
            }
            Event::Ack(_) => {}
        }
    }

    fn file(&mut self, name: &str) -> &mut File {
        let index = match self.names.get(name) {
            Some(index) => *index,
            None => {
                self.files.push(File::default());
                let index = self.files.len() - 1;
                self.names.insert(name.to_owned(), index);
                self.uncertain_names.push(NameChange::Add(name.to_owned(), index));
                index
            }
        };
        &mut self.files[index]
    }

    /// Writes into `folder` what a machine finds there when the power comes back.
    pub fn write_out(&self, folder: &Path, keeping: Keeping, dice: &mut Dice) -> Result<()> {
        let mut names = self.certain_names.clone();
        let kept = |dice: &mut Dice| keeping != Keeping::Nothing && dice.coin();
        for change in &self.uncertain_names {
            if !kept(dice) {
                continue;
            }
            match change {
                NameChange::Add(name, index) => names.insert(name.clone(), *index),
                NameChange::Remove(name) => names.remove(name),
            };
        }
        for (name, index) in names {
            let file = &self.files[index];
            let mut bytes = file.certain.clone();
            for change in &file.uncertain {
                if kept(dice) {
                    match keeping {
                        Keeping::SomeSectors => change.apply_torn(&mut bytes, dice),
                        _ => change.apply(&mut bytes),
                    }
                }
            }
            std::fs::write(folder.join(name), bytes)?;
        }
        Ok(())
    }
}

impl Change {
    fn apply(&self, image: &mut Vec<u8>) {
        match self {
            Self::Write { at, bytes } => put(image, *at, bytes),
            Self::Cut { length } => image.resize(*length as usize, 0),
        }
    }

    fn apply_torn(&self, image: &mut Vec<u8>, dice: &mut Dice) {
        let Self::Write { at, bytes } = self else {
            return self.apply(image);
        };
        let mut done = 0;
        while done < bytes.len() {
            let place = at + done as u64;
            let to_sector_end = (SECTOR - place % SECTOR) as usize;
            let piece = &bytes[done..bytes.len().min(done + to_sector_end)];
            if dice.coin() {
                put(image, place, piece);
            }
            done += piece.len();
        }
    }
}

fn put(image: &mut Vec<u8>, at: u64, bytes: &[u8]) {
    let (start, end) = (at as usize, at as usize + bytes.len());
    if image.len() < end {
        image.resize(end, 0);
    }
    image[start..end].copy_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn left(disk: &Disk, keeping: Keeping, seed: u64) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().unwrap();
        disk.write_out(folder.path(), keeping, &mut Dice::new(seed))
            .unwrap();
        let entries = std::fs::read_dir(folder.path()).unwrap().map(Result::unwrap);
        entries
            .map(|entry| {
                (
                    entry.file_name().into_string().unwrap(),
                    std::fs::read(entry.path()).unwrap(),
                )
            })
            .collect()
    }

    fn write(at: u64, byte: u8, length: usize) -> Event {
        Event::Write {
            file: "log".into(),
            at: Some(at),
            bytes: vec![byte; length],
        }
    }

    #[test]
    fn what_was_synced_is_there_and_what_was_not_may_be() {
        let mut disk = Disk::default();
        let sync = Event::Sync { file: "log".into() };
        for event in [write(0, 1, 600), sync, write(600, 2, 600), write(0, 3, 10)] {
            disk.play(&event);
        }
        assert_eq!(left(&disk, Keeping::Nothing, 1)["log"], vec![1; 600]);
        let seen: Vec<Vec<u8>> = (0..40)
            .map(|seed| left(&disk, Keeping::SomeWrites, seed).remove("log").unwrap())
            .collect();
        for (first, long) in [(1, false), (1, true), (3, false), (3, true)] {
            assert!(
                seen.iter()
                    .any(|bytes| bytes[0] == first && (bytes.len() == 1_200) == long),
                "{first} {long}"
            );
        }
        let torn = (0..40).map(|seed| left(&disk, Keeping::SomeSectors, seed).remove("log").unwrap());
        assert!(
            torn.into_iter()
                .any(|bytes| bytes.len() == 1_200 && bytes[700] == 0 && bytes[1_100] == 2)
        );
    }

    #[test]
    fn a_name_is_certain_once_the_file_or_the_folder_was_synced_and_a_removal_only_then() {
        let mut disk = Disk::default();
        disk.play(&write(0, 1, 10));
        assert!(left(&disk, Keeping::Nothing, 1).is_empty());
        disk.play(&Event::Sync { file: "log".into() });
        assert_eq!(left(&disk, Keeping::Nothing, 1)["log"], [1; 10]);
        disk.play(&Event::Remove { file: "log".into() });
        assert_eq!(left(&disk, Keeping::Nothing, 1).len(), 1);
        disk.play(&Event::SyncFolder);
        assert!(left(&disk, Keeping::SomeWrites, 1).is_empty());
    }

    #[test]
    fn a_renamed_file_is_found_under_its_new_name_once_the_folder_was_synced() {
        let mut disk = Disk::default();
        disk.play(&Event::Write {
            file: "key.new".into(),
            at: None,
            bytes: vec![7; 3],
        });
        disk.play(&Event::Sync {
            file: "key.new".into(),
        });
        disk.play(&Event::Rename {
            from: "key.new".into(),
            to: "key.json".into(),
        });
        assert_eq!(
            left(&disk, Keeping::Nothing, 1).into_keys().collect::<Vec<_>>(),
            ["key.new"]
        );
        disk.play(&Event::SyncFolder);
        assert_eq!(
            left(&disk, Keeping::Nothing, 1).into_iter().collect::<Vec<_>>(),
            [("key.json".into(), vec![7; 3])]
        );
    }
}
