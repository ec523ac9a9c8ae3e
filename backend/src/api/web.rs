//! The web client: files that were exported to `LATCHKEY_WEB_DIR`, or compiled into the binary
//! with the feature `web`. Any path that is no file is a page of the client.

use axum::Router;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
#[cfg(not(feature = "web"))]
use axum::response::Html;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tower_http::services::{ServeDir, ServeFile};

use crate::state::AppState;

/// Folders whose file names contain a hash of what is in them.
const HASHED: [&str; 2] = ["/_expo/", "/assets/"];

/// What stands in for the client while it has not been built.
#[cfg(not(feature = "web"))]
const PLACEHOLDER: &str = "<!doctype html>\
<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Latchkey</title></head>\
<body><h1>Latchkey</h1><p>The service runs. The web client has not been built yet: \
<code>make run</code> builds it.</p><p><a href=\"/docs/\">API reference</a></p></body></html>\n";

/// Serves the client: the folder if it is there, else what was compiled in, else the placeholder.
pub fn routes(app: &AppState) -> Router<AppState> {
    let dir = &app.config.web_dir;
    let index = dir.join("index.html");
    let router = if index.is_file() {
        let page = ServeFile::new(&index)
            .precompressed_br()
            .precompressed_gzip();
        let files = ServeDir::new(dir)
            .precompressed_br()
            .precompressed_gzip()
            .fallback(page);
        Router::new().fallback_service(files)
    } else {
        built_in()
    };
    router.layer(from_fn(cache))
}

#[cfg(feature = "web")]
fn built_in() -> Router<AppState> {
    Router::new().fallback(get(super::embedded::serve))
}

#[cfg(not(feature = "web"))]
fn built_in() -> Router<AppState> {
    Router::new().fallback(get(|| async { Html(PLACEHOLDER) }))
}

/// Tells whether a path names what is no file of the client: one that starts with a dot, or one
/// that a redirect to it would make another host of.
fn is_hidden(path: &str) -> bool {
    let is_dotted = |segment: &str| segment.starts_with('.') && segment != ".well-known";
    path.starts_with("//") || path.split('/').any(is_dotted)
}

/// Lets browsers keep hashed files for a year and ask again for everything else.
async fn cache(request: Request, next: Next) -> Response {
    let is_hashed = HASHED
        .iter()
        .any(|folder| request.uri().path().starts_with(folder));
    if is_hidden(request.uri().path()) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut response = next.run(request).await;
    let is_page = response
        .headers()
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if is_hashed && is_page {
        // A script of an older release that is gone must not be answered with a page.
        return StatusCode::NOT_FOUND.into_response();
    }
    let value = if is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static(value));
    response
}
