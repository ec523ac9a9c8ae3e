//! Ending all passkeys of an account, or those that it did not have before.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::features::passkeys::infrastructure::{passkey_challenges, passkey_users, passkeys};

/// Removes all passkeys of an account, and whatever ceremony is under way: no registration that began
/// before can add a passkey afterwards. The account gets another handle with its next passkey.
pub fn end_all(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    passkey_challenges::delete_all(conn, user_id)?;
    passkey_users::delete(conn, user_id)
}

/// Brings the passkeys of an account back to what they were at `at`, as far as they are kept, and ends
/// whatever ceremony is under way.
pub fn restore(
    conn: &mut PgConnection,
    user_id: i64,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    passkey_challenges::delete_all(conn, user_id)?;
    passkeys::restore(conn, user_id, at, now)
}
