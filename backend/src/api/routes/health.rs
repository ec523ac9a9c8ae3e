//! Health checks for load balancers and supervisors.

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

/// How long a probe waits for the database. Callers have short timeouts themselves.
const PATIENCE: Duration = Duration::from_secs(2);

/// The process runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct Live {
    #[schema(example = "ok")]
    status: &'static str,
}

/// Whether the instance should receive requests, and why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    /// `ready`, `not_ready` or `stopping`.
    #[schema(example = "ready")]
    status: &'static str,
    checks: Checks,
}

/// The dependencies of the service; each is `ok` or names the problem.
#[derive(Debug, Serialize, ToSchema)]
pub struct Checks {
    /// `ok` or `unavailable`.
    #[schema(example = "ok")]
    database: &'static str,
    /// `ok` while this instance is notified of sessions that others end; `looking` while it finds
    /// them only by polling twice a second; `unknown` if neither has worked for 3 s. The service is
    /// ready in each case.
    #[schema(example = "ok")]
    revocations: &'static str,
    /// Only with `DATABASE_REPLICA_URL`: `ok`; `behind` while the replica is not used because it
    /// lacks a write or is more than 10 s old; or `unavailable`. The primary answers meanwhile.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica: Option<&'static str>,
    /// An upper bound in seconds of the replica's lag, unless it is unavailable.
    #[serde(skip_serializing_if = "Option::is_none")]
    replica_lag_seconds: Option<f64>,
    /// Only with `REDIS_URL`: `ok` while all instances count requests together; `local` while each
    /// counts on its own because Redis is unreachable or slow. The service is ready in both cases.
    #[serde(skip_serializing_if = "Option::is_none")]
    limits: Option<&'static str>,
    /// Only while mail is on: `ok`, or `stuck` while mails wait for more than 5 minutes and none gets
    /// through. The service is ready all the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    mail: Option<&'static str>,
}

/// Check that the process is alive
///
/// Checks nothing else, so that a database outage does not make a supervisor restart the service.
#[utoipa::path(
    get, path = "/health/live", tag = "health", operation_id = "getLive",
    responses((status = 200, body = Live)),
)]
pub async fn get_live() -> Json<Live> {
    Json(Live { status: "ok" })
}

/// Check that the instance should receive requests
///
/// It should not while the database is unreachable or the service is shutting down. A busy database
/// does not matter.
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
        mail: (app.config.mail.is_on()).then(|| {
            if app.mail_queue.is_stuck() {
                "stuck"
            } else {
                "ok"
            }
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
