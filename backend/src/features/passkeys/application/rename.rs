//! Renaming a passkey.

use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::features::passkeys::domain::{Name, Passkey};
use crate::features::passkeys::infrastructure::passkeys;

/// Renames a passkey of an account, and returns it; `None` if it has no such passkey.
pub fn rename(
    conn: &mut PgConnection,
    user_id: i64,
    id: Uuid,
    name: &Name,
) -> QueryResult<Option<Passkey>> {
    passkeys::update_name(conn, user_id, id, name.as_str())
}
