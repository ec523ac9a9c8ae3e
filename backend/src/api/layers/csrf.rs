//! Protection against cross-site request forgery (layer 4 of 4): a page must be of this host or an
//! allowed origin, and must prove that it could read its CSRF token.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, Method};
use axum::response::IntoResponse;
use tower::Layer;
use tower_http::validate_request::ValidateRequestHeaderLayer;

use crate::api::Api;
use crate::api::code::Code;
use crate::api::input::cookies::{self, Name};
use crate::api::input::transport::Transport;
use crate::api::layers::cors::X_CSRF_TOKEN;
use crate::api::problem::Problem;
use crate::config::Origin;
use crate::state::{App, AppState};

/// Adds the transport to each request to `api`, and refuses requests of browsers that change
/// something but do not come from an allowed page.
#[expect(
    clippy::result_large_err,
    reason = "the layer takes a response as the error"
)]
pub fn protect(app: AppState, api: impl Api) -> impl Api {
    let admit = move |request: &mut Request| {
        let transport = check(&app, request).map_err(|code| Problem::from(code).into_response())?;
        request.extensions_mut().insert(transport);
        Ok(())
    };
    ValidateRequestHeaderLayer::custom(admit).layer(api)
}

fn check(app: &App, request: &Request) -> Result<Transport, Code> {
    let (headers, cookies) = (request.headers(), app.config.cookies);
    let transport = Transport::of(headers, app)?;
    let is_safe = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if is_safe || transport == Transport::Native {
        return Ok(transport);
    }
    if !is_from_here(headers, &app.config.allowed_origins) {
        return Err(Code::OriginRejected);
    }
    let header = headers
        .get(X_CSRF_TOKEN)
        .and_then(|value| value.to_str().ok());
    let is_verified = header.is_some_and(|header| {
        cookies::list(headers, Name::Csrf, cookies).any(|cookie| app.csrf.verify(header, cookie))
    });
    is_verified.then_some(transport).ok_or(Code::CsrfFailed)
}

/// Checks `Origin`, which browsers send with every request that changes something, or else
/// `Sec-Fetch-Site`. A client that sends neither is not a browser that an attacker could use.
fn is_from_here(headers: &HeaderMap, allowed: &[Origin]) -> bool {
    if let Some(origin) = headers.get(ORIGIN) {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        return is_own(origin, headers) || allowed.iter().any(|one| one.as_str() == origin);
    }
    headers
        .get("sec-fetch-site")
        .is_none_or(|site| site == "same-origin" || site == "none")
}

/// Compares only the host, not the scheme: a proxy may have terminated TLS.
fn is_own(origin: &str, headers: &HeaderMap) -> bool {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let authority = origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"));
    authority.is_some_and(|authority| !authority.is_empty()) && authority == host
}
