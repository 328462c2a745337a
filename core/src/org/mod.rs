//! Units of the organisation through time.
//!
//! A unit is an id with validity and successors, never a name or a code (`domain.md` §0.1 to §0.3): names
//! repeat, codes are re-used, and the owner of a record outlives its parent. Everything here is a pure fold
//! over a list of [`Unit`]s: the tree on a day ([`UnitTree`]), what became of a unit ([`succession`]), under
//! which unit of a day its records are counted ([`counting`]), which unit a code meant ([`codes`]).

pub mod codes;
pub mod counting;
pub mod day;
pub mod fault;
pub mod import;
mod inference;
pub mod rows;
pub mod succession;
pub mod tree;
pub mod unit;
pub mod validation;

#[cfg(test)]
mod testing;

pub use codes::{CodeMatch, resolve_code};
pub use counting::{CountedUnder, Counting, Part, Row, UnitSet};
pub use day::{Day, DayError};
pub use fault::{Column, Fault, Problem};
pub use import::{ImportError, Imported, read_units};
pub use rows::{SuccessorRow, UnitRow, assemble};
pub use succession::{AsNow, Heir, Succession};
pub use tree::{TreeFault, UnitTree};
pub use unit::{Coded, Level, Named, ParentLink, Provenance, Share, Successor, Unit, UnitId};
pub use validation::check;
