//! `GET /api/v1/csrf`: CSRF tokens.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::api::input::cookies::{self, Name, SetCookies};
use crate::api::input::transport::Transport;
use crate::state::{App, AppState};

/// A CSRF token for the page to send as `X-CSRF-Token`.
#[derive(Debug, Serialize, ToSchema)]
pub struct CsrfToken {
    /// 64 characters; valid until the browser is closed.
    csrf_token: String,
}

/// Get a CSRF token
///
/// Sets the token as a cookie and returns it. The page sends it as `X-CSRF-Token`. A browser that
/// has a valid one keeps it, so that the pages of one browser do not outdate each other. Native
/// clients do not need one and get no cookie.
#[utoipa::path(
    get, path = "/api/v1/csrf", tag = "auth", operation_id = "getCsrfToken",
    responses((status = 200, body = CsrfToken)),
)]
pub async fn get_csrf_token(
    State(app): State<AppState>,
    transport: Transport,
    headers: HeaderMap,
) -> Response {
    let csrf_token = held(&app, &headers).unwrap_or_else(|| app.csrf.issue());
    let body = Json(CsrfToken {
        csrf_token: csrf_token.clone(),
    });
    match transport {
        Transport::Web => {
            let cookies = SetCookies::default().csrf(csrf_token, app.config.cookies);
            (cookies, body).into_response()
        }
        Transport::Native => body.into_response(),
    }
}

fn held(app: &App, headers: &HeaderMap) -> Option<String> {
    cookies::list(headers, Name::Csrf, app.config.cookies)
        .find(|token| app.csrf.verify(token, token))
        .map(str::to_owned)
}
