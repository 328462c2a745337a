//! A deterministic simulator of a fleet: eight real devices, a real province server and sticks in one thread, over
//! a link that drops, doubles, delays, alters and cuts, with crashes between any two steps of a store, stores
//! restored from old copies, clocks that jump, grants that come, grow and go. Everything follows from one seed.
//!
//! After every step the promises of the design are checked (`promises.rs`); in the end everything is healed and
//! the fleet has to become equal in three rounds. A promise that broke names the command that makes it again.

mod cast;
pub mod cuts;
mod desk;
mod event;
mod link;
mod player;
mod promises;
mod run;
mod stick;

pub use cast::Template;
pub use promises::{Broken, Promise};
pub use run::{Lived, live};

/// Seeds that have broken a promise once. They are always run.
pub const SEEDS_THAT_BROKE: &[u64] = &[];

/// Events of one life, in the figure.
pub const EVENTS: u32 = 500;
