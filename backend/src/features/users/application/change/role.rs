//! Changes the role of an account.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::Change;
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::{Role, User};
use crate::features::users::infrastructure::users::Columns;

/// Changes the role and ends all sessions, because their access tokens contain the role.
pub fn role(
    conn: &mut PgConnection,
    user: &User,
    role: Role,
    change: Change<'_>,
) -> QueryResult<(User, Ended)> {
    let columns = Columns {
        role: Some(role),
        ..Columns::default()
    };
    let user = change.write(conn, user, columns, Kind::RoleChanged)?;
    let which = Which::All { user_id: user.id };
    let ended = change.end(conn, which, EndReason::RoleChanged)?;
    Ok((user, ended))
}
