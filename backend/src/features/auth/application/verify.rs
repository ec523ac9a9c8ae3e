//! Completing a sign-up: the account begins and is signed in.

use diesel::result::Error as DieselError;

use super::door::{Admission, Entrance, enter};
use crate::db::{DbError, patience, time};
use crate::features::audit::domain::Cause;
use crate::features::factors::domain::{Method, Methods};
use crate::features::proofs::application::{ProofError, check, consume};
use crate::features::proofs::domain::{Presented, Purpose};
use crate::features::users::application::{RegisterError, create_proved};
use crate::state::AppState;

/// Why no account began.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Code or link prove nothing.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The account was not created.
    #[error(transparent)]
    Register(#[from] RegisterError),
}

impl From<DbError> for VerifyError {
    fn from(error: DbError) -> Self {
        Self::Register(error.into())
    }
}

impl From<DieselError> for VerifyError {
    fn from(error: DieselError) -> Self {
        Self::Register(error.into())
    }
}

/// Consumes the proof of a sign-up, creates the account and opens a session, all or nothing. Closing
/// sign-up ends those that are under way.
pub async fn verify(
    app: &AppState,
    presented: Presented,
    entrance: Entrance,
    cause: Cause,
) -> Result<Admission, VerifyError> {
    if !app.config.is_signup_enabled {
        return Err(ProofError::Expired.into());
    }
    let proof = check(app, &[Purpose::SignUp], presented).await?;
    let turn = app.turns.take(proof.address.as_str()).await;
    let turn = turn.map_err(DbError::from)?;
    let state = app.clone();
    let entered = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            patience::wait_briefly(conn)?;
            let now = time::now(conn, &state.clock)?;
            if !consume(conn, proof.id, now)? {
                return Err(VerifyError::Proof(ProofError::Invalid));
            }
            let user = create_proved(conn, &proof, &cause, now)?;
            let methods = Methods::new(Method::Password).with_mailed_code();
            Ok(enter(conn, &state, user, &methods, &entrance, &cause, now)?)
        })
        .await?;
    let admission = entered.finish(app);
    app.metrics.sign_ins.count(match admission {
        Admission::SignedIn(_) => "succeeded",
        Admission::Waiting(_) => "second_factor_required",
    });
    app.db.catch_up().await;
    Ok(admission)
}
