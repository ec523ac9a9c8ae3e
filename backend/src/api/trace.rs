//! One log line a request (layer 3 of 4). Never a header, a body or a query value: they hold
//! secrets.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use axum::middleware::{Next, from_fn};
use tower_http::trace::TraceLayer;
use tracing::field::Empty;
use tracing::{Span, info, info_span};

use crate::api::client_ip::ClientIp;
use crate::api::request_id::RequestId;
use crate::telemetry;

/// Puts the log in front of every route of `router`.
pub fn apply<S: Clone + Send + Sync + 'static>(router: Router<S>) -> Router<S> {
    let log = TraceLayer::new_for_http()
        .make_span_with(make_span)
        .on_request(())
        .on_response(on_response)
        .on_failure(());
    router
        .layer(log)
        .layer(from_fn(|request: Request<Body>, next: Next| {
            telemetry::measure_database_time(next.run(request))
        }))
}

/// Notes on the request's line who made it.
pub fn record_user(user_id: i64) {
    Span::current().record("user_id", user_id);
}

fn make_span(request: &Request<Body>) -> Span {
    let extensions = request.extensions();
    info_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        request_id = extensions.get::<RequestId>().map(tracing::field::display),
        client_ip = extensions.get::<ClientIp>().map(|ip| tracing::field::display(ip.0)),
        user_id = Empty,
    )
}

fn on_response<B>(response: &Response<B>, total: Duration, _: &Span) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
    info!(
        status = response.status().as_u16(),
        total_ms = milliseconds(total),
        database_ms = milliseconds(telemetry::database_time()),
        "answered"
    );
}
