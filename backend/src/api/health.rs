//! What load balancers and supervisors ask.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use diesel::RunQueryDsl;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::state::AppState;

/// How long a probe waits for the database: those who ask have little patience themselves.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether requests should be sent here, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// `ready`, `not_ready` or `stopping`.
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
}

/// What the service needs, each `ok` or what is wrong with it.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checks {
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    database: &'static str,
    /// `ok`, or `not_listening` while the endings of sessions on other instances are not heard of
    /// at once; the service is ready all the same.
    #[schema(example = "ok")]
    revocations: &'static str,
}

/// Is the process alive?
///
/// Asks nothing else, so that a database outage does not make a supervisor restart the service.
#[utoipa::path(
    get, path = "/health/live", tag = "health", operation_id = "getLive",
    responses((status = 200, body = Live)),
)]
pub async fn get_live() -> Json<Live> {
    Json(Live { status: "ok" })
}

/// Should requests be sent here?
///
/// Not while the database is away, and not once the service has been told to stop.
#[utoipa::path(
    get, path = "/health/ready", tag = "health", operation_id = "getReady",
    responses((status = 200, body = Ready), (status = 503, body = Ready)),
)]
pub async fn get_ready(State(app): State<AppState>) -> (StatusCode, Json<Ready>) {
    let asked = app
        .db
        .read(|conn| diesel::sql_query("SELECT 1").execute(conn));
    let is_answered = matches!(timeout(PATIENCE, asked).await, Ok(Ok(_)));
    let database = if is_answered { "ok" } else { "unavailable" };
    let (code, status) = match (app.is_stopping(), is_answered) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        (false, true) => (StatusCode::OK, "ready"),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
    };
    let is_listening = app.is_listening.load(Ordering::Relaxed);
    let checks = Checks {
        database,
        revocations: if is_listening { "ok" } else { "not_listening" },
    };
    (code, Json(Ready { status, checks }))
}
