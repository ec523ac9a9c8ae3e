//! The id by which a request is found in the log.

use std::fmt;
use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderName;

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
    /// Keeps the request's id if it is well formed, and makes one otherwise.
    pub fn of(request: &Request) -> Self {
        let given = request.headers().get(X_REQUEST_ID);
        let kept = given
            .and_then(|value| value.to_str().ok())
            .filter(|text| is_well_formed(text));
        Self(kept.map_or_else(|| random::uuid().simple().to_string().into(), Arc::from))
    }

    /// Returns the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_well_formed(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MOST_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}
