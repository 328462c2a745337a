//! `GET /v1/hello`: who is there. Nothing that a stranger may not know.

use axum::Json;
use axum::extract::State;
use cotmoc_core::exchange::PROTOCOL_VERSION;
use serde::Serialize;
use uuid::Uuid;

use super::Desk;

/// The server's greeting.
#[derive(Debug, Serialize)]
pub(crate) struct Hello {
    product: &'static str,
    /// Protocol version.
    version: u8,
    /// Life of the server's arrival order.
    epoch: Uuid,
}

/// Answers with version and epoch.
pub(crate) async fn hello(State(desk): State<Desk>) -> Json<Hello> {
    Json(Hello {
        product: "cotmoc",
        version: PROTOCOL_VERSION,
        epoch: desk.state.ledger().epoch().0,
    })
}
