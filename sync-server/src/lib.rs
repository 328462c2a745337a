//! The province's server: devices enrol, exchange and receive receipts.
//!
//! A library and a program. The program serves a province office; the library lets the same server run
//! inside another process, for example as a hub. One [`Server`] owns one folder with one encrypted
//! database, which may hold several provinces.
//!
//! An exchange walks: `accept` (TLS, time limits) → `routes::exchange` (caps, signature) →
//! [`cotmoc_ledger::Ledger::receive`] (every check of every entry) → `roster_desk` (what was asked of the
//! authority) → `view` (what is new for the device) → `receipts`.
//!
//! What this crate must not know: what a record means. It stores, checks and hands on.

mod accept;
mod address;
mod answer;
mod answering;
mod attempts;
mod backup;
mod body;
mod carried;
mod direct;
mod error;
mod founding;
mod gate;
mod hub;
mod inventory_file;
mod keeper;
mod keys;
mod limits;
mod listening;
mod parcels;
mod progress;
mod receipts;
mod roster_desk;
mod routes;
mod screening;
mod server;
mod settings;
mod sights;
mod state;
mod sticks;
mod streams;
mod tls;
mod turns;
mod view;

pub use address::{DEFAULT_PORT, PublicAddress};
pub use answer::Problem;
pub use backup::{Backup, backup};
pub use direct::Answers;
pub use error::ServerError;
pub use founding::{Founded, INVITATION_DAYS};
pub use hub::{HubSettings, RunningHub};
pub use inventory_file::{inventory_of, missing_files_of, read_inventory, write_inventory};
pub use keeper::{Brought, Keeper};
pub use keys::write_keys;
pub use limits::Limits;
pub use server::{RunningServer, Server};
pub use settings::{Settings, Transport};
pub use state::ServerState;
pub use sticks::{BundleResult, NewsWritten, NotTaken, TakenIn};
pub use tls::pin_of_certificate;
