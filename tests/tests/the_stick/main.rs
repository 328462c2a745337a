//! What a post writes reaches the province on a stick, and the receipts come back on one.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod carrying;
mod damaged;
mod photos;
mod repeated;
mod restored;
mod round_trip;
mod sending_on;
mod support;
mod writing;
