//! The changes of an account, one per file. Each updates its columns, records its audit event and
//! ends the sessions that must not continue, all as part of a larger transaction.

mod activity;
mod email;
mod lock;
mod password;
mod pending_email;
mod role;
mod second_factor;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::authority::Author;
use super::notify::{Happened, notify};
use super::update::UpdateError;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::proofs::application::end_all;
use crate::features::proofs::domain::Purpose;
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::{Role, User};
use crate::features::users::infrastructure::users::{self, Columns};
use crate::state::App;

pub use activity::activity;
pub use email::email;
pub use lock::{Former, lock};
pub use password::{no_password, password, reset_password};
pub use pending_email::{no_pending_email, pending_email, proved_email};
pub use role::role;
pub use second_factor::{
    begin_factors_reset, cancel_factors_reset, reset_factors, second_factor_off, second_factor_on,
};

/// The proofs that end with any change of password or address. Those that undo are not among them: they
/// are what helps an owner whose account somebody else has changed.
const DIE_WITH_CREDENTIALS: [Purpose; 5] = [
    Purpose::Reset,
    Purpose::Invitation,
    Purpose::Address,
    Purpose::Enrolment,
    Purpose::GrantedEnrolment,
];

/// Who changes an account, from where and when.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The state that mails are written from.
    pub app: &'a App,
    /// Who makes the change.
    pub author: &'a Author,
    /// The cause, for the audit trail.
    pub cause: &'a Cause,
    /// The database's time.
    pub now: DateTime<Utc>,
}

impl Change<'_> {
    /// Updates columns of the account and records the audit event.
    fn write(
        self,
        conn: &mut PgConnection,
        user: &User,
        columns: Columns<'_>,
        kind: Kind,
    ) -> QueryResult<User> {
        let columns = Columns {
            updated_at: Some(self.now),
            ..columns
        };
        let user = users::update(conn, user.id, &columns)?;
        let event = Event {
            kind,
            user_id: Some(user.id),
            session_id: None,
            cause: self.cause,
            at: self.now,
        };
        audit::record(conn, &event)?;
        Ok(user)
    }

    /// Tells the owner by mail.
    fn notify(
        self,
        conn: &mut PgConnection,
        user: &User,
        happened: Happened<'_>,
    ) -> QueryResult<()> {
        notify(conn, self.app, user, happened, self.cause, self.now)
    }

    /// The sessions of the account, except the owner's requesting one.
    fn others(self, user_id: i64) -> Which {
        match self.author {
            Author::Owner { session_id, .. } => Which::Others {
                user_id,
                current: *session_id,
            },
            Author::Administrator(_) | Author::Operator | Author::Mailbox => Which::All { user_id },
        }
    }

    /// Ends the sessions that must not continue after the change.
    fn end(self, conn: &mut PgConnection, which: Which, reason: EndReason) -> QueryResult<Ended> {
        end_in(conn, which, reason, self.cause, self.now)
    }
}

/// Ensures that another active administrator remains if `user` is one, until the transaction ends.
/// Requires the lock of the account's row. Fails with [`UpdateError::LastAdmin`].
pub fn require_other_administrator(
    conn: &mut PgConnection,
    user: &User,
) -> Result<(), UpdateError> {
    if !user.is_active || user.role != Role::Admin {
        return Ok(());
    }
    users::lock_administrators(conn)?;
    if users::has_other_active_admin(conn, user.id)? {
        Ok(())
    } else {
        Err(UpdateError::LastAdmin)
    }
}
