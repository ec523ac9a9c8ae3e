//! Queries on the columns of `users` that end all sessions of an account at once.
//!
//! They are columns of the account's row so that its lock serialises sign-ins, changes of the
//! account and ends of its sessions.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::users::dsl;
use crate::features::sessions::domain::Session;
use crate::features::sessions::memory::revocations::End;

/// Finds an account's epoch.
pub fn find(conn: &mut PgConnection, user_id: i64) -> QueryResult<Option<i32>> {
    dsl::users
        .find(user_id)
        .select(dsl::session_epoch)
        .first(conn)
        .optional()
}

/// Finds an account's epoch and locks the row until the transaction ends, so that no sign-in can
/// open a session in that epoch meanwhile.
pub fn find_for_update(conn: &mut PgConnection, user_id: i64) -> QueryResult<Option<i32>> {
    dsl::users
        .find(user_id)
        .select(dsl::session_epoch)
        .for_no_key_update()
        .first(conn)
        .optional()
}

/// Begins a new epoch and returns it. Only the session `kept` continues in it.
pub fn update(
    conn: &mut PgConnection,
    user_id: i64,
    kept: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<i32> {
    diesel::update(dsl::users.find(user_id))
        .set((
            dsl::session_epoch.eq(dsl::session_epoch + 1),
            dsl::sessions_ended_at.eq(now),
            dsl::session_kept.eq(kept),
        ))
        .returning(dsl::session_epoch)
        .get_result(conn)
}

/// Raises an account's epoch without recording an end.
pub fn update_silently(conn: &mut PgConnection, user_id: i64, epoch: i32) -> QueryResult<()> {
    diesel::update(dsl::users.find(user_id))
        .set(dsl::session_epoch.eq(epoch))
        .execute(conn)
        .map(drop)
}

type Row = (i64, i32, Option<Uuid>, Option<DateTime<Utc>>);

/// Lists the accounts whose sessions all ended after `since`, and of which an access token may
/// still be valid at `now`.
pub fn list_ended(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<End>> {
    let ended: Vec<Row> = dsl::users
        .filter(dsl::sessions_ended_at.gt(since.max(Session::access_alive_since(now))))
        .select(COLUMNS)
        .load(conn)?;
    Ok(as_ends(ended))
}

/// Lists those of the accounts whose sessions have all ended at some time.
pub fn list_ended_among(conn: &mut PgConnection, user_ids: &[i64]) -> QueryResult<Vec<End>> {
    let ended: Vec<Row> = dsl::users
        .filter(dsl::id.eq_any(user_ids))
        .select(COLUMNS)
        .load(conn)?;
    Ok(as_ends(ended))
}

const COLUMNS: (
    dsl::id,
    dsl::session_epoch,
    dsl::session_kept,
    dsl::sessions_ended_at,
) = (
    dsl::id,
    dsl::session_epoch,
    dsl::session_kept,
    dsl::sessions_ended_at,
);

fn as_ends(ended: Vec<Row>) -> Vec<End> {
    let ends = ended.into_iter().filter_map(|(user_id, epoch, kept, at)| {
        Some(End::Account {
            user_id,
            epoch,
            kept,
            until: Session::access_until_at_most(at?),
        })
    });
    ends.collect()
}
