//! Writes one log line per request (layer 3 of 4). It never contains a header, a body or a query
//! value, because they may hold secrets.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use opentelemetry::trace::TraceId;
use tower::ServiceBuilder;
use tower_http::trace::TraceLayer;
use tracing::{Span, error_span, info};

use crate::api::Api;
use crate::api::input::client_ip::ClientIp;
use crate::api::layers::request_id::RequestId;
use crate::metrics::Route;
use crate::telemetry;

/// Writes one line at the end of each request to `api`, and none at its start or for chunks of its
/// body.
pub fn log(api: impl Api) -> impl Api {
    let layer = TraceLayer::new_for_http()
        .make_span_with(make_span as fn(&Request<Body>) -> Span)
        .on_request(())
        .on_response(on_response as fn(&Response<Body>, Duration, &Span))
        .on_body_chunk(())
        .on_eos(())
        .on_failure(());
    let boxed = |response: Response<_>| response.map(Body::new);
    ServiceBuilder::new()
        .map_response(boxed)
        .layer(layer)
        .service(api)
}

fn make_span(request: &Request<Body>) -> Span {
    let extensions = request.extensions();
    // At the error level, so that no log setting removes the request id from error lines.
    error_span!(
        "request",
        method = %request.method(),
        path = request.uri().path(),
        route = extensions.get::<Arc<Route>>().map(|route| route.name()),
        trace_id = extensions.get::<TraceId>().map(tracing::field::display),
        request_id = extensions.get::<RequestId>().map(tracing::field::display),
        client_ip = extensions.get::<ClientIp>().map(|ip| tracing::field::display(ip.0)),
    )
}

fn on_response(response: &Response<Body>, total: Duration, _: &Span) {
    // Rounded to microseconds: more digits are noise, and cost more to write than the rest.
    let milliseconds = |time: Duration| (time.as_secs_f64() * 1e6).round() / 1e3;
    info!(
        status = response.status().as_u16(),
        total_ms = milliseconds(total),
        database_ms = milliseconds(telemetry::database_time()),
        user_id = telemetry::noted_user(),
        "answered"
    );
}
