//! Drives the exchange: one run on demand, and a thread that runs by itself when a connection appears.

mod answered;
mod http;
mod run;
mod speed;
mod worker;

pub(crate) use http::Server;
pub(crate) use run::{exchange_once, hex};
pub(crate) use worker::Wake;
