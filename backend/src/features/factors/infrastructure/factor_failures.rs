//! Queries on `factor_failures`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamptz};

use crate::db::schema::factor_failures::dsl;

const HOUR: TimeDelta = TimeDelta::hours(1);
const DAY: TimeDelta = TimeDelta::days(1);

const MAX_PER_HOUR: usize = 10;
const MAX_PER_DAY: usize = 30;

/// Tells until when no second factor of an account is tried, if its failures are used up. Locks the
/// account's row, so that guesses at one account are judged one after the other.
pub fn lock(
    conn: &mut PgConnection,
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    // An empty row where there is none: rows that do not exist cannot be locked.
    diesel::sql_query(
        "INSERT INTO factor_failures (user_id, failed_at, last_failed_at)
         VALUES ($1, '{}', $2) ON CONFLICT (user_id) DO NOTHING",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Timestamptz, _>(now)
    .execute(conn)?;
    let mut failed_at: Vec<DateTime<Utc>> = dsl::factor_failures
        .find(user_id)
        .select(dsl::failed_at)
        .for_update()
        .first(conn)?;
    failed_at.sort_unstable_by(|one, other| other.cmp(one));
    let blocked_until = |limit: usize, window: TimeDelta| {
        let oldest = failed_at.get(limit - 1)?;
        Some(*oldest + window).filter(|until| *until > now)
    };
    Ok(blocked_until(MAX_PER_HOUR, HOUR).max(blocked_until(MAX_PER_DAY, DAY)))
}

/// Counts a failure of an account whose row is locked.
pub fn insert(conn: &mut PgConnection, user_id: i64, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE factor_failures
         SET failed_at = ARRAY(SELECT t FROM unnest(failed_at) AS t WHERE t > $3 ORDER BY t) || $2,
             last_failed_at = $2
         WHERE user_id = $1",
    )
    .bind::<BigInt, _>(user_id)
    .bind::<Timestamptz, _>(now)
    .bind::<Timestamptz, _>(now - DAY)
    .execute(conn)
    .map(drop)
}

/// Forgets the failures of an account.
pub fn delete(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    diesel::delete(dsl::factor_failures.find(user_id))
        .execute(conn)
        .map(drop)
}

/// Deletes what no longer counts, at most `limit` rows, and tells how many.
pub fn delete_stale(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let is_stale = dsl::last_failed_at.lt(now - DAY);
    let stale: Vec<i64> = dsl::factor_failures
        .filter(is_stale)
        .select(dsl::user_id)
        .limit(limit)
        .load(conn)?;
    let stale = dsl::factor_failures.filter(dsl::user_id.eq_any(stale));
    diesel::delete(stale.filter(is_stale)).execute(conn)
}
