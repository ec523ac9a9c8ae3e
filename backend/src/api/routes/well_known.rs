//! The routes under `/.well-known` (RFC 8615).

use axum::extract::{MatchedPath, State};
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};

use crate::api::code::Code;
use crate::api::problem::Problem;
use crate::features::passkeys::domain::well_known;
use crate::state::AppState;

/// The path of the page in the web client.
const PASSWORD_PAGE: &str = "/account/password";

/// The files that exist. All other paths are 404, never a page of the client.
pub fn routes() -> Router<AppState> {
    let missing = || async { Problem::from(Code::NotFound) };
    Router::new()
        .route("/.well-known/change-password", get(change_password))
        .route(well_known::APPLE, get(apps_and_sites))
        .route(well_known::ANDROID, get(apps_and_sites))
        .route(well_known::RELATED_ORIGINS, get(apps_and_sites))
        .route(well_known::ENDPOINTS, get(apps_and_sites))
        .route("/.well-known", any(missing))
        .route("/.well-known/", any(missing))
        .route("/.well-known/{*path}", any(missing))
}

/// Redirects password managers to the page for changing a password (W3C, "A Well-Known URL for
/// Changing Passwords").
async fn change_password() -> (StatusCode, [(HeaderName, &'static str); 1]) {
    (StatusCode::FOUND, [(LOCATION, PASSWORD_PAGE)])
}

/// Says which apps and sites belong together, as far as the settings name some.
async fn apps_and_sites(
    State(app): State<AppState>,
    path: MatchedPath,
) -> Result<Response, Problem> {
    let files = well_known::files(&app.config.passkeys, &app.config.public_url);
    let found = files.into_iter().find(|(name, _)| *name == path.as_str());
    let (_, body) = found.ok_or(Code::NotFound)?;
    let headers = [(CACHE_CONTROL, "public, max-age=300")];
    Ok((headers, Json(body)).into_response())
}
