//! Whether somebody may make a sensitive change to an account: the one place that decides how recently
//! and how strongly they must have proved who they are.

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

/// On whose word an account is changed.
#[derive(Clone, Debug)]
pub enum Author {
    /// Its owner's.
    Owner {
        /// The password as typed; sensitive changes need it.
        password: Option<Attempt>,
        /// The session that asks; it outlives the change.
        session_id: Uuid,
        /// The mark of the device that asks.
        mark: Mark,
    },
    /// An administrator's.
    Administrator(Asker),
    /// Of whoever may use the command line.
    Operator,
    /// Of whoever reads the account's mail.
    Mailbox,
}

impl Author {
    /// Returns the session that asks to change the account `id`.
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

/// Runs `work` in a transaction with the account, whose row is locked, and the database's time, if its
/// author may: for a sensitive change an owner gives the current password.
///
/// The session that asks must be alive in the transaction, too. The request may have waited for its turn
/// while somebody ended it: an administrator who sends many at once would undo the own deactivation.
///
/// # Errors
///
/// [`UpdateError`], and those of `work`, which roll the transaction back.
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
