//! What runs beside the requests: start-up work, batches, and cleaning up.

use std::time::Duration;

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryResult, RunQueryDsl};
use secrecy::SecretString;

use crate::api::Limits;
use crate::db::{DbError, migrations};
use crate::features::{audit, sessions, users};
use crate::state::AppState;

/// How long to wait before the database is tried again at the start.
const RETRY: Duration = Duration::from_millis(500);
const CONFIRM_EVERY: Duration = Duration::from_millis(500);
const FORGET_EVERY: Duration = Duration::from_mins(1);
const DELETE_EVERY: Duration = Duration::from_hours(1);

/// A session that is not used for this long is forgotten here; its next use is noted anew.
const QUIET: TimeDelta = TimeDelta::minutes(2);

/// How long a session's row is kept after its end, to tell what became of it.
const ENDED_SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// How many rows one statement deletes.
const BATCH: i64 = 500;

/// The advisory lock of whichever instance deletes: "retained" in ASCII.
const DELETE_LOCK: i64 = 0x7265_7461_696e_6564;

/// Starts everything; it ends with the runtime.
pub fn start(app: &AppState, limits: Limits, url: SecretString) {
    tokio::spawn(open(app.clone(), url));
    tokio::spawn(confirm(app.clone()));
    tokio::spawn(forget(app.clone(), limits));
    tokio::spawn(delete(app.clone()));
}

/// Runs pending migrations, however long the database is away, loads what ended lately, and only
/// then opens the database for requests.
async fn open(app: AppState, url: SecretString) {
    while let Err(error) = migrate(url.clone()).await {
        tracing::warn!(error, "not ready: the migrations have not run");
        tokio::time::sleep(RETRY).await;
    }
    // The sender is dropped only when the process stops.
    if sessions::application::listen(app.clone(), url)
        .await
        .is_ok()
    {
        app.db.open();
    }
}

async fn migrate(url: SecretString) -> Result<(), String> {
    let ran = tokio::task::spawn_blocking(move || migrations::run(&url));
    let names = ran.await.map_err(|error| error.to_string())?;
    for name in names.map_err(|error| error.to_string())? {
        tracing::info!(name, "migrated");
    }
    Ok(())
}

/// Writes which tokens were used.
async fn confirm(app: AppState) {
    loop {
        tokio::time::sleep(CONFIRM_EVERY).await;
        if let Err(error) = sessions::application::confirm(&app).await {
            tracing::debug!(%error, "sightings wait for the next batch");
        }
    }
}

/// Forgets what has become irrelevant, so that memory does not grow.
async fn forget(app: AppState, limits: Limits) {
    loop {
        tokio::time::sleep(FORGET_EVERY).await;
        limits.general.forget_quiet();
        limits.auth.forget_quiet();
        let now = app.clock.now();
        app.revocations.forget_before(now);
        app.sightings.forget_before(now - QUIET);
    }
}

/// Deletes rows that have been kept for long enough.
async fn delete(app: AppState) {
    // Soon after the start: some services are restarted more often than once an hour.
    tokio::time::sleep(FORGET_EVERY).await;
    loop {
        match delete_old_rows(&app).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "deleted old rows"),
            Err(error) => tracing::warn!(%error, "old rows stay for another hour"),
        }
        tokio::time::sleep(DELETE_EVERY).await;
    }
}

/// Deletes the rows that have been kept for long enough, unless another instance is at it, and
/// tells how many.
///
/// # Errors
///
/// [`DbError`].
pub async fn delete_old_rows(app: &AppState) -> Result<usize, DbError> {
    let now = app.clock.now();
    let audit_before = now - app.config.audit_retention;
    let mut total = 0;
    loop {
        let deleted = app
            .db
            .transaction(move |conn| {
                if !try_lock(conn)? {
                    return Ok(0);
                }
                let deleted =
                    sessions::application::delete_old(conn, now - ENDED_SESSIONS_KEPT, BATCH)?
                        + audit::application::delete_old(conn, audit_before, BATCH)?
                        + users::application::delete_stale_failures(conn, now, BATCH)?;
                Ok::<_, DbError>(deleted)
            })
            .await?;
        total += deleted;
        if deleted == 0 {
            return Ok(total);
        }
    }
}

#[derive(diesel::QueryableByName)]
struct Lock {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    is_ours: bool,
}

fn try_lock(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS is_ours")
        .bind::<BigInt, _>(DELETE_LOCK)
        .get_result::<Lock>(conn)
        .map(|lock| lock.is_ours)
}
