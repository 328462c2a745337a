//! What the simulator of fleets needs of a device beside its use cases. Only the tests are built with it.

use std::sync::Arc;

use cotmoc_core::id::RecordId;
use cotmoc_core::journal::{DeviceKey, Scope};
use cotmoc_core::media::BlobId;
use cotmoc_core::record::RecordKind;
use cotmoc_ledger::{Author, Write, Written};
use serde_json::Value;

use crate::contract::Problem;
use crate::contract::enrolment::Enrol;
use crate::contract::exchange::ExchangeOutcome;
use crate::device::Device;
use crate::store::routes::{Route, hub_name};
use crate::sync::{Link, LinkFailure};
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

    /// Exchanges over this link with the hub of a teammate that was joined (`hub.join`).
    ///
    /// # Errors
    /// `no_remote`, or what stopped it.
    pub fn exchange_at_hub(
        &self,
        keeper: &DeviceKey,
        link: &mut dyn Link,
    ) -> Result<ExchangeOutcome, LinkFailure> {
        let name = hub_name(keeper);
        let routes = Route::others(&self.ledger).map_err(Problem::from)?;
        let route = routes.into_iter().find(|route| route.name == name);
        let route = route.ok_or_else(|| Problem::new("no_remote").with("remote", &name))?;
        self.exchange_along(&route, link)
    }

    /// Adds a photo to a record as evidence, as `evidence.add` does once it knows whose record it is. Gives what is
    /// stored of it.
    ///
    /// # Errors
    /// As there.
    pub fn add_photo(
        &self,
        (scope, record, kind): (Scope, RecordId, RecordKind),
        bytes: &[u8],
    ) -> Result<Vec<BlobId>, Problem> {
        usecase::evidence::add_photo(self, (scope, record, kind), bytes)
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
