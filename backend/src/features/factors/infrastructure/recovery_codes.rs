//! Queries on `recovery_codes`.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::db::schema::recovery_codes::dsl;

/// Replaces an account's codes.
pub fn replace(
    conn: &mut PgConnection,
    user_id: i64,
    digests: &[Vec<u8>],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    remove_all(conn, user_id, now)?;
    let rows: Vec<_> = digests
        .iter()
        .map(|digest| {
            (
                dsl::user_id.eq(user_id),
                dsl::digest.eq(digest),
                dsl::created_at.eq(now),
            )
        })
        .collect();
    diesel::insert_into(dsl::recovery_codes)
        .values(rows)
        .execute(conn)
        .map(drop)
}

/// Consumes one of an account's own codes, and tells whether it was there: one statement, of which only
/// one can succeed (CVE-2026-31875, CVE-2026-78619).
pub fn consume(conn: &mut PgConnection, user_id: i64, digest: &[u8]) -> QueryResult<bool> {
    let wanted = dsl::recovery_codes
        .find((user_id, digest))
        .filter(dsl::removed_at.is_null());
    diesel::delete(wanted).execute(conn).map(|count| count == 1)
}

/// Counts the codes that an account has left.
pub fn count(conn: &mut PgConnection, user_id: i64) -> QueryResult<i64> {
    dsl::recovery_codes
        .filter(dsl::user_id.eq(user_id).and(dsl::removed_at.is_null()))
        .count()
        .get_result(conn)
}

/// Removes an account's codes.
pub fn remove_all(conn: &mut PgConnection, user_id: i64, now: DateTime<Utc>) -> QueryResult<()> {
    let kept = dsl::recovery_codes.filter(dsl::user_id.eq(user_id).and(dsl::removed_at.is_null()));
    diesel::update(kept)
        .set(dsl::removed_at.eq(now))
        .execute(conn)
        .map(drop)
}

/// Brings the codes back that an account had at `at`.
pub fn restore(
    conn: &mut PgConnection,
    user_id: i64,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let own = dsl::recovery_codes.filter(dsl::user_id.eq(user_id));
    diesel::update(own.filter(dsl::created_at.ge(at)))
        .set(dsl::removed_at.eq(now))
        .execute(conn)?;
    diesel::update(
        own.filter(dsl::created_at.lt(at))
            .filter(dsl::removed_at.ge(at)),
    )
    .set(dsl::removed_at.eq(None::<DateTime<Utc>>))
    .execute(conn)
    .map(drop)
}

/// Deletes everything that is kept of an account's codes.
pub fn delete_all(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    diesel::delete(dsl::recovery_codes.filter(dsl::user_id.eq(user_id)))
        .execute(conn)
        .map(drop)
}

/// Deletes codes that were removed before `before`, of at most `limit` accounts, and tells how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let is_old = dsl::removed_at.lt(before);
    let owners: Vec<i64> = dsl::recovery_codes
        .filter(is_old)
        .select(dsl::user_id)
        .distinct()
        .limit(limit)
        .load(conn)?;
    let old = dsl::recovery_codes.filter(dsl::user_id.eq_any(owners));
    diesel::delete(old.filter(is_old)).execute(conn)
}
