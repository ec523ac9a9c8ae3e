//! What programs look for under `/.well-known` (RFC 8615).

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, LOCATION};
use axum::routing::{any, get};

use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::state::AppState;

/// The page of the web client, as its router names it.
const PASSWORD_PAGE: &str = "/account/password";

/// The files that exist; all others are missing, and never a page of the client.
pub fn routes() -> Router<AppState> {
    let missing = || async { Problem::from(Code::NotFound) };
    Router::new()
        .route("/.well-known/change-password", get(change_password))
        .route("/.well-known", any(missing))
        .route("/.well-known/", any(missing))
        .route("/.well-known/{*path}", any(missing))
}

/// Where password managers send people to change a password (W3C, "A Well-Known URL for Changing
/// Passwords").
async fn change_password() -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (StatusCode::FOUND, [(LOCATION, PASSWORD_PAGE)])
}
