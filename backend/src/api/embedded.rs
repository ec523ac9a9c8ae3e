//! The web client as it was compiled into the binary.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, Response, StatusCode, Uri};
use axum::response::IntoResponse;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "../mobile/dist/"]
struct Client;

/// Answers with a file, or with the page that all of the client's addresses share.
pub async fn serve(uri: Uri, headers: HeaderMap) -> Response<Body> {
    let path = uri.path().trim_start_matches('/');
    let path = if Client::get(path).is_some() {
        path
    } else {
        "index.html"
    };
    let Some((file, encoding)) = best(path, &headers) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let etag = format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash())
    );
    if headers
        .get(IF_NONE_MATCH)
        .is_some_and(|known| known == etag.as_str())
    {
        return (StatusCode::NOT_MODIFIED, [(ETAG, etag)]).into_response();
    }
    let kind = mime_of(path);
    let mut response = ([(CONTENT_TYPE, kind), (ETAG, etag)], file.data).into_response();
    let headers = response.headers_mut();
    headers.insert(VARY, ACCEPT_ENCODING.into());
    if let Some(encoding) = encoding {
        headers.insert(
            CONTENT_ENCODING,
            axum::http::HeaderValue::from_static(encoding),
        );
    }
    response
}

fn mime_of(path: &str) -> String {
    Client::get(path).map_or_else(String::new, |file| file.metadata.mimetype().to_owned())
}

/// The smallest form of a file that the client takes.
fn best(path: &str, headers: &HeaderMap) -> Option<(EmbeddedFile, Option<&'static str>)> {
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    let takes = |name: &str| {
        let names = accepted.unwrap_or_default().split(',');
        names.map(|one| one.trim()).any(|one| one == name)
    };
    for (encoding, suffix) in [("br", "br"), ("gzip", "gz")] {
        let compressed = takes(encoding).then(|| Client::get(&format!("{path}.{suffix}")));
        if let Some(file) = compressed.flatten() {
            return Some((file, Some(encoding)));
        }
    }
    Client::get(path).map(|file| (file, None))
}
