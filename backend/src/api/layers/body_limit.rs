//! Limits the size of request bodies.

use axum::body::Body;
use axum::http::{Request, Response};
use tower::ServiceBuilder;
use tower_http::limit::RequestBodyLimitLayer;

use crate::api::Api;

const MAX_BYTES: usize = 64 * 1024;

/// Refuses requests to `api` with a body over 64 KiB: at once if `Content-Length` says so,
/// otherwise when the limit is read. The envelope adds the problem body.
pub fn limit(api: impl Api) -> impl Api {
    ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        .layer(RequestBodyLimitLayer::new(MAX_BYTES))
        .map_request(|request: Request<_>| request.map(Body::new))
        .service(api)
}
