//! A survey end to end: the campaign, the delegation's visit, its findings and scores, and what happens when
//! two of its members write while apart.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod agreement;
mod delegation;
mod evidence;
mod findings;
mod reassigned;
mod scores;
mod support;
mod visit;
