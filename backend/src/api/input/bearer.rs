//! A bearer token that is none of ours, such as a provider's.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::transport;

/// The token of an `Authorization: Bearer` header, if there is one.
pub struct Bearer(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Bearer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(transport::bearer(&parts.headers).map(str::to_owned)))
    }
}
