//! Listing an account's sessions.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::clock::Clock;
use crate::db::time;
use crate::features::sessions::domain::Session;
use crate::features::sessions::infrastructure::{epochs, sessions};

/// Lists an account's live sessions, newest first.
///
/// # Errors
///
/// When the database fails.
pub fn list(conn: &mut PgConnection, user_id: i64, clock: &Clock) -> QueryResult<Vec<Session>> {
    let Some(epoch) = epochs::find(conn, user_id)? else {
        return Ok(Vec::new());
    };
    let now = time::now(conn, clock)?;
    sessions::list_live(conn, user_id, epoch, now)
}
