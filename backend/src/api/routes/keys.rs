//! `/.well-known/jwks.json`: the public keys that verify access tokens (RFC 7517).

use axum::Json;
use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::AppState;

/// The path of the keys.
pub const PATH: &str = "/.well-known/jwks.json";

/// A JSON Web Key Set.
#[derive(Debug, Serialize, ToSchema)]
struct KeySet {
    /// Empty while access tokens are signed with a secret.
    #[schema(value_type = Vec<Object>)]
    keys: Vec<serde_json::Value>,
}

/// Get the public keys
///
/// For other services that verify access tokens. Choose the key by the token's `kid`.
#[utoipa::path(
    get, path = PATH, tag = "auth", operation_id = "getPublicKeys",
    responses((status = 200, body = KeySet)),
)]
pub async fn get_public_keys(State(app): State<AppState>) -> Response {
    let headers = [(CACHE_CONTROL, "public, max-age=300")];
    (headers, Json(app.jwt.public_keys())).into_response()
}
