//! What a device may do to a record, as data.

use super::shape::Property;

/// A register's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// Text, or canonical JSON for [`Property::Whole`].
    Str(String),
    /// Whole number.
    Int(i64),
    /// True or false.
    Bool(bool),
}

/// One edit. Setting a property to what it holds already is no edit, unless its content differs between
/// devices: then it is the decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Sets a register at the root.
    Set {
        /// Property.
        property: &'static str,
        /// New value.
        value: Scalar,
    },
    /// Brings a narrative to this text, changing only what differs.
    Text {
        /// Property.
        property: &'static str,
        /// New text.
        text: String,
    },
    /// Puts an object of a map, as a whole.
    Put {
        /// Property.
        property: &'static str,
        /// Id within the map.
        key: String,
        /// Canonical JSON.
        json: String,
    },
    /// Removes an object of a map.
    Remove {
        /// Property.
        property: &'static str,
        /// Id within the map.
        key: String,
    },
}

impl Edit {
    /// Sets a text register.
    pub fn line(property: &'static str, text: impl Into<String>) -> Self {
        Self::Set {
            property,
            value: Scalar::Str(text.into()),
        }
    }

    /// Sets a number.
    pub fn int(property: &'static str, number: i64) -> Self {
        Self::Set {
            property,
            value: Scalar::Int(number),
        }
    }

    /// Sets a flag.
    pub fn flag(property: &'static str, flag: bool) -> Self {
        Self::Set {
            property,
            value: Scalar::Bool(flag),
        }
    }

    /// Sets an object that changes as a whole.
    pub fn whole(property: &'static str, object: &impl serde::Serialize) -> Self {
        Self::Set {
            property,
            value: Scalar::Str(canonical(object)),
        }
    }

    /// Puts an object of a map.
    pub fn put(property: &'static str, key: impl Into<String>, object: &impl serde::Serialize) -> Self {
        Self::Put {
            property,
            key: key.into(),
            json: canonical(object),
        }
    }
}

fn canonical(object: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(object).unwrap_or(serde_json::Value::Null);
    super::state::canonical_json(&value)
}

/// Why an edit was not made; nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// The kind has no such property, or it is of another sort.
    #[error("no such property: {0}")]
    Property(&'static str),
    /// A text or object is larger than its cap.
    #[error("{property} is larger than {cap} bytes")]
    TooLong {
        /// Property.
        property: &'static str,
        /// Cap, bytes.
        cap: usize,
    },
    /// A map is full.
    #[error("{property} holds {most} objects already")]
    TooMany {
        /// Property.
        property: &'static str,
        /// Most objects.
        most: usize,
    },
    /// The document would grow beyond [`super::MAX_DOCUMENT`].
    #[error("the record would be larger than a record may be")]
    TooLarge,
    /// Automerge refused.
    #[error("the record cannot be edited: {0}")]
    Automerge(String),
}

/// Checks a text's length against its property.
pub(super) fn check_length(property: &'static str, length: usize, shape: Property) -> Result<(), EditError> {
    let cap = match shape {
        Property::Line(cap) | Property::Text(cap) | Property::Whole(cap) => cap,
        Property::WholeMap { each, .. } => each,
        Property::Int | Property::Flag => return Ok(()),
    };
    if length > cap {
        Err(EditError::TooLong { property, cap })
    } else {
        Ok(())
    }
}
