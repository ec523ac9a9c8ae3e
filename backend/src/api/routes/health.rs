//! What load balancers and supervisors ask.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tokio::time::timeout;
use utoipa::ToSchema;

use crate::db::ReplicaState;
use crate::features::sessions::memory::awareness::Standing;
use crate::limits::Counting;
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
    /// `ok` while this instance hears at once of sessions that others end; `looking` while it finds
    /// them by looking twice a second; `unknown` when it has done neither for 3 s. The service is
    /// ready all the same.
    #[schema(example = "ok")]
    revocations: &'static str,
    /// Only with `DATABASE_REPLICA_URL`: `ok`, `behind` when it is not asked because it lacks a write or
    /// is more than 10 s old, or `unavailable`. The primary answers meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica: Option<&'static str>,
    /// The most seconds by which the replica's answers may be old, unless it is unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_lag_seconds: Option<f64>,
    /// Only with `REDIS_URL`: `ok` while requests are counted for all instances together; `local` while
    /// each counts by itself, as Redis is away or slow. The service is ready all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<&'static str>,
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
/// Not while the database is away, and not once the service has been told to stop; but while the
/// database is merely busy.
#[utoipa::path(
    get, path = "/health/ready", tag = "health", operation_id = "getReady",
    responses((status = 200, body = Ready), (status = 503, body = Ready)),
)]
pub async fn get_ready(State(app): State<AppState>) -> (StatusCode, Json<Ready>) {
    let is_answered = app.db.is_open() && timeout(PATIENCE, app.db.answers()).await == Ok(true);
    let database = if is_answered { "ok" } else { "unavailable" };
    let (code, status) = match (app.is_leaving(), is_answered) {
        (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
        (false, true) => (StatusCode::OK, "ready"),
        (false, false) => (StatusCode::SERVICE_UNAVAILABLE, "not_ready"),
    };
    let (replica, replica_lag_seconds) = app.db.replica_state().map_or((None, None), describe);
    let checks = Checks {
        database,
        replica,
        replica_lag_seconds,
        limits: app.limits.counting().map(|counting| match counting {
            Counting::Shared => "ok",
            Counting::Local => "local",
        }),
        revocations: match app.awareness.standing() {
            Standing::Hearing => "ok",
            Standing::Looking => "looking",
            Standing::Unaware => "unknown",
        },
    };
    (code, Json(Ready { status, checks }))
}

fn describe(state: ReplicaState) -> (Option<&'static str>, Option<f64>) {
    match state {
        ReplicaState::Following(age) => (Some("ok"), Some(age.as_secs_f64())),
        ReplicaState::Behind(Duration::MAX) => (Some("behind"), None),
        ReplicaState::Behind(age) => (Some("behind"), Some(age.as_secs_f64())),
        ReplicaState::Away => (Some("unavailable"), None),
    }
}
