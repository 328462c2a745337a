//! Builders, harnesses and benchmarks over the real parts: real stores, real HTTP, real processes.

pub mod bench;
pub mod bus;
pub mod fleet;
pub mod lan;
pub mod laws;
pub mod namespace;
pub mod photo;
pub mod powercut;
pub mod progress;
pub mod simulator;
