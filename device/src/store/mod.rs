//! The device's own tables beside the journal: lists, search, what is confirmed, what was typed.

pub(crate) mod found;
pub(crate) mod functions;
pub(crate) mod held;
mod index;
pub(crate) mod left_out;
pub(crate) mod list_indexes;
pub(crate) mod lives;
pub(crate) mod refused;
pub(crate) mod registrations;
pub(crate) mod remote;
pub(crate) mod routes;
pub(crate) mod typing;
pub(crate) mod units;

pub(crate) use index::DeviceIndex;
