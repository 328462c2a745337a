//! Photos and files over HTTP, as bytes: they never pass through a call's JSON.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use cotmoc_device::LARGEST_UPLOAD;
use cotmoc_device::contract::Problem;
use serde_json::json;

use super::Served;
use super::door::problem;

/// `POST /api/upload`: a file's bytes as the body. Its length is checked while it is read.
pub(crate) async fn upload(State(served): State<Served>, body: Result<Bytes, BytesRejection>) -> Response {
    let bytes = match body {
        Ok(bytes) => bytes,
        Err(BytesRejection::FailedToBufferBody(refused)) if refused.status() == 413 => {
            let most = LARGEST_UPLOAD / (1024 * 1024);
            return problem(&Problem::new("evidence_too_large").with("most", most));
        }
        Err(refused) => return problem(&Problem::new("bad_request").with("what", refused.body_text())),
    };
    match served.desk.put_upload(bytes.into()) {
        Ok(upload) => Json(json!({ "upload": upload })).into_response(),
        Err(refused) => problem(&refused),
    }
}

/// The bytes are shown or saved, never read as a page.
const POLICY: &str = "default-src 'none'; sandbox";

/// `GET /api/media/<blob>`. The store is encrypted, so no browser may keep a copy in its own files.
pub(crate) async fn media(State(served): State<Served>, Path(blob): Path<String>) -> Response {
    let desk = served.desk.clone();
    let file = match tokio::task::spawn_blocking(move || desk.media(&blob)).await {
        Ok(Ok(file)) => file,
        Ok(Err(refused)) => return problem(&refused),
        Err(_) => return problem(&Problem::new("internal")),
    };
    let headers = [
        (header::CONTENT_TYPE, file.media_type),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            header::CONTENT_DISPOSITION,
            if file.is_picture { "inline" } else { "attachment" },
        ),
    ];
    (headers, file.bytes).into_response()
}
