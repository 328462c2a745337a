//! Bundle files: written, cut, altered, forged, carried on, and kept by disks that fail.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod craft;
mod damage;
mod disks;
mod fixture;
mod hostile;
mod memory;
mod onward;
mod support;
mod writing;
