//! `GET /metrics` on an address of its own, for Prometheus. It is available until the process ends,
//! even while requests in flight finish.

mod live;
mod usage;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::{prometheus_text, text};
use prometheus_client::registry::Registry;
use tokio::net::TcpListener;

use crate::features::mail::domain::Letter;
use crate::features::sessions::domain::EndReason;
use crate::metrics::Tally;
use crate::state::AppState;
use crate::telemetry::Buffer;
use live::Live;

const OPEN_METRICS: &str = "application/openmetrics-text";

/// Answers scrapes until the runtime ends; `spans` counts those that were dropped, if anything is traced.
pub fn serve(listener: TcpListener, app: &AppState, logs: Buffer, spans: Option<Tally>) {
    let mut registry = register(app, logs);
    if let Some(dropped) = spans {
        registry.register(
            "latchkey_spans_dropped",
            "Spans dropped, as the collector does not take them",
            dropped.counters(),
        );
    }
    let registry = Arc::new(registry);
    let router = Router::new()
        .route("/metrics", get(answer))
        .fallback(missing)
        .with_state(registry);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    });
}

/// Responds in the requested format, by default that of Prometheus.
async fn answer(State(registry): State<Arc<Registry>>, headers: HeaderMap) -> Response {
    let accepted = headers.get_all(ACCEPT).iter();
    let mut accepted = accepted.filter_map(|value| value.to_str().ok());
    let mut body = String::new();
    let (written, kind) = if accepted.any(|value| value.contains(OPEN_METRICS)) {
        let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        (text::encode(&mut body, &registry), kind)
    } else {
        let kind = "text/plain; version=0.0.4; charset=utf-8";
        (prometheus_text::encode(&mut body, &registry), kind)
    };
    match written {
        Ok(()) => ([(CONTENT_TYPE, kind)], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn missing() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "The metrics are at /metrics.\n")
}

/// Registers everything that is counted; [`Live`] has what is read at each scrape.
fn register(app: &AppState, logs: Buffer) -> Registry {
    let mut registry = Registry::default();
    let metrics = &app.metrics;
    let requests = &metrics.requests;
    registry.register(
        "http_requests",
        "Requests answered; status 499 stands for a client that left before",
        requests.answered.clone(),
    );
    registry.register(
        "http_request_duration_seconds",
        "Time from a request's head to its answer's",
        requests.durations.clone(),
    );
    registry.register(
        "http_requests_in_flight",
        "Requests being answered",
        requests.in_flight.clone(),
    );
    registry.register(
        "latchkey_sign_ins",
        "Attempts to sign in with a password",
        metrics.sign_ins.counters(),
    );
    registry.register(
        "latchkey_refreshes",
        "Refresh tokens presented",
        metrics.refreshes.counters(),
    );
    metrics
        .sessions_ended
        .show(&EndReason::ALL.map(EndReason::as_str));
    registry.register(
        "latchkey_sessions_ended",
        "Sessions that this instance ended before their time",
        metrics.sessions_ended.counters(),
    );
    if app.config.mail.is_on() {
        metrics.mails.show(&Letter::KINDS);
    }
    registry.register(
        "latchkey_mails",
        "Mails by kind and by what became of them; delayed ones are tried again",
        metrics.mails.counters(),
    );
    registry.register(
        "latchkey_revocation_lag_seconds",
        "Time from an announcement of this instance until it hears it itself",
        metrics.revocation_lag.clone(),
    );
    registry.register(
        "latchkey_task_last_success_timestamp_seconds",
        "When a background task last did its work",
        metrics.task_successes.clone(),
    );
    let connections = &metrics.connections;
    registry.register(
        "latchkey_connections_open",
        "Open connections to the public port",
        connections.open.clone(),
    );
    registry.register(
        "latchkey_connections_accepted",
        "Connections accepted",
        connections.accepted.clone(),
    );
    registry.register(
        "latchkey_connections_refused",
        "Connections closed at once, as all others were busy",
        connections.refused.clone(),
    );
    registry.register(
        "latchkey_connections_displaced",
        "Connections closed to make room for others",
        connections.displaced.clone(),
    );
    register_queues(&mut registry, app);
    registry.register_collector(Box::new(Live::new(app, logs)));
    registry
}

fn register_queues(registry: &mut Registry, app: &AppState) {
    registry.register(
        "latchkey_db_pool_wait_seconds",
        "Time that queries waited for a connection",
        app.db.pool_waits(),
    );
    let hashing = app.passwords.instruments();
    registry.register(
        "latchkey_hash_queue_waiting",
        "Passwords that wait for a core",
        hashing.waiting.clone(),
    );
    registry.register(
        "latchkey_hash_queue_wait_seconds",
        "Time that passwords waited for a core",
        hashing.wait.clone(),
    );
    registry.register(
        "latchkey_hash_seconds",
        "Time that hashing a password took",
        hashing.work.clone(),
    );
    registry.register(
        "latchkey_hash_queue_refused",
        "Passwords turned away from a full queue",
        hashing.refused.clone(),
    );
}
