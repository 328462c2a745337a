//! The one error shape that crosses a door.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What went wrong, as data: the words in Vietnamese and English live with the screens.
///
/// A code exists only if a screen acts on it or has its own sentence for it. The cause and its trace go
/// to the log, never through a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{code}")]
pub struct Problem {
    /// Stable code in snake case, for example `home_in_use`.
    pub code: String,
    /// What the sentence names: a unit, a row, a file, a limit.
    #[serde(default)]
    pub params: BTreeMap<String, String>,
}

impl Problem {
    /// A problem without parameters.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            params: BTreeMap::new(),
        }
    }

    /// Adds what the sentence names.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.params.insert(name.to_owned(), value.to_string());
        self
    }
}
