//! Another address.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::Change;
use crate::features::audit::domain::Kind;
use crate::features::users::domain::{Email, User};
use crate::features::users::infrastructure::users::Columns;

/// Changes the address; the unique constraint decides whether it is free.
///
/// # Errors
///
/// When the database fails, a taken address among it.
pub fn email(
    conn: &mut PgConnection,
    user: &User,
    email: &Email,
    change: Change<'_>,
) -> QueryResult<User> {
    let columns = Columns {
        email: Some(email.as_str()),
        ..Columns::default()
    };
    change.write(conn, user, columns, Kind::EmailChanged)
}
