//! Folds of records into totals, tables and report models: pure, so that a figure can be computed again.

pub mod scoring;
pub mod totals;
