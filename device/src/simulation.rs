//! What the simulator of fleets needs of a device beside its use cases. Only the tests are built with it.

use std::sync::Arc;

use cotmoc_ledger::{Author, Write, Written};
use serde_json::Value;

use crate::contract::Problem;
use crate::contract::enrolment::Enrol;
use crate::device::Device;
use crate::sync::Link;
use crate::usecase;

impl Device {
    /// Runs a use case.
    ///
    /// # Errors
    /// Its problem.
    pub fn call(&self, method: &str, params: Value) -> Result<Value, Problem> {
        usecase::dispatch(self, method, params)
    }

    /// Joins a province over this link.
    ///
    /// # Errors
    /// As `enrolment.accept`.
    pub fn enrol_through(&self, request: &Enrol, link: &mut dyn Link) -> Result<(), Problem> {
        usecase::enrolment::enrol_through(self, request, link).map(|_| ())
    }

    /// Writes as every use case does; durable when it returns.
    ///
    /// # Errors
    /// When this device may not write it, or the disk refuses; then nothing was written.
    pub fn enter(&self, writes: &[Write]) -> Result<Written, Problem> {
        self.write(writes)
    }

    /// Who writes here, in its present life.
    pub fn author(&self) -> Arc<Author> {
        self.author.current()
    }
}
