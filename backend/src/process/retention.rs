//! Deletes rows whose retention time has passed.

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use diesel::pg::PgConnection;
use diesel::sql_types::BigInt;
use diesel::{QueryResult, RunQueryDsl};

use crate::db::{DbError, time};
use crate::features::devices::domain::Mark;
use crate::features::{audit, devices, factors, mail, passkeys, proofs, sessions, users};
use crate::state::AppState;

/// Short, because some services restart more often than once an hour.
const FIRST_AFTER: Duration = Duration::from_mins(1);
const EVERY: Duration = Duration::from_hours(1);

/// How long an ended session is kept, so that its client can be told why it ended.
const ENDED_SESSIONS_KEPT: TimeDelta = TimeDelta::days(30);

/// How long a proof's row is kept after its end, to tell what became of it.
const ENDED_PROOFS_KEPT: TimeDelta = TimeDelta::days(7);

/// How long a removed factor is kept: as long as its owner can undo that, and a little longer.
const REMOVED_FACTORS_KEPT: TimeDelta = TimeDelta::hours(73);

/// How long a mail's row is kept, to tell what became of it.
const MAILS_KEPT: TimeDelta = TimeDelta::days(30);

/// How many rows one statement deletes.
const BATCH: i64 = 500;

/// The advisory lock of the instance that deletes: "retained" in ASCII.
const LOCK: i64 = 0x7265_7461_696e_6564;

/// Deletes old rows once an hour.
pub(super) async fn delete(app: AppState) {
    tokio::time::sleep(FIRST_AFTER).await;
    loop {
        match delete_old_rows(&app).await {
            Ok(count) => {
                app.note_success("delete");
                if count > 0 {
                    tracing::info!(count, "deleted old rows");
                }
            }
            Err(error) => tracing::warn!(%error, "some old rows stay for another hour"),
        }
        tokio::time::sleep(EVERY).await;
    }
}

/// Deletes old rows, unless another instance is doing so, and returns how many. A failure in one
/// table does not stop the others; the first error is returned at the end.
pub async fn delete_old_rows(app: &AppState) -> Result<usize, DbError> {
    let clock = app.clock.clone();
    // The database's time: an instance with a wrong clock must not delete shared rows.
    let now = app.db.read(move |conn| time::now(conn, &clock)).await?;
    let audit_before = now - app.config.audit_retention;
    let devices_before = now - Mark::LIFETIME;
    let proofs_before = now - ENDED_PROOFS_KEPT;
    let undo_before = now - REMOVED_FACTORS_KEPT;
    let tables: [(&str, Delete); 15] = [
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
        (
            "proofs",
            Box::new(move |conn| proofs::application::delete_old(conn, proofs_before, BATCH)),
        ),
        (
            "proof_budgets",
            Box::new(move |conn| proofs::application::delete_stale_budgets(conn, now, BATCH)),
        ),
        (
            "reserved_addresses",
            Box::new(move |conn| users::application::delete_old_reservations(conn, now, BATCH)),
        ),
        (
            "sign_in_flows",
            Box::new(move |conn| factors::application::delete_old_flows(conn, now, BATCH)),
        ),
        (
            "factor_failures",
            Box::new(move |conn| factors::application::delete_stale_failures(conn, now, BATCH)),
        ),
        (
            "totp_secrets",
            Box::new(move |conn| factors::application::delete_old_totp(conn, undo_before, BATCH)),
        ),
        (
            "recovery_codes",
            Box::new(move |conn| {
                factors::application::delete_old_recovery_codes(conn, undo_before, BATCH)
            }),
        ),
        (
            "passkeys",
            Box::new(move |conn| passkeys::application::delete_old(conn, undo_before, BATCH)),
        ),
        (
            "passkey_challenges",
            Box::new(move |conn| passkeys::application::delete_old_challenges(conn, now, BATCH)),
        ),
        (
            "mail_outbox",
            Box::new(move |conn| mail::application::delete_old(conn, now - MAILS_KEPT, BATCH)),
        ),
        (
            "users",
            Box::new(move |conn| users::application::clear_pending_emails(conn, now, BATCH)),
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
        .bind::<BigInt, _>(LOCK)
        .get_result::<Lock>(conn)
        .map(|lock| lock.is_ours)
}
