//! A key that is with a keeper: at every moment it can be had from the keeper or from the key file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use cotmoc_ledger::{Folder, KeeperError, Keeping, KeyFile, KeyKeeper, KeyState, LedgerError, Unlock};
use tempfile::TempDir;
use zeroize::Zeroizing;

/// A drawer in memory that can be jammed at any of its three acts.
#[derive(Default)]
struct Drawer {
    held: Mutex<BTreeMap<String, String>>,
    jammed: Mutex<Jam>,
}

#[derive(Default, Clone, Copy, PartialEq)]
enum Jam {
    #[default]
    None,
    Locked,
    /// It keeps, and its answer is lost.
    KeepsUnheard,
    /// It keeps, and can be asked no more.
    GoesAfterKeeping,
    /// It gives back another secret than it was given.
    Mixes,
}

impl Drawer {
    fn jam(&self, jam: Jam) {
        *self.jammed.lock().unwrap() = jam;
    }

    fn secrets(&self) -> Vec<String> {
        self.held.lock().unwrap().values().cloned().collect()
    }

    fn unless_locked(&self) -> Result<(), KeeperError> {
        match *self.jammed.lock().unwrap() {
            Jam::Locked => Err(KeeperError::Locked),
            _ => Ok(()),
        }
    }
}

impl KeyKeeper for Drawer {
    fn keep(&self, name: &str, secret: &Zeroizing<String>) -> Result<(), KeeperError> {
        self.unless_locked()?;
        self.held
            .lock()
            .unwrap()
            .insert(name.to_owned(), secret.to_string());
        let mut jammed = self.jammed.lock().unwrap();
        match *jammed {
            Jam::KeepsUnheard => Err(KeeperError::Absent),
            Jam::GoesAfterKeeping => {
                *jammed = Jam::Locked;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn give(&self, name: &str) -> Result<Zeroizing<String>, KeeperError> {
        self.unless_locked()?;
        if *self.jammed.lock().unwrap() == Jam::Mixes {
            return Ok(Zeroizing::new("ab".repeat(32)));
        }
        let held = self.held.lock().unwrap();
        held.get(name)
            .cloned()
            .map(Zeroizing::new)
            .ok_or(KeeperError::NoEntry)
    }

    fn forget(&self, name: &str) -> Result<(), KeeperError> {
        self.unless_locked()?;
        self.held.lock().unwrap().remove(name);
        Ok(())
    }
}

struct Scene {
    folder: TempDir,
    drawer: Arc<Drawer>,
}

impl Scene {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            drawer: Arc::new(Drawer::default()),
        }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn open(&self, passphrase: Option<&str>, by_itself: bool) -> Result<Folder, LedgerError> {
        let keeper = self.drawer.clone();
        Folder::open_kept(
            self.path(),
            Unlock { passphrase },
            Some(Keeping { keeper, by_itself }),
        )
    }

    fn file(&self) -> Vec<u8> {
        fs::read(self.path().join("key.json")).unwrap()
    }

    fn state(&self) -> KeyState {
        KeyFile::in_folder(self.path()).state().unwrap()
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T, LedgerError>) -> KeeperError {
    match result.unwrap_err() {
        LedgerError::Keeper(error) => error,
        error => panic!("{error}"),
    }
}

#[test]
fn the_key_of_a_new_folder_goes_to_a_keeper_that_takes_it_by_itself_and_to_no_other() {
    let scene = Scene::new();
    let key = *scene.open(None, true).unwrap().key().bytes();
    assert_eq!((scene.state(), scene.drawer.secrets().len()), (KeyState::Kept, 1));
    assert_eq!(*scene.open(None, false).unwrap().key().bytes(), key);
    let by_hand = Scene::new();
    by_hand.open(None, false).unwrap();
    assert_eq!(
        (by_hand.state(), by_hand.drawer.secrets().len()),
        (KeyState::Bare, 0)
    );
}

#[test]
fn a_folder_whose_key_is_kept_opens_with_nothing_but_its_keeper_and_is_left_as_it_was() {
    let scene = Scene::new();
    drop(scene.open(None, true).unwrap());
    let before = scene.file();
    let without = Folder::open(scene.path(), Unlock::default());
    assert_eq!(refused(without), KeeperError::Absent);
    scene.drawer.jam(Jam::Locked);
    assert_eq!(refused(scene.open(None, true)), KeeperError::Locked);
    scene.drawer.jam(Jam::Mixes);
    assert_eq!(refused(scene.open(None, true)), KeeperError::OtherKey);
    scene.drawer.jam(Jam::None);
    let held = std::mem::take(&mut *scene.drawer.held.lock().unwrap());
    assert_eq!(refused(scene.open(None, true)), KeeperError::NoEntry);
    assert_eq!(scene.file(), before);
    *scene.drawer.held.lock().unwrap() = held;
    scene.open(None, true).unwrap();
}

#[test]
fn a_keeper_whose_answer_is_lost_has_not_the_key_of_the_new_folder() {
    let scene = Scene::new();
    scene.drawer.jam(Jam::KeepsUnheard);
    drop(scene.open(None, true).unwrap());
    assert_eq!(scene.state(), KeyState::Bare);
    let text = String::from_utf8(scene.file()).unwrap();
    for offered in scene.drawer.secrets() {
        assert!(!text.contains(&offered), "what it may have kept opens nothing");
    }
}

#[test]
fn a_bare_key_stays_in_its_file_until_the_keeper_has_given_the_same_one_back() {
    let scene = Scene::new();
    let folder = scene.open(None, false).unwrap();
    let key = *folder.key().bytes();
    for jam in [Jam::Locked, Jam::KeepsUnheard, Jam::Mixes, Jam::GoesAfterKeeping] {
        scene.drawer.jam(jam);
        refused(folder.give_to_keeper());
        assert_eq!(
            *KeyFile::in_folder(scene.path()).read(None).unwrap().bytes(),
            key,
            "the key file still has it"
        );
    }
    assert!(folder.key_may_be_left_with_keeper().unwrap());
    drop(folder);
    scene.drawer.jam(Jam::None);
    let folder = scene.open(None, false).unwrap();
    assert!(
        scene.drawer.secrets().is_empty(),
        "a half move is undone when the folder opens"
    );
    folder.give_to_keeper().unwrap();
    assert_eq!((scene.state(), scene.drawer.secrets().len()), (KeyState::Kept, 1));
    folder
        .give_to_keeper()
        .expect("what is there already is not moved again");
    drop(folder);
    assert_eq!(*scene.open(None, false).unwrap().key().bytes(), key);
}

#[test]
fn a_passphrase_wraps_the_key_before_the_keeper_forgets_it() {
    let scene = Scene::new();
    let folder = scene.open(None, true).unwrap();
    let key = *folder.key().bytes();
    scene.drawer.jam(Jam::Locked);
    folder.change_passphrase(None, Some("biên cương")).unwrap();
    assert_eq!(
        (scene.state(), scene.drawer.secrets().len()),
        (KeyState::Wrapped, 1)
    );
    assert!(folder.key_may_be_left_with_keeper().unwrap());
    drop(folder);
    drop(scene.open(Some("biên cương"), true).unwrap());
    assert_eq!(
        scene.drawer.secrets().len(),
        1,
        "still locked: asked again next time"
    );
    scene.drawer.jam(Jam::None);
    assert!(matches!(
        scene.open(None, true),
        Err(LedgerError::PassphraseNeeded)
    ));
    let folder = scene.open(Some("biên cương"), true).unwrap();
    assert_eq!(*folder.key().bytes(), key);
    assert!(scene.drawer.secrets().is_empty());
    assert!(!folder.key_may_be_left_with_keeper().unwrap());
    assert!(
        matches!(folder.give_to_keeper(), Err(LedgerError::PassphraseNeeded)),
        "a wrapped key is not handed out"
    );
}

#[test]
fn removing_the_passphrase_gives_the_key_back_to_the_keeper_or_leaves_it_bare() {
    let scene = Scene::new();
    let folder = scene.open(Some("biên cương"), true).unwrap();
    let key = *folder.key().bytes();
    assert!(matches!(
        folder.change_passphrase(Some("biên giới"), None),
        Err(LedgerError::WrongPassphrase)
    ));
    assert_eq!(
        scene.state(),
        KeyState::Wrapped,
        "an open folder asks for it all the same"
    );
    scene.drawer.jam(Jam::GoesAfterKeeping);
    folder.change_passphrase(Some("biên cương"), None).unwrap();
    assert_eq!(scene.state(), KeyState::Bare);
    scene.drawer.jam(Jam::None);
    folder.change_passphrase(None, Some("biên giới")).unwrap();
    assert!(
        scene.drawer.secrets().is_empty(),
        "also what an attempt before left there"
    );
    folder.change_passphrase(Some("biên giới"), None).unwrap();
    assert_eq!((scene.state(), scene.drawer.secrets().len()), (KeyState::Kept, 1));
    folder
        .change_passphrase(None, None)
        .expect("there is none to remove");
    assert_eq!(scene.state(), KeyState::Kept);
    drop(folder);
    assert_eq!(*scene.open(None, true).unwrap().key().bytes(), key);
}
