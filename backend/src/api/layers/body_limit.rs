//! Limits the size of request bodies.

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use axum::response::IntoResponse;
use futures_util::future::{Either, ready};
use http_body_util::Limited;
use tower::service_fn;

use crate::api::Api;
use crate::api::code::Code;
use crate::api::problem::Problem;

const MAX_BYTES: usize = 64 * 1024;

/// Refuses requests to `api` with a body over 64 KiB: at once if `Content-Length` says so,
/// otherwise when the limit is read.
pub fn limit(mut api: impl Api) -> impl Api {
    service_fn(move |request: Request| {
        let size = request.body().size_hint();
        if size.lower() > MAX_BYTES as u64 {
            let problem = Problem::from(Code::PayloadTooLarge);
            return Either::Left(ready(Ok(problem.into_response())));
        }
        let bounded = if size.exact().is_some() {
            request
        } else {
            request.map(|body| Body::new(Limited::new(body, MAX_BYTES)))
        };
        Either::Right(api.call(bounded))
    })
}
