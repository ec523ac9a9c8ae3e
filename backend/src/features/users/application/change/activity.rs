//! Deactivates and reactivates accounts.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Change, DIE_WITH_CREDENTIALS, Happened, end_all};
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::Columns;

/// Deactivates the account and ends all its sessions, or reactivates it.
pub fn activity(
    conn: &mut PgConnection,
    user: &User,
    is_active: bool,
    change: Change<'_>,
) -> QueryResult<(User, Option<Ended>)> {
    let columns = Columns {
        is_active: Some(is_active),
        ..Columns::default()
    };
    if is_active {
        let user = change.write(conn, user, columns, Kind::Reactivated)?;
        return Ok((user, None));
    }
    let columns = columns.without_pending_email();
    let user = change.write(conn, user, columns, Kind::Deactivated)?;
    end_all(conn, user.id, &DIE_WITH_CREDENTIALS, change.now)?;
    change.notify(conn, &user, Happened::Deactivated)?;
    let which = Which::All { user_id: user.id };
    let ended = change.end(conn, which, EndReason::Deactivated)?;
    Ok((user, Some(ended)))
}
