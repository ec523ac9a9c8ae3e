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

#[cfg(test)]
mod tests {
    use super::*;

    async fn get(path: &'static str, headers: &[(&'static str, &str)]) -> Response<Body> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().unwrap());
        }
        serve(Uri::from_static(path), map).await
    }

    #[tokio::test]
    async fn every_address_of_the_client_is_its_page() {
        for path in ["/", "/devices", "/no/such/file.js"] {
            let answer = get(path, &[]).await;
            assert_eq!(answer.status(), StatusCode::OK);
            assert!(
                answer.headers()[CONTENT_TYPE]
                    .as_bytes()
                    .starts_with(b"text/html")
            );
        }
    }

    #[tokio::test]
    async fn files_are_compressed_for_those_who_take_it_and_sent_once() {
        let script = Client::iter().find(|path| path.ends_with(".js")).unwrap();
        let path: &'static str = format!("/{script}").leak();
        let answer = get(path, &[("accept-encoding", "gzip, br")]).await;
        assert_eq!(answer.headers()[CONTENT_ENCODING], "br");
        let etag = answer.headers()[ETAG].to_str().unwrap().to_owned();
        let plain = get(path, &[]).await;
        assert!(!plain.headers().contains_key(CONTENT_ENCODING));
        let again = [("accept-encoding", "gzip, br"), ("if-none-match", &etag)];
        assert_eq!(get(path, &again).await.status(), StatusCode::NOT_MODIFIED);
    }
}
