//! Another password.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Author, Change};
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::{self, Columns};

/// Replaces the password's hash, and ends all sessions but the one in which its owner asked.
pub fn password(
    conn: &mut PgConnection,
    user: &User,
    hash: &str,
    change: Change<'_>,
    ended: &mut Vec<Ended>,
) -> QueryResult<User> {
    let columns = Columns {
        password_hash: Some(hash),
        ..Columns::at(change.now)
    };
    let user = users::update(conn, user.id, &columns)?;
    change.record(conn, Kind::PasswordChanged, &user)?;
    let user_id = user.id;
    let which = match change.author {
        Author::Owner { session_id, .. } => Which::Others {
            user_id,
            current: *session_id,
        },
        Author::Administrator(_) | Author::Operator => Which::All { user_id },
    };
    let reason = EndReason::PasswordChanged;
    ended.push(end_in(conn, which, reason, change.cause, change.now)?);
    Ok(user)
}
