//! Records: each is one Automerge document of a fixed shape.
//!
//! A shape is flat on purpose: registers, narratives and maps of registers at the root, all containers
//! made by a genesis change that every device computes for itself. No later change may create an object,
//! so a container is never created twice, and what a change touches can be read off its operations.

mod again;
mod apart;
mod columns;
mod document;
mod edit;
mod editing;
mod gauntlet;
mod genesis;
mod kind;
mod narrative;
mod operations;
mod registers;
mod saved;
mod shape;
mod state;
pub mod view;

pub use again::WrittenAgain;
pub use document::{BadRecord, DifferingProperty, NOBODYS, RecordDoc, VersionOf};
pub use edit::{Edit, EditError, Scalar};
pub use gauntlet::{Examined, Job, JobInput, Outcome, examine};
pub use genesis::genesis_change;
pub use kind::{Home, RecordKind};
pub use registers::{
    begins_record, change_actor, change_hash, changed_properties, check_change, followed_changes,
    properties_of_payload,
};
pub use saved::read_saved;
pub use shape::{MAX_DOCUMENT, MAX_OPS_PER_CHANGE, MAX_OPS_PER_DOCUMENT, Property, Shape};
pub use state::{canonical_json, state_hash};
