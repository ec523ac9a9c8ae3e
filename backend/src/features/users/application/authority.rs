//! Decides whether a caller may change an account: the only place that decides how recently and how
//! strongly they must have authenticated.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use uuid::Uuid;

use super::update::UpdateError;
use super::with_password::{Claim, Claimant, with_password};
use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::devices::domain::Mark;
use crate::features::sessions::application::{Asker, is_alive};
use crate::features::users::domain::{Attempt, Email, User};
use crate::features::users::infrastructure::users;
use crate::state::AppState;

/// Who changes an account.
#[derive(Clone, Debug)]
pub enum Author {
    /// The owner.
    Owner {
        /// The password as typed; required for sensitive changes.
        password: Option<Attempt>,
        /// The requesting session, which continues after the change.
        session_id: Uuid,
        /// The mark of the requesting device.
        mark: Mark,
    },
    /// An administrator.
    Administrator(Asker),
    /// A user of the command line.
    Operator,
    /// Of whoever reads the account's mail.
    Mailbox,
}

impl Author {
    /// The session that requests the change of account `id`, if any.
    fn asker(&self, id: i64) -> Option<Asker> {
        match self {
            Self::Owner { session_id, .. } => Some(Asker {
                user_id: id,
                session_id: *session_id,
            }),
            Self::Administrator(asker) => Some(*asker),
            Self::Operator | Self::Mailbox => None,
        }
    }
}

/// Runs `work` in a transaction with the locked account and the database's time, if the author may
/// make the change. For a sensitive change, an owner must give the current password.
///
/// The requesting session must still be alive in the transaction, because it may have ended while
/// the request waited. Otherwise an administrator who sends many requests at once could undo their
/// own deactivation. Errors of `work` roll the transaction back.
pub async fn with_authority<T: Send + 'static>(
    app: &AppState,
    id: i64,
    author: &Author,
    is_sensitive: bool,
    cause: Cause,
    mut work: impl FnMut(&mut PgConnection, User, DateTime<Utc>) -> Result<T, UpdateError>
    + Send
    + 'static,
) -> Result<T, UpdateError> {
    let asker = author.asker(id);
    let mut work = move |conn: &mut PgConnection, user, now| {
        if let Some(asker) = asker
            && !is_alive(conn, asker)?
        {
            return Err(UpdateError::AuthorSignedOut);
        }
        work(conn, user, now)
    };
    if is_sensitive && let Author::Owner { password, mark, .. } = author {
        let password = password.clone().ok_or(UpdateError::PasswordNeeded)?;
        let claim = Claim {
            email: find_email(app, id).await?,
            password,
            mark: mark.clone(),
            claimant: Claimant::Owner,
        };
        return with_password(app, claim, cause, work).await;
    }
    let clock = app.clock.clone();
    let turn = app.turns.take(id).await.map_err(DbError::from)?;
    app.db
        .transaction(move |conn| {
            let _held = &turn;
            let now = time::now(conn, &clock)?;
            let user = users::find_for_update(conn, id)?.ok_or(UpdateError::NotFound)?;
            work(conn, user, now)
        })
        .await
}

async fn find_email(app: &AppState, id: i64) -> Result<Email, UpdateError> {
    let user = app.db.read(move |conn| users::find(conn, id)).await?;
    let user = user.ok_or(UpdateError::NotFound)?;
    Email::parse(&user.email).map_err(|_| UpdateError::NotFound)
}
