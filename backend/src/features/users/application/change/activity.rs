//! Deactivation and reactivation.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::Change;
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::{self, Columns};

/// Deactivates the account and ends all its sessions, or reactivates it.
pub fn activity(
    conn: &mut PgConnection,
    user: &User,
    is_active: bool,
    change: Change<'_>,
    ended: &mut Vec<Ended>,
) -> QueryResult<User> {
    let columns = Columns {
        is_active: Some(is_active),
        ..Columns::at(change.now)
    };
    let user = users::update(conn, user.id, &columns)?;
    if is_active {
        change.record(conn, Kind::Reactivated, &user)?;
        return Ok(user);
    }
    change.record(conn, Kind::Deactivated, &user)?;
    let which = Which::All { user_id: user.id };
    let reason = EndReason::Deactivated;
    ended.push(end_in(conn, which, reason, change.cause, change.now)?);
    Ok(user)
}
