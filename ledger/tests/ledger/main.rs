//! The ledger with real SQLite files and the real checking process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod caches;
mod full_disk;
mod gauntlet;
mod opening;
mod receiving;
mod support;
mod writing;
