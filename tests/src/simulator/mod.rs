//! A deterministic simulator of a fleet: eight real devices, a real province server, hubs in the devices' own
//! processes and sticks in one thread, over a link that drops, doubles, delays, alters and cuts, with crashes between
//! any two steps of a store, stores restored from old copies or going on in two places, photos, clocks that jump,
//! grants that come, grow and go. Everything follows from one seed.
//!
//! After every step the promises of the design are checked (`promises.rs`); in the end everything is healed and
//! the fleet has to become equal in three rounds. A promise that broke names the command that makes it again.

mod cast;
pub mod cuts;
mod desk;
mod ending;
mod event;
mod forging;
mod link;
mod photos;
mod player;
mod promises;
mod run;
mod saw;
mod stick;
mod stores;
mod table;
mod writing;

pub use cast::Template;
pub use promises::{Broken, Promise};
pub use run::{Lived, live};

/// Lives that have broken a promise once, by seed and events: by a fault of the product, or of what was asked of it. They
/// are always lived.
pub const LIVES_THAT_BROKE: &[(u64, u32)] = &[
    (2, EVENTS),
    (10, EVENTS),
    (14, EVENTS),
    (17, EVENTS),
    (21, EVENTS),
    (28, EVENTS),
    (95, EVENTS),
    (119, EVENTS),
    (179, EVENTS),
    (184, EVENTS),
    (196, EVENTS),
    (199, EVENTS),
    (218, EVENTS),
    (260, EVENTS),
    (263, EVENTS),
    (289, EVENTS),
    (353, EVENTS),
    (363, EVENTS),
    (376, EVENTS),
    (380, EVENTS),
    (400, EVENTS),
    (437, EVENTS),
    (635, EVENTS),
    (737, EVENTS),
];

/// Events of one life, in the figure.
pub const EVENTS: u32 = 500;
