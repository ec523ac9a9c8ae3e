//! Decides whether a caller may change an account: the only place that decides how recently and how
//! strongly they must have authenticated.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use super::update::UpdateError;
use super::with_password::{Claim, Claimant, with_password};
use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::devices::domain::Mark;
use crate::features::factors::application::list_own;
use crate::features::factors::domain::Factor;
use crate::features::sessions::application::{Asker, find_proved_at, is_alive};
use crate::features::users::domain::{Attempt, Credentials, Email, User};
use crate::features::users::infrastructure::users;
use crate::state::AppState;

/// Who changes an account.
#[derive(Clone, Debug)]
pub enum Author {
    /// The owner.
    Owner {
        /// The password as typed; for sensitive changes, instead of a step-up.
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

/// Why a session may not make a change.
#[derive(Debug, thiserror::Error)]
pub enum AuthorError {
    /// It has ended.
    #[error("the requesting session has ended")]
    SignedOut,
    /// Its owner must prove again who they are.
    #[error("whoever asks must prove again who they are")]
    StepUpNeeded {
        /// By one of these.
        factors: Vec<Factor>,
    },
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for AuthorError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Whether a session may do what asks its owner to have proved lately who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// They did.
    Recent,
    /// They have to do so again, by one of these.
    Stale(Vec<Factor>),
    /// The session has ended.
    Ended,
}

/// Judges a session by what the primary database knows of it; `now` is the database's time.
///
/// A sign-in counts for its first ten minutes. Where a second factor is on, only that or a passkey counts.
pub fn judge(conn: &mut PgConnection, asker: Asker, now: DateTime<Utc>) -> QueryResult<Standing> {
    let Some(proved_at) = find_proved_at(conn, asker)? else {
        return Ok(Standing::Ended);
    };
    let Some(user) = users::find(conn, asker.user_id)? else {
        return Ok(Standing::Ended);
    };
    if proved_at.is_recent(user.second_factor_at.is_some(), now) {
        return Ok(Standing::Recent);
    }
    list_factors(conn, user.id).map(Standing::Stale)
}

/// Lists what an account's owner can prove who they are by: the password only where no second factor is
/// on.
pub fn list_factors(conn: &mut PgConnection, user_id: i64) -> QueryResult<Vec<Factor>> {
    let mut factors = list_own(conn, user_id)?;
    let found = users::find_credentials(conn, user_id)?;
    let is_by_password = |found: &Credentials| {
        found.user.second_factor_at.is_none() && found.password_hash.is_some()
    };
    if found.as_ref().is_some_and(is_by_password) {
        let after_passkeys = usize::from(factors.first() == Some(&Factor::Passkey));
        factors.insert(after_passkeys, Factor::Password);
    }
    Ok(factors)
}

/// Fails unless the owner of a session proved lately who they are.
///
/// # Errors
///
/// [`AuthorError`].
pub async fn require_step_up(app: &AppState, asker: Asker) -> Result<(), AuthorError> {
    let clock = app.clock.clone();
    let standing = app.db.run(move |conn| {
        let now = time::now(conn, &clock)?;
        judge(conn, asker, now).map_err(DbError::from)
    });
    standing.await?.require()
}

/// Fails while `SECOND_FACTOR` asks administrators for a second factor and the session of this one was
/// opened without. The session's row decides, not its access token.
///
/// # Errors
///
/// [`AuthorError`].
pub async fn require_second_factor(app: &AppState, admin: Asker) -> Result<(), AuthorError> {
    if !app.config.second_factor.is_required(true) {
        return Ok(());
    }
    let standing = app.db.read(move |conn| match find_proved_at(conn, admin)? {
        None => Ok(Standing::Ended),
        Some(proved_at) if proved_at.has_factor() => Ok(Standing::Recent),
        // A password does not help here.
        Some(_) => list_own(conn, admin.user_id).map(Standing::Stale),
    });
    standing.await?.require()
}

impl Standing {
    /// Fails unless it is recent.
    pub fn require(self) -> Result<(), AuthorError> {
        match self {
            Self::Recent => Ok(()),
            Self::Stale(factors) => Err(AuthorError::StepUpNeeded { factors }),
            Self::Ended => Err(AuthorError::SignedOut),
        }
    }
}

/// Runs `work` in a transaction with the locked account and the database's time, if the author may
/// make the change.
///
/// For a sensitive change, and for any by an administrator, the requesting session must have proved
/// lately who they are. An owner without a second factor can give the current password instead.
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
    if is_sensitive
        && let Author::Owner { password, mark, .. } = author
        && let Some(password) = password
        && let owner = find(app, id).await?
        && owner.second_factor_at.is_none()
    {
        let claim = Claim {
            email: Email::parse(&owner.email).map_err(|_| UpdateError::NotFound)?,
            password: password.clone(),
            mark: mark.clone(),
            claimant: Claimant::Owner,
        };
        let work = move |conn: &mut PgConnection, user: User, now| {
            // A password alone proves nothing once a second factor is on.
            let is_by_password = user.second_factor_at.is_none();
            require_author(conn, asker, !is_by_password, now)?;
            work(conn, user, now)
        };
        return with_password(app, claim, cause, work).await;
    }
    let must_be_recent = is_sensitive || matches!(author, Author::Administrator(_));
    let clock = app.clock.clone();
    let turn = app.turns.take(id).await.map_err(DbError::from)?;
    app.db
        .transaction(move |conn| {
            let _held = &turn;
            let now = time::now(conn, &clock)?;
            let user = users::find_for_update(conn, id)?.ok_or(UpdateError::NotFound)?;
            require_author(conn, asker, must_be_recent, now)?;
            work(conn, user, now)
        })
        .await
}

fn require_author(
    conn: &mut PgConnection,
    asker: Option<Asker>,
    must_be_recent: bool,
    now: DateTime<Utc>,
) -> Result<(), AuthorError> {
    let Some(asker) = asker else {
        return Ok(());
    };
    if must_be_recent {
        return judge(conn, asker, now)?.require();
    }
    if is_alive(conn, asker)? {
        Ok(())
    } else {
        Err(AuthorError::SignedOut)
    }
}

async fn find(app: &AppState, id: i64) -> Result<User, UpdateError> {
    let user = app.db.read(move |conn| users::find(conn, id)).await?;
    user.ok_or(UpdateError::NotFound)
}
