//! Cross-origin requests (layer 1 of 4).

use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, ORIGIN, RETRY_AFTER, VARY};
use axum::http::{HeaderName, HeaderValue, Method};
use futures_util::future::{Either, TryFutureExt};
use tower::{Layer, Service, service_fn};
use tower_http::cors::{AllowOrigin, CorsLayer};

use crate::api::Api;
use crate::api::layers::request_id::X_REQUEST_ID;
use crate::config::Origin;
use crate::state::AppState;

/// The header with the CSRF token, which proves that the page could read it.
pub const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// The header that selects the native transport.
pub const X_CLIENT_TYPE: HeaderName = HeaderName::from_static("x-client-type");

/// The header with the mark of a known device.
pub const X_DEVICE_TOKEN: HeaderName = HeaderName::from_static("x-device-token");

/// Allows pages of `ALLOWED_ORIGINS` to call `api` with cookies. Responses to requests without
/// `Origin` only get `Vary: Origin`, for caches (Fetch, "CORS protocol and HTTP caches").
pub fn allow<A: Api>(app: &AppState, api: A) -> impl Api + use<A> {
    let mut cors = layer(&app.config.allowed_origins).layer(api);
    service_fn(move |request: Request| {
        if request.headers().contains_key(ORIGIN) || request.method() == Method::OPTIONS {
            return Either::Left(cors.call(request));
        }
        Either::Right(cors.get_mut().call(request).map_ok(|mut response| {
            let vary = HeaderValue::from_static("origin");
            response.headers_mut().append(VARY, vary);
            response
        }))
    })
}

fn layer(allowed: &[Origin]) -> CorsLayer {
    let origins = allowed
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok())
        .collect::<Vec<_>>();
    CorsLayer::new()
        // A predicate, because a list would be cloned for every request.
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origins.contains(origin)
        }))
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers([
            AUTHORIZATION,
            CONTENT_TYPE,
            X_CSRF_TOKEN,
            X_CLIENT_TYPE,
            X_DEVICE_TOKEN,
        ])
        .allow_credentials(true)
        .expose_headers([RETRY_AFTER, X_REQUEST_ID])
        .max_age(Duration::from_mins(10))
}
