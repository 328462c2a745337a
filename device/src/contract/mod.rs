//! What crosses a door: the requests and answers of every use case, as plain data.
//!
//! The three doors (app, browser, terminal) carry these types and nothing else. The JSON Schema that
//! `cotmoc schema` prints and the TypeScript types of the screens are derived from them, so a field
//! that is not here cannot reach a screen. Times are claimed milliseconds since 1970 unless a name says
//! otherwise; days are ISO `YYYY-MM-DD`.

pub mod campaigns;
pub mod differences;
pub mod enrolment;
pub mod evidence;
pub mod exchange;
pub mod forks;
pub mod home;
pub mod hub;
pub mod methods;
pub mod models;
pub mod problem;
pub mod reference;
pub mod registrations;
pub mod remotes;
pub mod scores;
pub mod session;
pub mod sticks;
pub mod totals;
pub mod visits;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use problem::Problem;

/// A request without parameters, or an answer without content.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Nothing {}
