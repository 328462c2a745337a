//! Vietnamese text: what is kept, how it is searched and sorted, and how figures and dates are read as the
//! field writes them.
//!
//! Storage keeps what was typed in NFC ([`nfc::keep`]); everything else here is derived from it and never
//! replaces it. Nothing in this room knows records, units of the organisation or storage.

pub mod collate;
pub mod decimal;
pub mod figure;
mod figure_words;
pub mod fold;
mod measure;
pub mod nfc;
pub mod number_format;
pub mod partial_date;
pub mod personal_data;

pub use collate::sort_key;
pub use decimal::Decimal;
pub use figure::{Doubt, Qualifier, Reading};
pub use fold::{fold, identity_key};
pub use nfc::keep;
pub use number_format::Language;
pub use partial_date::PartialDate;
pub use personal_data::{Suspicion, SuspicionKind};
