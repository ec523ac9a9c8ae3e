//! Queries on `passkey_users`.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::db::schema::passkey_users::dsl;

/// Finds the handle of an account, or inserts this one.
pub fn find_or_insert(
    conn: &mut PgConnection,
    user_id: i64,
    fresh: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<Vec<u8>> {
    diesel::insert_into(dsl::passkey_users)
        .values((
            dsl::user_id.eq(user_id),
            dsl::handle.eq(fresh),
            dsl::created_at.eq(now),
        ))
        .on_conflict(dsl::user_id)
        .do_update()
        // Changes nothing, but lets the row be returned.
        .set(dsl::user_id.eq(user_id))
        .returning(dsl::handle)
        .get_result(conn)
}

/// Finds the handle of an account.
pub fn find_handle(conn: &mut PgConnection, user_id: i64) -> QueryResult<Option<Vec<u8>>> {
    dsl::passkey_users
        .find(user_id)
        .select(dsl::handle)
        .first(conn)
        .optional()
}

/// Locks the account's handle until the transaction ends, and tells whether it still is this one.
pub fn lock_handle(conn: &mut PgConnection, user_id: i64, handle: &[u8]) -> QueryResult<bool> {
    let found: Option<Vec<u8>> = dsl::passkey_users
        .find(user_id)
        .select(dsl::handle)
        .for_update()
        .first(conn)
        .optional()?;
    Ok(found.is_some_and(|found| found == handle))
}

/// Deletes the handle of an account and with it all its passkeys.
pub fn delete(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    diesel::delete(dsl::passkey_users.find(user_id))
        .execute(conn)
        .map(drop)
}
