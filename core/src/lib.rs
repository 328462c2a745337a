//! The pure core of Cột Mốc: journal, records, access, exchange, totals and Vietnamese text.
//!
//! Nothing here touches a file, a socket, a clock, a random source or a thread: `now` and randomness are
//! passed in, so that every accident of field and network becomes a plain test.

pub mod access;
pub mod codec;
pub mod exchange;
pub mod id;
pub mod journal;
pub mod media;
pub mod org;
pub mod record;
pub mod report;
pub mod text;
