//! Responds to requests that end without a response of their own: by a timeout, by a shutdown or by
//! a panic.

use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::response::IntoResponse;
use futures_util::future::{Either, FutureExt, ready};
use tokio::time::timeout;
use tower::{ServiceBuilder, service_fn};
use tower_http::catch_panic::CatchPanicLayer;

use crate::api::Api;
use crate::api::code::Code;
use crate::api::layers::request_id::RequestId;
use crate::api::problem::Problem;
use crate::state::AppState;

const LONGEST: Duration = Duration::from_secs(30);

/// Cancels a request to `api` after 30 s, and refuses new ones during a shutdown, so that clients
/// go to another instance. Health checks are still answered, because balancers learn of the
/// shutdown from them.
pub fn limit(app: AppState, mut api: impl Api) -> impl Api {
    service_fn(move |request: Request| {
        let id = request.extensions().get::<RequestId>().cloned();
        if app.is_stopping() && !request.uri().path().starts_with("/health/") {
            return Either::Left(ready(Ok(turn_away(id))));
        }
        let answered = timeout(LONGEST, api.call(request));
        Either::Right(answered.map(|answered| answered.unwrap_or_else(|_| Ok(give_up(id)))))
    })
}

fn turn_away(id: Option<RequestId>) -> Response<Body> {
    tracing::info!(
        status = 503,
        request_id = id.map(tracing::field::display),
        "refused, because the service is shutting down"
    );
    Problem::from(Code::ShuttingDown)
        .retry_after(Duration::from_secs(1))
        .into_response()
}

fn give_up(id: Option<RequestId>) -> Response<Body> {
    let request_id = id.map(tracing::field::display);
    tracing::warn!(status = 503, request_id, "a request took longer than 30 s");
    Problem::from(Code::Timeout).into_response()
}

/// Responds with a 500 if a handler of `api` panics. The panic hook has already logged it.
pub fn catch_panics(api: impl Api) -> impl Api {
    let respond = |_| Problem::from(Code::Internal).into_response();
    ServiceBuilder::new()
        .map_response(|response: Response<_>| response.map(Body::new))
        .layer(CatchPanicLayer::custom(respond))
        .service(api)
}
