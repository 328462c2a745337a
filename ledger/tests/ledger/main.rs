//! The ledger with real SQLite files and the real checking process.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod access;
mod caches;
mod checking_process;
mod copies;
mod equivocation;
mod forging;
mod forks;
mod full_disk;
mod gauntlet;
mod keeping;
mod long_texts;
mod media;
mod media_aside;
mod media_crashes;
mod media_entries;
mod newer_kinds;
mod opening;
mod quiet;
mod receiving;
mod revoking;
mod second_tries;
mod seen;
mod support;
mod writing;
