//! A lock by the owner, who returns by mail.

use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Change, DIE_WITH_CREDENTIALS, end_all};
use crate::features::audit::domain::Kind;
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::Columns;

/// Gives the account an address that it had, ends all its sessions and locks it until a reset.
pub fn lock(
    conn: &mut PgConnection,
    user: &User,
    address: &str,
    change: Change<'_>,
) -> QueryResult<Ended> {
    let columns = Columns {
        email: (address != user.email).then_some(address),
        email_bounced_at: (address != user.email).then_some(None),
        locked_at: Some(Some(change.now)),
        ..Columns::default().without_pending_email()
    };
    let user = change.write(conn, user, columns, Kind::ChangeUndone)?;
    end_all(conn, user.id, &DIE_WITH_CREDENTIALS, change.now)?;
    change.end(
        conn,
        Which::All { user_id: user.id },
        EndReason::ChangeUndone,
    )
}
