//! The request id, by which a request is found in the log.

use std::fmt;

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use uuid::fmt::Simple;

/// The header that carries the id in both directions.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

const MAX_BYTES: usize = 64;

/// A request's id: up to 64 of `[A-Za-z0-9._-]`.
#[derive(Clone, Debug)]
pub struct RequestId(HeaderValue);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<RequestId> for HeaderValue {
    fn from(id: RequestId) -> Self {
        id.0
    }
}

impl RequestId {
    /// Uses the id that the client sent if it is well formed, otherwise a random one.
    pub fn of(request: &Request) -> Self {
        let given = request.headers().get(X_REQUEST_ID);
        let kept = given.filter(|value| value.to_str().is_ok_and(is_well_formed));
        kept.map_or_else(Self::random, |value| Self(value.clone()))
    }

    /// A random id. Ids need not be secret, so fast, predictable randomness is enough.
    pub fn random() -> Self {
        let bytes = fastrand::u128(..).to_be_bytes();
        let uuid = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let mut buffer = [0; Simple::LENGTH];
        let text = uuid.simple().encode_lower(&mut buffer);
        Self(HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("unknown")))
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }
}

fn is_well_formed(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=MAX_BYTES).contains(&text.len()) && text.bytes().all(is_allowed)
}
