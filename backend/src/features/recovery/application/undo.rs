//! Undoing what a notice tells of.

use diesel::pg::PgConnection;

use super::reset::ResetError;
use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::proofs::application::{ProofError, check, consume, end_undo_since};
use crate::features::proofs::domain::{Code, Link, Presented, Purpose};
use crate::features::users::application::{Former, lock_account};
use crate::state::AppState;

/// Brings back the address that the notice was sent to, ends all sessions and locks the account until
/// its owner resets the password there. It reactivates nobody, and restores no password.
///
/// Notices since then go void with it: they may have gone to whoever the owner wants out.
pub async fn undo(app: &AppState, link: Link, code: Code, cause: Cause) -> Result<(), ResetError> {
    let proof = check(app, &[Purpose::Undo], Presented::Both(link, code)).await?;
    let user_id = proof.user_id.ok_or(ProofError::Invalid)?;
    let turn = app.turns.take(user_id).await.map_err(DbError::from)?;
    let state = app.clone();
    let ended = app
        .db
        .transaction(move |conn| {
            let _held = &turn;
            let now = time::now(conn, &state.clock)?;
            let former = Former {
                address: &proof.address,
                at: proof.created_at,
            };
            let consume = |conn: &mut PgConnection| {
                let is_consumed = consume(conn, proof.id, now)?;
                end_undo_since(conn, user_id, proof.created_at, now)?;
                Ok(is_consumed)
            };
            lock_account(conn, &state, user_id, former, &cause, now, consume)
                .map_err(ResetError::from)
        })
        .await?;
    ended.ok_or(ProofError::Invalid)?.take_effect(app);
    app.db.catch_up().await;
    Ok(())
}
