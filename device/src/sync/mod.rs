//! Drives the exchange: one run on demand, and a thread that runs by itself when a connection appears.

mod gathering;
mod http;
mod run;
mod taking;
mod talk;
mod worker;

pub(crate) use http::Server;
pub(crate) use run::{exchange_once, exchange_over, hex};
pub(crate) use talk::Unfinished;
pub(crate) use worker::Wake;
