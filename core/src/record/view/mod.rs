//! Typed views of a record's state, and what is derived from several records. Derived values are never
//! stored: two devices that hold the same records derive the same.

mod figure;
mod model;
mod plan;
mod registration;
mod score;
mod visit;

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

pub use figure::Figure;
pub use model::{Closure, ModelRecord};
pub use plan::{CampaignRecord, CycleRecord};
pub use registration::{
    Decision, DerivedStatus, REQUIRED_CONTENTS, RegistrationKind, RegistrationRecord, ReviewEntry,
    ReviewRecord, Submission, contents_mark, is_changed_since_accepted, missing_contents, status_of,
};
pub use score::{AgreedItem, AgreedScoreRecord, ScoreSheetRecord, SheetItem};
pub use visit::{AgendaEntry, FindingEntry, FindingsRecord, VisitRecord};

/// A record's state as read from its canonical JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State(Value);

impl State {
    /// Reads canonical JSON; anything else is an empty state, which shows as an empty record.
    pub fn read(canonical: &str) -> Self {
        Self(serde_json::from_str(canonical).unwrap_or(Value::Null))
    }

    /// A text register or narrative; empty when absent.
    pub fn text(&self, property: &str) -> String {
        self.0
            .get(property)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// A text register that was set to something.
    pub fn some_text(&self, property: &str) -> Option<String> {
        Some(self.text(property)).filter(|text| !text.is_empty())
    }

    /// A number.
    pub fn int(&self, property: &str) -> Option<i64> {
        self.0.get(property).and_then(Value::as_i64)
    }

    /// A flag; false when absent.
    pub fn flag(&self, property: &str) -> bool {
        self.0.get(property).and_then(Value::as_bool).unwrap_or_default()
    }

    /// An object that changes as a whole.
    pub fn whole<T: DeserializeOwned>(&self, property: &str) -> Option<T> {
        serde_json::from_str(self.0.get(property)?.as_str()?).ok()
    }

    /// Such objects by id. One that a newer version wrote in another form is passed over, not lost.
    pub fn whole_map<T: DeserializeOwned>(&self, property: &str) -> BTreeMap<String, T> {
        let Some(objects) = self.0.get(property).and_then(Value::as_object) else {
            return BTreeMap::new();
        };
        let read = |json: &Value| serde_json::from_str(json.as_str()?).ok();
        objects
            .iter()
            .filter_map(|(id, json)| Some((id.clone(), read(json)?)))
            .collect()
    }
}
