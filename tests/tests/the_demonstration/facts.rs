//! The published facts, and which of them were asked for.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

const FACTS: &str = include_str!("../../../device/data/seed-facts.json");

/// Every fact by its id.
pub struct Facts {
    all: BTreeMap<String, Value>,
    asked: RefCell<BTreeSet<String>>,
}

impl Facts {
    pub fn read() -> Self {
        let read: Value = serde_json::from_str(FACTS).unwrap();
        let facts = read["facts"].as_array().unwrap();
        let all = facts
            .iter()
            .map(|fact| (fact["id"].as_str().unwrap().to_owned(), fact.clone()))
            .collect();
        Self {
            all,
            asked: RefCell::default(),
        }
    }

    #[track_caller]
    pub fn get(&self, id: &str) -> &Value {
        self.asked.borrow_mut().insert(id.to_owned());
        self.all.get(id).unwrap_or_else(|| panic!("no fact {id}"))
    }

    /// A part of a fact that is a text; empty where it has none.
    #[track_caller]
    pub fn text(&self, id: &str, part: &str) -> &str {
        self.get(id)[part].as_str().unwrap_or_default()
    }

    #[track_caller]
    pub fn number(&self, id: &str) -> u64 {
        let number = self.get(id)["value"].as_u64();
        number.unwrap_or_else(|| panic!("{id} is no whole number"))
    }

    /// Ids that nothing asked for.
    pub fn not_asked(&self) -> Vec<&str> {
        let asked = self.asked.borrow();
        let left = self.all.keys().filter(|id| !asked.contains(*id));
        left.map(String::as_str).collect()
    }

    /// A figure says what its fact says: words, number, exactness and unit. Where the fact keeps only the
    /// number of a longer phrase, the figure has a longer part of the same quotation.
    #[track_caller]
    pub fn are_said_by(&self, id: &str, figure: &Value) {
        let raw = figure["raw"].as_str().unwrap();
        assert!(raw.contains(self.text(id, "raw")), "{id}: {figure}");
        assert!(self.text(id, "quote").contains(raw), "{id}: {figure}");
        assert_eq!(figure["qualifier"], self.get(id)["qualifier"], "{id}: {figure}");
        assert_eq!(figure["unit"], self.get(id)["unit"], "{id}: {figure}");
        let (value, denominator) = match &self.get(id)["value"] {
            Value::Null => (None, None),
            Value::String(ratio) => {
                let (part, whole) = ratio.split_once('/').unwrap();
                (Some(part.to_owned()), Some(whole.to_owned()))
            }
            number => (Some(number.to_string()), None),
        };
        let said = |part: &str| figure[part].as_str().map(str::to_owned);
        assert_eq!(said("value"), value, "{id}: {figure}");
        assert_eq!(said("denominator"), denominator, "{id}: {figure}");
        let numerator = value.filter(|_| denominator.is_some());
        assert_eq!(said("numerator"), numerator, "{id}: {figure}");
    }
}
