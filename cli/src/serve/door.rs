//! Calls and events over HTTP.

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use cotmoc_device::contract::Problem;
use serde::Deserialize;
use serde_json::Value;
use tokio_stream::wrappers::ReceiverStream;

use super::Served;

#[derive(Deserialize)]
struct Call {
    method: String,
    #[serde(default)]
    params: Value,
}

/// `POST /api/call`.
pub(crate) async fn call(State(served): State<Served>, body: Bytes) -> Response {
    let call: Call = match serde_json::from_slice(&body) {
        Ok(call) => call,
        Err(error) => return problem(&Problem::new("bad_request").with("what", error.to_string())),
    };
    let desk = served.desk.clone();
    let answered = tokio::task::spawn_blocking(move || desk.call(&call.method, call.params)).await;
    match answered {
        Ok(Ok(answer)) => Json(answer).into_response(),
        Ok(Err(refused)) => problem(&refused),
        Err(_) => problem(&Problem::new("internal")),
    }
}

/// A problem with the status of its kind.
pub(crate) fn problem(problem: &Problem) -> Response {
    let status = match problem.code.as_str() {
        "internal" => StatusCode::INTERNAL_SERVER_ERROR,
        "bad_request" | "unknown_method" => StatusCode::BAD_REQUEST,
        "no_media" => StatusCode::NOT_FOUND,
        "evidence_too_large" => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Json(problem)).into_response()
}

/// `GET /api/events`: Server-Sent Events, each a `DeviceEvent` as JSON.
pub(crate) async fn events(State(served): State<Served>) -> impl IntoResponse {
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Event, Infallible>>(64);
    tokio::task::spawn_blocking(move || {
        // A profile that is closed or switched ends its listener; the next one is found by asking again.
        while !sender.is_closed() {
            let Some(listener) = served.desk.device().map(|device| device.listen()) else {
                std::thread::sleep(Duration::from_millis(500));
                continue;
            };
            loop {
                match listener.recv_timeout(Duration::from_secs(1)) {
                    Ok(event) => {
                        let Ok(event) = Event::default().json_data(&event) else {
                            continue;
                        };
                        if sender.blocking_send(Ok(event)).is_err() {
                            return;
                        }
                    }
                    Err(std::sync::mpsc::RecvTimeoutError::Timeout) if !sender.is_closed() => {}
                    Err(_) => break,
                }
            }
        }
    });
    Sse::new(ReceiverStream::new(receiver)).keep_alive(KeepAlive::new().interval(Duration::from_secs(20)))
}
