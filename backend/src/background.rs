//! What runs beside the requests: start-up work, batches, and cleaning up.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryResult, RunQueryDsl};
use secrecy::SecretString;

use crate::api::Limits;
use crate::db::{DbError, migrations, search_indexes};
use crate::features::devices::domain::Mark;
use crate::features::{audit, devices, sessions, users};
use crate::state::AppState;

/// How long to wait before the database is tried again at the start.
const RETRY: Duration = Duration::from_millis(500);
/// How long a task that panicked is left alone.
const RESTART_AFTER: Duration = Duration::from_secs(1);
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

/// Starts everything; it ends with the runtime. This is the list of what runs beside the requests.
pub fn start(app: &AppState, limits: Limits, direct: SecretString) {
    let with_app = |task: fn(AppState) -> Task| {
        let app = app.clone();
        move || task(app.clone())
    };
    let (opening, opened) = (app.clone(), direct.clone());
    supervise(app, "open", move || open(opening.clone(), opened.clone()));
    let (listening, heard) = (app.clone(), direct.clone());
    supervise(app, "listen", move || {
        listen(listening.clone(), heard.clone())
    });
    supervise(
        app,
        "look out",
        with_app(|app| Box::pin(sessions::application::look_out(app))),
    );
    let (indexed, url) = (app.clone(), direct);
    supervise(app, "index", move || index(indexed.clone(), url.clone()));
    supervise(app, "confirm", with_app(|app| Box::pin(confirm(app))));
    let (forgetting, limits) = (app.clone(), Arc::new(limits));
    supervise(app, "forget", move || {
        forget(forgetting.clone(), limits.clone())
    });
    supervise(app, "delete", with_app(|app| Box::pin(delete(app))));
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a task, and again each time it panics; that is logged, and counted in the state.
pub fn supervise<F>(app: &AppState, name: &'static str, task: impl Fn() -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let app = app.clone();
    tokio::spawn(async move {
        while let Err(error) = tokio::spawn(task()).await {
            if !error.is_panic() {
                // The runtime ends.
                return;
            }
            app.task_panics.count(name);
            tracing::error!(task = name, "a background task panicked; it starts again");
            tokio::time::sleep(RESTART_AFTER).await;
        }
    });
}

/// Runs pending migrations, however long the database is away, loads what ended lately, and only
/// then opens the database for requests.
async fn open(app: AppState, direct: SecretString) {
    while let Err(error) = migrate(direct.clone()).await {
        tracing::warn!(error, "not ready: the migrations have not run");
        tokio::time::sleep(RETRY).await;
    }
    while let Err(error) = sessions::application::look(&app).await {
        tracing::warn!(%error, "not ready: the sessions that ended lately are not loaded");
        tokio::time::sleep(RETRY).await;
    }
    app.db.open();
    app.awareness.look_wanted.notify_one();
}

async fn migrate(direct: SecretString) -> Result<(), String> {
    blocking(move || migrations::run(&direct))
        .await
        .map(drop)
        .map_err(|error| error.to_string())
}

async fn listen(app: AppState, direct: SecretString) {
    while !app.db.is_open() && !app.is_stopping() {
        tokio::time::sleep(CONFIRM_EVERY).await;
    }
    blocking(move || sessions::application::listen(&app, &direct)).await;
}

/// Builds the indexes that only searches need, beside the requests: it may take minutes.
async fn index(app: AppState, direct: SecretString) {
    while !app.db.is_open() {
        tokio::time::sleep(CONFIRM_EVERY).await;
    }
    if let Err(error) = blocking(move || search_indexes::build(&direct)).await {
        tracing::warn!(%error, "searching accounts stays slow; tried again at the next start");
    }
}

/// Runs `work` on a blocking thread, and panics if it does.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
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
async fn forget(app: AppState, limits: Arc<Limits>) {
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
            Err(error) => tracing::warn!(%error, "some old rows stay for another hour"),
        }
        tokio::time::sleep(DELETE_EVERY).await;
    }
}

/// Deletes the rows that have been kept for long enough, unless another instance is at it, and
/// tells how many. Each table by itself: what fails in one does not keep the others.
///
/// # Errors
///
/// [`DbError`], the first one, after every table had its turn.
pub async fn delete_old_rows(app: &AppState) -> Result<usize, DbError> {
    let now = app.clock.now();
    let audit_before = now - app.config.audit_retention;
    let devices_before = now - Mark::LIFETIME;
    let tables: [(&str, Delete); 4] = [
        (
            "sessions",
            Box::new(move |conn| {
                sessions::application::delete_old(conn, now - ENDED_SESSIONS_KEPT, BATCH)
            }),
        ),
        (
            "audit_events",
            Box::new(move |conn| audit::application::delete_old(conn, audit_before, BATCH)),
        ),
        (
            "sign_in_failures",
            Box::new(move |conn| users::application::delete_stale_failures(conn, now, BATCH)),
        ),
        (
            "known_devices",
            Box::new(move |conn| devices::application::delete_old(conn, devices_before, BATCH)),
        ),
    ];
    let mut total = Ok(0);
    for (table, delete) in tables {
        match delete_in_batches(app, delete.into()).await {
            Ok(count) => total = total.map(|total: usize| total + count),
            Err(error) => {
                tracing::warn!(table, %error, "old rows stay");
                total = total.and(Err(error));
            }
        }
    }
    total
}

type Delete = Box<dyn Fn(&mut PgConnection) -> QueryResult<usize> + Send + Sync>;

async fn delete_in_batches(app: &AppState, delete: Arc<Delete>) -> Result<usize, DbError> {
    let mut total = 0;
    loop {
        let delete = Arc::clone(&delete);
        let deleted = app
            .db
            .transaction(move |conn| {
                if !try_lock(conn)? {
                    return Ok(0);
                }
                delete(conn).map_err(DbError::from)
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
