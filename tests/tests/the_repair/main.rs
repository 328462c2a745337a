//! What was lost on one side comes back from the other: restored devices, copied devices, a restored server, and a
//! log that somebody forged a second branch of.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod copied;
mod forged;
mod server;
mod support;
