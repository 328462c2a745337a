//! Drives the exchange: one run on demand, and a thread that runs by itself when a connection appears.

mod ahead;
mod arriving;
mod from_hub;
mod gathering;
mod http;
mod link;
mod originals;
mod own_branch;
mod patience;
mod receipts;
mod run;
mod taking;
mod talk;
mod unfinished;
mod worker;

pub(crate) use gathering::owed_over;
pub(crate) use http::Server;
pub use link::{Link, LinkFailure, TakeBytes};
pub(crate) use originals::originals_wait;
pub(crate) use own_branch::{adopt, beyond_own_ends};
pub(crate) use receipts::Confirming;
pub(crate) use run::{exchange_once, exchange_over, hex};
pub(crate) use worker::Wake;
