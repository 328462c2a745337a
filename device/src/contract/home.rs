//! The first screen, by role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::models::{ModelFilter, ModelRow};
use super::totals::{NamedUnit, TotalCell};
use super::visits::VisitRow;

/// What the first screen shows; parts that do not concern the role are empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Home {
    /// Post: returned registrations, newest first.
    pub returned: Vec<ModelRow>,
    /// Post: drafts; compiler: submitted registrations that wait for a decision (first 10).
    pub waiting: Vec<ModelRow>,
    /// How many `waiting` there are in all.
    pub waiting_count: u64,
    /// Post: own models of the newest cycle.
    pub own_models: u64,
    /// Post: models of an earlier cycle that were not carried over.
    pub to_carry_over: u64,
    /// Registrations whose newest change the province has not confirmed.
    pub not_held: u64,
    /// Delegation: visits.
    pub visits: Vec<VisitRow>,
    /// Delegation: units without a visit yet.
    pub unvisited: Vec<super::campaigns::DelegationUnit>,
    /// Compiler: totals of the newest cycle.
    pub sum: Option<TotalCell>,
    /// Compiler: filter that lists exactly the models behind `sum`.
    pub sum_filter: Option<ModelFilter>,
    /// Compiler: units that have not reported.
    pub missing: Vec<NamedUnit>,
    /// Compiler: units that reported.
    pub reported: u32,
    /// Compiler: units expected.
    pub expected: u32,
    /// Possible duplicates that wait for a look.
    pub possible_duplicates: u64,
    /// Year of the newest cycle.
    pub year: Option<i32>,
}
