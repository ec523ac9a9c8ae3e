//! Queries on `reserved_addresses`: addresses that accounts left lately.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::upsert::excluded;

use crate::db::schema::reserved_addresses::dsl;

/// Keeps an address for the account that leaves it.
pub fn upsert(
    conn: &mut PgConnection,
    address: &str,
    user_id: i64,
    until: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(dsl::reserved_addresses)
        .values((
            dsl::address.eq(address),
            dsl::user_id.eq(user_id),
            dsl::until.eq(until),
        ))
        .on_conflict(dsl::address)
        .do_update()
        .set((
            dsl::user_id.eq(excluded(dsl::user_id)),
            dsl::until.eq(excluded(dsl::until)),
        ))
        .execute(conn)
        .map(drop)
}

/// Tells whether an address is kept for another account than this one.
pub fn is_reserved(
    conn: &mut PgConnection,
    address: &str,
    user_id: Option<i64>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let kept = dsl::reserved_addresses
        .find(address)
        .filter(dsl::until.gt(now))
        // Ids begin with 1.
        .filter(dsl::user_id.ne(user_id.unwrap_or(0)));
    diesel::select(exists(kept)).get_result(conn)
}

/// Deletes what is kept no longer, at most `limit` rows, and tells how many.
pub fn delete_old(conn: &mut PgConnection, now: DateTime<Utc>, limit: i64) -> QueryResult<usize> {
    let old: Vec<String> = dsl::reserved_addresses
        .filter(dsl::until.lt(now))
        .select(dsl::address)
        .limit(limit)
        .load(conn)?;
    let still = dsl::until.lt(now);
    let old = dsl::reserved_addresses.filter(dsl::address.eq_any(old));
    diesel::delete(old.filter(still)).execute(conn)
}
