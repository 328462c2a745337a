//! The server over real HTTP and TLS on loopback, with real stores and the real checking process.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod bad_requests;
mod enrolment;
mod exchange;
mod half_open;
mod hub;
mod newer;
mod pinned;
mod program;
mod restore;
mod resume;
mod scopes;
mod second_tries;
mod settling;
mod slow;
mod support;
