//! Which other origins' pages may call the API (layer 1 of 4).

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

/// The header by which a page proves that it could read its CSRF token.
pub const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// The header by which an app says that it keeps its tokens itself.
pub const X_CLIENT_TYPE: HeaderName = HeaderName::from_static("x-client-type");

/// The header by which an app is known again when it signs in.
pub const X_DEVICE_TOKEN: HeaderName = HeaderName::from_static("x-device-token");

/// Lets pages of the origins of `ALLOWED_ORIGINS` call `api`, with cookies. Answers to a request that
/// names no origin say no more than that they depend on it, for caches (Fetch, "CORS protocol and
/// HTTP caches").
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
        // Not the list itself, of which every request would make a copy.
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
