//! Changing an account: address, password, role, and whether it is active.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use uuid::Uuid;

use super::authenticate::{self, AuthenticateError, Authenticated};
use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::domain::Mark;
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::EndReason;
use crate::features::users::domain::{Attempt, Email, NewPassword, Role, User};
use crate::features::users::infrastructure::sign_in_failures;
use crate::features::users::infrastructure::users::{self, Change};
use crate::security::password::HashError;
use crate::state::AppState;

/// What to change; `None` leaves it as it is.
#[derive(Clone, Debug, Default)]
pub struct Requested {
    /// The address.
    pub email: Option<Email>,
    /// The password.
    pub password: Option<NewPassword>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the account can be signed in to.
    pub is_active: Option<bool>,
}

impl Requested {
    /// Tells whether the owner must give the current password for this.
    pub fn needs_password(&self) -> bool {
        self.email.is_some() || self.password.is_some() || self.is_active == Some(false)
    }
}

/// On whose word an account is changed.
#[derive(Clone, Debug)]
pub enum Updater {
    /// Its owner's, who has given the password and stays signed in with this session.
    Owner {
        /// The password as typed; needed to change address or password, and to deactivate.
        password: Option<Attempt>,
        /// The session that asks.
        session_id: Uuid,
        /// The mark of the device that asks.
        mark: Mark,
    },
    /// An administrator's.
    Administrator,
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// There is no such account.
    #[error("there is no such account")]
    NotFound,
    /// Another account has the address.
    #[error("an account with this address exists")]
    EmailTaken,
    /// Nobody could administer the accounts any more.
    #[error("this is the last active administrator")]
    LastAdmin,
    /// The owner must give the current password for this.
    #[error("the current password is needed")]
    PasswordNeeded,
    /// The current password was not accepted.
    #[error(transparent)]
    Authenticate(#[from] AuthenticateError),
    /// The new password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for UpdateError {
    fn from(error: DieselError) -> Self {
        match error {
            DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, ref about)
                if about.constraint_name() == Some(users::EMAIL_IS_UNIQUE) =>
            {
                Self::EmailTaken
            }
            other => Self::Database(other.into()),
        }
    }
}

/// Changes an account, and ends the sessions that must not outlive the change.
///
/// # Errors
///
/// [`UpdateError`].
pub async fn update(
    app: &AppState,
    id: i64,
    requested: Requested,
    updater: Updater,
    cause: Cause,
) -> Result<User, UpdateError> {
    let owner = verify_owner(app, id, &requested, &updater, &cause).await?;
    let password_hash = match requested.password.clone() {
        Some(new) => Some(app.passwords.enter()?.hash(new.into_secret()).await?),
        None => None,
    };
    let (admitted, updating) = (owner.clone(), cause.clone());
    let clock = app.clock.clone();
    let turn = app.turns.take(id).await.map_err(DbError::from)?;
    let written = app.db.transaction(move |conn| {
        let _held = &turn;
        let now = time::now(conn, &clock)?;
        if let Some(person) = &admitted {
            sign_in_failures::lock(conn, person.budget())?;
        }
        let before = lock(conn, id, &requested)?;
        if let Some(person) = &admitted {
            authenticate::admit_locked(conn, person, now)?;
        }
        let hash = password_hash.as_deref();
        write(conn, before, &requested, hash, &updater, &updating, now)
    });
    let (user, ended) = match (written.await, owner) {
        (Err(UpdateError::Authenticate(error)), Some(person)) => {
            return Err(authenticate::count_if_refused(app, error, person, cause)
                .await
                .into());
        }
        (written, _) => written?,
    };
    for sessions in ended {
        sessions.take_effect(app);
    }
    Ok(user)
}

