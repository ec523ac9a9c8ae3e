//! Another role.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::Change;
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::{Role, User};
use crate::features::users::infrastructure::users::{self, Columns};

/// Changes the role, and ends all sessions: the role stands in their access tokens.
pub fn role(
    conn: &mut PgConnection,
    user: &User,
    role: Role,
    change: Change<'_>,
    ended: &mut Vec<Ended>,
) -> QueryResult<User> {
    let columns = Columns {
        role: Some(role),
        ..Columns::at(change.now)
    };
    let user = users::update(conn, user.id, &columns)?;
    change.record(conn, Kind::RoleChanged, &user)?;
    let which = Which::All { user_id: user.id };
    let reason = EndReason::RoleChanged;
    ended.push(end_in(conn, which, reason, change.cause, change.now)?);
    Ok(user)
}
