//! The main job end to end: a registration from a post's device to the compiler's total and back.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod apart;
mod closed;
mod evidence;
mod much;
mod not_taken;
mod photos_travel;
mod pretender;
mod rebuilt;
mod refused;
mod registering;
mod restored;
mod rights;
mod sent;
mod typing;
