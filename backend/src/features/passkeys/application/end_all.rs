//! Ending all passkeys of an account.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::features::passkeys::infrastructure::{passkey_challenges, passkey_users};

/// Removes all passkeys of an account, and whatever ceremony is under way: no registration that began
/// before can add a passkey afterwards. The account gets another handle with its next passkey.
pub fn end_all(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    passkey_challenges::delete_all(conn, user_id)?;
    passkey_users::delete(conn, user_id)
}
