//! Removing a passkey.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::passkeys::infrastructure::passkeys;

/// Removes a passkey of an account, and tells whether there was one. Whether it may go, as the last way to
/// sign in, is for the caller to decide in the same transaction; `now` is the database's time.
pub fn remove(
    conn: &mut PgConnection,
    user_id: i64,
    id: Uuid,
    session_id: Option<Uuid>,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    if !passkeys::remove(conn, user_id, id, now)? {
        return Ok(false);
    }
    let event = Event {
        kind: Kind::PasskeyRemoved,
        user_id: Some(user_id),
        session_id,
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    Ok(true)
}
