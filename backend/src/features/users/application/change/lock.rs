//! A lock by the owner, who returns by mail.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::{Change, DIE_WITH_CREDENTIALS, end_all};
use crate::features::audit::domain::Kind;
use crate::features::factors::application::restore;
use crate::features::sessions::application::{Ended, Which};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users::Columns;

/// What an account had before the change that its owner undoes.
#[derive(Clone, Copy, Debug)]
pub struct Former<'a> {
    /// The address.
    pub address: &'a str,
    /// Until when it had the factors to restore.
    pub at: DateTime<Utc>,
}

/// Gives the account the address and the factors that it had, ends all its sessions and locks it
/// until a reset, which asks for its second factor again.
pub fn lock(
    conn: &mut PgConnection,
    user: &User,
    former: Former<'_>,
    change: Change<'_>,
) -> QueryResult<Ended> {
    let Former { address, at } = former;
    let had_second_factor = restore(conn, user.id, user.second_factor_at, at, change.now)?;
    let second_factor_at = match (had_second_factor, user.second_factor_at) {
        (false, _) => None,
        (true, since) => since.filter(|since| *since < at).or(Some(change.now)),
    };
    let columns = Columns {
        second_factor_at: Some(second_factor_at),
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
