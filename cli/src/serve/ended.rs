//! The page for a browser whose secret is not that of this start: an old tab, an old address, a restart.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use cotmoc_device::contract::Problem;

use crate::words;

/// The problem's code, for screens and programs.
pub(crate) const CODE: &str = "door_session_ended";

/// It has no files of its own: the guard lets nobody in to fetch them.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; \
                      frame-ancestors 'none'";

/// The problem's sentences in both languages.
pub(crate) fn page() -> Response {
    let [vietnamese, english] = words::said(&Problem::new(CODE)).map(|said| escaped(&said));
    let page = format!(
        "<!doctype html>\n<html lang=\"vi\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>Cột Mốc</title>\n\
         <style>body{{font:1.125rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}\
         @media(prefers-color-scheme:dark){{body{{background:#16181a;color:#f1f1ee}}}}</style>\n\
         </head>\n<body>\n<main>\n<h1>Cột Mốc</h1>\n<p>{vietnamese}</p>\n<p lang=\"en\">{english}</p>\n\
         </main>\n</body>\n</html>\n"
    );
    let headers = [
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (StatusCode::UNAUTHORIZED, headers, Html(page)).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
