//! The demonstration as a person starts it: what it enters, and what is left when it is stopped.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod entered;
mod facts;
mod interrupted;
mod published_figures;
