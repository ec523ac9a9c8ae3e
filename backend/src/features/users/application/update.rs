//! Changes an account: address, password, role and activity, all together or not at all.

use std::time::Duration;

use diesel::pg::PgConnection;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use super::authenticate::AuthenticateError;
use super::authority::{Author, AuthorError, with_authority};
use super::change::{self, Change};
use super::queue::hash_new;
use crate::db::DbError;
use crate::features::audit::domain::Cause;
use crate::features::sessions::application::Ended;
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::features::users::infrastructure::users;
use crate::security::password::HashError;
use crate::state::AppState;

/// The requested changes; `None` leaves a value unchanged.
#[derive(Clone, Debug, Default)]
pub struct Requested {
    /// The address.
    pub email: Option<Email>,
    /// Whether the owner wants to prove the address that the account has.
    pub proves_email: bool,
    /// The password.
    pub password: Option<NewPassword>,
    /// The role.
    pub role: Option<Role>,
    /// Whether the account is active.
    pub is_active: Option<bool>,
}

impl Requested {
    /// Whether the owner must give the current password.
    pub fn is_sensitive(&self) -> bool {
        self.email.is_some() || self.password.is_some() || self.is_active == Some(false)
    }

    /// Whether it checks or hashes a password, or sends a mail.
    pub fn is_costly(&self) -> bool {
        self.is_sensitive() || self.proves_email
    }
}

/// Why an account was not changed.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// No account has this id.
    #[error("no account has this id")]
    NotFound,
    /// Another account has the address.
    #[error("an account with this address exists")]
    EmailTaken,
    /// No active administrator would remain.
    #[error("this is the last active administrator")]
    LastAdmin,
    /// The requesting session may not make it.
    #[error(transparent)]
    Author(#[from] AuthorError),
    /// The address was sent too many mails lately.
    #[error("the address was sent too many mails lately")]
    TooManyMails {
        /// How long until the next one.
        wait: Duration,
    },
    /// The current password was refused.
    #[error(transparent)]
    Authenticate(#[from] AuthenticateError),
    /// The new password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
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

/// Changes an account, and ends the sessions that must not continue after the change.
pub async fn update(
    app: &AppState,
    id: i64,
    requested: Requested,
    author: Author,
    cause: Cause,
) -> Result<User, UpdateError> {
    let new_hash = match requested.password.clone() {
        Some(new) => Some(hash_new(app, new, cause.actor_id).await?),
        None => None,
    };
    let (updater, updating, state) = (author.clone(), cause.clone(), app.clone());
    let is_sensitive = requested.is_sensitive();
    let (user, ended) = with_authority(
        app,
        id,
        &author,
        is_sensitive,
        cause,
        move |conn, user, now| {
            let change = Change {
                app: &state,
                author: &updater,
                cause: &updating,
                now,
            };
            write(conn, user, &requested, new_hash.as_deref(), change)
        },
    )
    .await?;
    for sessions in ended {
        sessions.take_effect(app);
    }
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    Ok(user)
}

/// The requested address, if the account does not have it.
fn other_email<'a>(requested: &'a Requested, user: &User) -> Option<&'a Email> {
    let email = requested.email.as_ref();
    email.filter(|email| email.as_str() != user.email)
}

/// Applies the changes that differ from the current values.
fn write(
    conn: &mut PgConnection,
    mut user: User,
    requested: &Requested,
    new_hash: Option<&str>,
    change: Change<'_>,
) -> Result<(User, Vec<Ended>), UpdateError> {
    let mut ended = Vec::new();
    let weakens_administration = requested.is_active == Some(false)
        || requested.role.is_some_and(|role| role != Role::Admin);
    if weakens_administration {
        change::require_other_administrator(conn, &user)?;
    }
    // An owner proves an address first, where mail can be sent.
    let is_proved_first =
        matches!(change.author, Author::Owner { .. }) && change.app.config.mail.is_on();
    if let Some(email) = other_email(requested, &user)
        && !is_proved_first
    {
        user = change::email(conn, &user, email, change)?;
    }
    if let Some(hash) = new_hash {
        let (changed, sessions) = change::password(conn, &user, hash, change)?;
        user = changed;
        ended.push(sessions);
    }
    // After the password, whose change ends proofs that are under way.
    if is_proved_first {
        if let Some(email) = other_email(requested, &user) {
            user = change::pending_email(conn, &user, email, change)?;
        } else if requested.proves_email
            && user.email_verified_at.is_none()
            && let Ok(email) = Email::parse(&user.email)
        {
            user = change::pending_email(conn, &user, &email, change)?;
        }
    }
    if let Some(role) = requested.role.filter(|role| *role != user.role) {
        let (changed, sessions) = change::role(conn, &user, role, change)?;
        user = changed;
        ended.push(sessions);
    }
    if let Some(is_active) = requested
        .is_active
        .filter(|is_active| *is_active != user.is_active)
    {
        let (changed, sessions) = change::activity(conn, &user, is_active, change)?;
        user = changed;
        ended.extend(sessions);
    }
    Ok((user, ended))
}
