//! What a user can do, one file per noun. The doors reach every use case through [`dispatch`] only.

mod campaigns;
mod delegations;
mod differences;
pub(crate) mod enrolment;
pub(crate) mod evidence;
mod exchange;
mod figures;
mod forks;
mod home;
mod hub;
mod models;
mod personal_data;
mod reference;
mod registrations;
mod remotes;
mod scores;
mod session;
mod sticks;
mod titles;
mod totals;
mod visits;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::Problem;
use crate::device::Device;

/// Runs a use case by name: request and answer as JSON. Long ones report progress as events.
///
/// # Errors
/// `unknown_method`, `bad_request` naming what does not fit, or the use case's own problem.
pub(crate) fn dispatch(device: &Device, name: &str, params: Value) -> Result<Value, Problem> {
    macro_rules! route {
        ($($known:literal => $module:ident::$function:ident($request:ty) -> $answer:ty,)*) => {
            match name {
                $($known => answer(params, |request| $module::$function(device, request)),)*
                _ => Err(Problem::new("unknown_method").with("method", name)),
            }
        };
    }
    crate::for_each_use_case!(route)
}

/// Reads the request, runs the use case, writes the answer.
pub(crate) fn answer<Request: DeserializeOwned, Answer: Serialize>(
    params: Value,
    run: impl FnOnce(Request) -> Result<Answer, Problem>,
) -> Result<Value, Problem> {
    let params = if params.is_null() {
        Value::Object(serde_json::Map::new())
    } else {
        params
    };
    let request = serde_json::from_value(params)
        .map_err(|error| Problem::new("bad_request").with("what", error.to_string()))?;
    serde_json::to_value(run(request)?).map_err(|error| crate::problems::internal(&error))
}
