//! Setting a password on the strength of a proof.

use diesel::result::Error as DieselError;

use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::proofs::application::{ProofError, check, consume};
use crate::features::proofs::domain::{Presented, Proof, Purpose};
use crate::features::users::application::{hash_new, reset_password};
use crate::features::users::domain::{Email, NewPassword};
use crate::security::password::HashError;
use crate::state::AppState;

/// Why no password was set.
#[derive(Debug, thiserror::Error)]
pub enum ResetError {
    /// Code or link prove nothing.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The password was not hashed.
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for ResetError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// A proof that holds, but is not consumed yet.
pub struct Checked(Proof);

impl Checked {
    /// Returns the address, for the rules of the new password.
    pub fn email(&self) -> Option<Email> {
        Email::parse(&self.0.address).ok()
    }
}

/// Checks a code or a link. A link may also be an invitation's.
pub async fn check_reset(app: &AppState, presented: Presented) -> Result<Checked, ProofError> {
    const BY_CODE: &[Purpose] = &[Purpose::Reset];
    const BY_LINK: &[Purpose] = &[Purpose::Reset, Purpose::Invitation];
    let purposes = match presented {
        Presented::Link(_) => BY_LINK,
        _ => BY_CODE,
    };
    check(app, purposes, presented).await.map(Checked)
}

/// Consumes the proof and sets the password. All sessions of the account end; nobody is signed in.
pub async fn reset(
    app: &AppState,
    Checked(proof): Checked,
    password: NewPassword,
    cause: Cause,
) -> Result<(), ResetError> {
    let user_id = proof.user_id.ok_or(ProofError::Invalid)?;
    let hash = hash_new(app, password, Some(user_id)).await?;
    let turn = app.turns.take(user_id).await.map_err(DbError::from)?;
    let state = app.clone();
    let ended = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            let now = time::now(conn, &state.clock)?;
            reset_password(conn, &state, user_id, &hash, &cause, now, |conn| {
                consume(conn, proof.id, now)
            })
            .map_err(ResetError::from)
        })
        .await?;
    ended.ok_or(ProofError::Invalid)?.take_effect(app);
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    Ok(())
}
