//! The routes under `/.well-known` (RFC 8615).

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{HeaderName, LOCATION};
use axum::routing::{any, get};

use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::state::AppState;

/// The path of the page in the web client.
const PASSWORD_PAGE: &str = "/account/password";

/// The files that exist. All other paths are 404, never a page of the client.
pub fn routes() -> Router<AppState> {
    let missing = || async { Problem::from(Code::NotFound) };
    Router::new()
        .route("/.well-known/change-password", get(change_password))
        .route("/.well-known", any(missing))
        .route("/.well-known/", any(missing))
        .route("/.well-known/{*path}", any(missing))
}

/// Redirects password managers to the page for changing a password (W3C, "A Well-Known URL for
/// Changing Passwords").
async fn change_password() -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (StatusCode::FOUND, [(LOCATION, PASSWORD_PAGE)])
}
