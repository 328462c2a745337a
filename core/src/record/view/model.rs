//! A model: its identity over the years.

use serde::{Deserialize, Serialize};

use super::State;

/// Why a model was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closure {
    /// Closed, or opened again.
    pub closed: bool,
    /// Reason as written.
    pub reason: String,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRecord {
    /// `mo_hinh`, `chuong_trinh` or `phan_viec`.
    pub model_kind: String,
    /// Family of models of one name, if any.
    pub family: String,
    /// First year.
    pub start_year: Option<i64>,
    /// Closed is a state, never a deletion.
    pub closed: Option<Closure>,
    /// Demonstration data.
    pub demonstration: bool,
}

impl From<&State> for ModelRecord {
    fn from(state: &State) -> Self {
        Self {
            model_kind: state.text("model_kind"),
            family: state.text("family"),
            start_year: state.int("start_year"),
            closed: state.whole("closed"),
            demonstration: state.flag("demonstration"),
        }
    }
}

impl ModelRecord {
    /// It is closed now.
    pub fn is_closed(&self) -> bool {
        self.closed.as_ref().is_some_and(|closure| closure.closed)
    }
}
