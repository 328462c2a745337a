//! The journal on disk, the same at both ends: SQLite opened right, entries, documents, the gauntlet.
//!
//! A crate of its own because it needs SQLite, files and child processes, which the core must never
//! have, while the server must not hold the device's use cases nor the device the server's HTTP
//! (ADR 0002). It knows no role, no screen and no socket; what a device makes of records it learns
//! through [`Index`].

mod again;
mod answering;
mod applying;
mod branches;
pub mod bundle;
mod chance;
mod database;
mod detached;
mod documents;
mod error;
mod filling;
mod folder;
mod forks;
mod gauntlet;
mod incoming;
mod index;
mod interrupted;
mod inventory;
mod journal;
mod key_file;
mod key_keeper;
mod kinds;
mod late;
mod media;
mod own;
mod owner_only;
mod packing;
mod paging;
mod parting;
mod peers;
mod place;
mod reading;
mod rebuild;
mod receive;
mod rest;
mod retry;
mod revoking;
mod room;
mod rosters;
mod rows;
mod seen;
mod settling;
mod stick;
mod stored;
mod storing;
mod trial;
mod verdict;
mod visible;
mod write;

pub use again::{Adopted, WrittenAgain};
#[cfg(feature = "simulation")]
pub use chance::{Crash, crash_after, is_simulated, simulate, simulate_time};
pub use chance::{fill_random, time_of_day};
pub use database::{DatabaseKey, SQLITE_AT_LEAST, open_connection};
pub use error::LedgerError;
pub use filling::{FillError, Filled, Filling};
pub use folder::{Folder, FolderLock, Unlock};
pub use forks::{ForkBranch, ForkProof};
pub use gauntlet::{
    CHILD_ARGUMENT, Gauntlet, GauntletProgram, NotExamined, is_gauntlet_child, serve_gauntlet,
};
pub use index::{Index, NoIndex, RecordChange};
pub use inventory::{Holding, Inventory, ScopeCompared};
pub use journal::{Author, Ledger};
pub use key_file::{KeyFile, KeyState};
pub use key_keeper::{KeeperError, Keeping, KeyKeeper};
pub use media::{
    Attachment, Chunk, HeldRendition, MEDIA_QUOTA, MediaStock, MissingBlob, MissingFile, Taken,
    each_missing_file,
};
pub use own::{Life, LifeReason, OwnAuthor};
pub use owner_only::owner_only;
pub use packing::SetAsideGoes;
pub use paging::{Page, PageRequest};
pub use peers::{Owed, forget_peer, note_holds, set_holds};
pub use reading::{EntryRow, HeldRecord, SetAside, WaitingCounts};
pub use rebuild::Rebuilt;
pub use receive::{Received, RunProblem};
pub use rest::Rest;
pub use retry::TriedAgain;
pub use seen::Seen;
pub use stick::ChunksTaken;
pub use visible::Visible;
pub use write::{Write, Written};
