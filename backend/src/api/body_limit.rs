//! How long a request's body may be.

use axum::body::HttpBody;
use axum::extract::{DefaultBodyLimit, Request};
use axum::response::IntoResponse;
use futures_util::future::{Either, ready};
use tower::service_fn;

use crate::api::Api;
use crate::api::code::Code;
use crate::api::problem::Problem;

const MOST_BYTES: usize = 64 * 1024;

/// Refuses requests to `api` whose body is longer than 64 KiB: at once if they say so, else while it
/// is read.
pub fn limit(mut api: impl Api) -> impl Api {
    service_fn(move |mut request: Request| {
        let size = request.body().size_hint();
        if size.upper() != Some(0) {
            DefaultBodyLimit::max(MOST_BYTES).apply(&mut request);
        }
        if size.lower() > MOST_BYTES as u64 {
            let problem = Problem::from(Code::PayloadTooLarge);
            return Either::Left(ready(Ok(problem.into_response())));
        }
        Either::Right(api.call(request))
    })
}
