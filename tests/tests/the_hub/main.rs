//! The hub on the table: a delegation works where the province cannot be reached, and one laptop carries it there.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod carrying;
mod files;
mod liar;
mod lying;
mod network;
mod opening;
mod programs;
mod strangers;
mod table;
