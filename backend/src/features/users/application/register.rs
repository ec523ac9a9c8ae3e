//! Creates an account.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use super::queue::hash_new;
use crate::db::{DbError, patience, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::features::users::infrastructure::users::{self, Created};
use crate::features::users::infrastructure::{id_timelines, reserved_addresses};
use crate::security::password::HashError;
use crate::state::AppState;

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another account, possibly a deactivated one, has the address.
    #[error("an account with this address exists")]
    EmailTaken,
    /// The password could not be hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for RegisterError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// Creates an account.
pub async fn register(
    app: &AppState,
    email: Email,
    password: NewPassword,
    role: Role,
    cause: Cause,
) -> Result<User, RegisterError> {
    let hash = hash_new(app, password, cause.actor_id).await?;
    let turn = app.turns.take(email.as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let clock = app.clock.clone();
    let user = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            let now = time::now(conn, &clock)?;
            // The lock belongs to another registration of the address, or to a change of the
            // account that has it.
            patience::wait_briefly(conn)?;
            let created = Created {
                email: email.as_str(),
                password_hash: Some(&hash),
                role,
                locale: None,
                is_proved: false,
                is_invited: false,
            };
            create(conn, created, &cause, now)
        })
        .await?;
    app.db.catch_up().await;
    Ok(user)
}

/// Adds an account and records that, within a transaction. The unique constraint decides whether the
/// address is free, then whether it is kept for somebody who can still return to it: that is looked at
/// after the row is there, so that whoever leaves the address meanwhile is seen.
pub(super) fn create(
    conn: &mut PgConnection,
    created: Created<'_>,
    cause: &Cause,
    now: DateTime<Utc>,
) -> Result<User, RegisterError> {
    id_timelines::leave_gap(conn)?;
    let user = users::insert(conn, created, now)?.ok_or(RegisterError::EmailTaken)?;
    if reserved_addresses::is_reserved(conn, created.email, None, now)? {
        return Err(RegisterError::EmailTaken);
    }
    let event = Event {
        kind: Kind::Registered,
        user_id: Some(user.id),
        session_id: None,
        cause,
        at: now,
    };
    audit::record(conn, &event)?;
    Ok(user)
}
