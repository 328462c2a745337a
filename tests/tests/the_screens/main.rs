//! What screens are told: the warning before words are kept, lists behind every figure, histories with their
//! reasons, and an exchange that can be stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod apart;
mod exchange;
mod figures;
mod records;
#[path = "../the_survey/support.rs"]
#[allow(dead_code, reason = "the other tests of a survey use the rest")]
mod support;
mod typing;
mod warnings;
