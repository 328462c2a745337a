//! A field device without windows: every use case of the product over one encrypted folder.
//!
//! The doors (app, browser, terminal) call [`Desk::call`] with the name of a use case and its request as
//! JSON, and know nothing else. Time comes from the [`Clock`] of the device, so tests can set it to 1970.

mod clock;
pub mod contract;
mod desk;
mod device;
mod events;
mod hub;
mod ids;
mod keyring;
mod link_cost;
mod machine;
mod media;
mod photo;
mod problems;
#[cfg(feature = "simulation")]
mod simulation;
mod stick;
mod store;
mod sync;
mod uploads;
mod usecase;

pub use clock::{Clock, SystemClock};
pub use desk::Desk;
pub use device::{Device, DeviceOptions};
pub use events::EventListener;
pub use hub::{HubHost, OpenedHub, Sighting};
pub use keyring::KeyPlace;
pub use machine::machine_folder;
pub use media::MediaFile;
pub use sync::{Link, LinkFailure, TakeBytes};
pub use uploads::LARGEST_UPLOAD;
