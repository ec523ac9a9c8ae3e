//! Creating an account.

use diesel::result::Error as DieselError;

use crate::db::{DbError, patience};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::users::domain::{Email, NewPassword, Role, User};
use crate::features::users::infrastructure::users;
use crate::security::password::HashError;
use crate::state::AppState;

/// Why an account was not created.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Another account has the address, perhaps a deactivated one.
    #[error("an account with this address exists")]
    EmailTaken,
    /// The password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database gave no answer.
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
    let hash = app.passwords.enter()?.hash(password.into_secret()).await?;
    let turn = app.turns.take(email.as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let now = app.clock.now();
    let user = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            // Another registration of the address, or a change of the account that has it.
            patience::wait_briefly(conn)?;
            let user =
                users::insert(conn, &email, &hash, role, now)?.ok_or(RegisterError::EmailTaken)?;
            audit::record(
                conn,
                &Event {
                    kind: Kind::Registered,
                    user_id: Some(user.id),
                    session_id: None,
                    cause: &cause,
                    at: now,
                },
            )?;
            Ok::<_, RegisterError>(user)
        })
        .await?;
    app.db.catch_up().await;
    Ok(user)
}
