//! Totals through time: whatever the day, nothing is left out, every figure opens to its models, and what
//! happened apart comes together.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod apart;
mod early_figures;
mod opening;
mod roles;
mod search;
mod subtree;
mod through_time;
