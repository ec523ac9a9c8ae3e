//! The id by which a request is found in the log.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use crate::security::random;

/// The header that carries the id in both directions.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MOST_BYTES: usize = 64;

/// A request's id: up to 64 of `[A-Za-z0-9._-]`.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RequestId {
    fn of(request: &Request) -> Self {
        let given = request.headers().get(X_REQUEST_ID);
        let kept = given
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_well_formed(text));
        Self(kept.map_or_else(|| random::uuid().simple().to_string().into(), Arc::from))
    }
}

fn is_well_formed(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MOST_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}

/// Keeps the request's id if it is well formed, makes one otherwise, and answers with it.
pub async fn assign(mut request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let header = HeaderValue::from_str(&id.0);
    request.extensions_mut().insert(id);
    let mut response = next.run(request).await;
    if let Ok(header) = header {
        response.headers_mut().insert(X_REQUEST_ID, header);
    }
    response
}
