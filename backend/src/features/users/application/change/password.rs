//! Another password.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Author, Change};
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::Columns;

/// Replaces the password's hash, and ends all sessions but the one in which its owner asked.
pub fn password(
    conn: &mut PgConnection,
    user: &User,
    hash: &str,
    change: Change<'_>,
) -> QueryResult<(User, Ended)> {
    let columns = Columns {
        password_hash: Some(hash),
        ..Columns::default()
    };
    let user = change.write(conn, user, columns, Kind::PasswordChanged)?;
    let user_id = user.id;
    let which = match change.author {
        Author::Owner { session_id, .. } => Which::Others {
            user_id,
            current: *session_id,
        },
        Author::Administrator(_) | Author::Operator => Which::All { user_id },
    };
    let ended = change.end(conn, which, EndReason::PasswordChanged)?;
    Ok((user, ended))
}
