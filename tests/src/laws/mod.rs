//! The merge laws over the schema's own operations: whatever devices do while apart, and in whatever order
//! and however often it reaches them, they hold the same record and are asked the same questions.
//!
//! Cases are generated from the shapes (`core/src/record/shape.rs`) of every kind that has a document, so a
//! property that is added there is covered without a word here. A case follows from seed, kind and number
//! alone: it can be made again by naming them, and is then made as small as it can be while it still breaks
//! the same way. [`wrong`] holds merges that break a law on purpose: laws that they pass would prove nothing.

mod case;
mod contents;
mod generate;
mod law;
mod run;
pub mod wrong;

pub use case::{CaseName, DEVICES, Step, WorkApart};
pub use law::{AsDevicesDo, Broken, Checked, Law, Merging, check};
pub use run::{Explained, Report, explain, run, share_of};

/// Any seed does; a fixed one makes a run comparable with the one before.
pub const SEED: u64 = 2_026;

/// Cases of one run.
pub const CASES: u64 = 10_000;