/// Checks the owner's password where the change asks for it.
async fn verify_owner(
    app: &AppState,
    id: i64,
    requested: &Requested,
    updater: &Updater,
    cause: &Cause,
) -> Result<Option<Authenticated>, UpdateError> {
    let Updater::Owner { password, mark, .. } = updater else {
        return Ok(None);
    };
    if !requested.needs_password() {
        return Ok(None);
    }
    let password = password.clone().ok_or(UpdateError::PasswordNeeded)?;
    let user = app.db.read(move |conn| users::find(conn, id)).await?;
    let user = user.ok_or(UpdateError::NotFound)?;
    let email = Email::parse(&user.email).map_err(|_| UpdateError::NotFound)?;
    let person = authenticate::authenticate(app, &email, password, mark, cause).await?;
    Ok(Some(person))
}

/// Locks what the change depends on, always in the same order: the account, then the right to make
/// administrators fewer, which only an administrator's account needs.
fn lock(conn: &mut PgConnection, id: i64, requested: &Requested) -> Result<User, UpdateError> {
    let before = users::find_for_update(conn, id)?.ok_or(UpdateError::NotFound)?;
    let is_active_admin = before.is_active && before.role == Role::Admin;
    let is_weakening = requested.is_active == Some(false) || requested.role == Some(Role::User);
    if is_active_admin && is_weakening {
        users::lock_administrators(conn)?;
        if !users::has_other_active_admin(conn, id)? {
            return Err(UpdateError::LastAdmin);
        }
    }
    Ok(before)
}

fn write(
    conn: &mut PgConnection,
    before: User,
    requested: &Requested,
    password_hash: Option<&str>,
    updater: &Updater,
    cause: &Cause,
    now: DateTime<Utc>,
) -> Result<(User, Vec<Ended>), UpdateError> {
    let id = before.id;
    let change = Change {
        email: requested.email.as_ref().map(Email::as_str),
        password_hash,
        role: requested.role,
        is_active: requested.is_active,
        updated_at: Some(now),
    };
    let changes = changes(&before, requested);
    if changes.is_empty() {
        return Ok((before, Vec::new()));
    }
    let user = users::update(conn, id, &change)?;
    let mut ended = Vec::new();
    for kind in changes {
        let event = Event {
            kind,
            user_id: Some(id),
            session_id: None,
            cause,
            at: now,
        };
        audit::record(conn, &event)?;
        if let Some((which, reason)) = consequence(kind, id, updater) {
            ended.push(end_in(conn, which, reason, cause, now)?);
        }
    }
    Ok((user, ended))
}

/// What really changes, as the audit trail calls it.
fn changes(before: &User, requested: &Requested) -> Vec<Kind> {
    let is_other_email = |email: &Email| email.as_str() != before.email;
    let mut kinds = Vec::new();
    if requested.email.as_ref().is_some_and(is_other_email) {
        kinds.push(Kind::EmailChanged);
    }
    if requested.password.is_some() {
        kinds.push(Kind::PasswordChanged);
    }
    if requested.role.is_some_and(|role| role != before.role) {
        kinds.push(Kind::RoleChanged);
    }
    match requested.is_active {
        Some(false) if before.is_active => kinds.push(Kind::Deactivated),
        Some(true) if !before.is_active => kinds.push(Kind::Reactivated),
        _ => {}
    }
    kinds
}

/// Which sessions must not outlive a change.
fn consequence(kind: Kind, user_id: i64, updater: &Updater) -> Option<(Which, EndReason)> {
    let all = Which::All { user_id };
    match (kind, updater) {
        (Kind::PasswordChanged, Updater::Owner { session_id, .. }) => {
            let current = *session_id;
            let others = Which::Others { user_id, current };
            Some((others, EndReason::PasswordChanged))
        }
        (Kind::PasswordChanged, Updater::Administrator) => Some((all, EndReason::PasswordChanged)),
        (Kind::RoleChanged, _) => Some((all, EndReason::RoleChanged)),
        (Kind::Deactivated, _) => Some((all, EndReason::Deactivated)),
        _ => None,
    }
}
