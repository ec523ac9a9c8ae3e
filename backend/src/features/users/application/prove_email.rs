//! Proving an address within the account's own session, and withdrawing one that is not proved yet.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;

use super::authority::{Author, with_authority};
use super::change::{self, Change};
use super::update::UpdateError;
use crate::features::audit::domain::Cause;
use crate::features::proofs::application::{ProofError, check, consume};
use crate::features::proofs::domain::{Code, Link, Presented, Purpose};
use crate::features::users::domain::User;
use crate::features::users::infrastructure::users;
use crate::state::AppState;

/// Why an address was not proved.
#[derive(Debug, thiserror::Error)]
pub enum ProveError {
    /// Code or link prove nothing.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The account was not changed.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// A code or a link, one of them.
#[derive(Clone, Debug)]
pub enum Typed {
    /// A code.
    Code(Code),
    /// A link.
    Link(Link),
}

/// Gives the account the address that its owner proves to read mail at.
pub async fn prove_email(
    app: &AppState,
    id: i64,
    typed: Typed,
    author: Author,
    cause: Cause,
) -> Result<User, ProveError> {
    let presented = match typed {
        Typed::Link(link) => Presented::Link(link),
        Typed::Code(code) => {
            let user = app.db.read(move |conn| users::find(conn, id)).await;
            let user = user.map_err(UpdateError::from)?;
            let flow = user.and_then(|user| user.pending_email_flow);
            Presented::Code(flow.ok_or(ProofError::Expired)?, code)
        }
    };
    let proof = check(app, &[Purpose::Address], presented).await?;
    if proof.user_id != Some(id) {
        return Err(ProofError::Invalid.into());
    }
    let (proving, by, state) = (cause.clone(), author.clone(), app.clone());
    let work = move |conn: &mut PgConnection, user: User, now: DateTime<Utc>| {
        let change = Change {
            app: &state,
            author: &by,
            cause: &proving,
            now,
        };
        // Consumed with the account's row locked, so that whatever ends proofs came before or comes after.
        if !consume(conn, proof.id, now)? || !user.is_active {
            return Ok(None);
        }
        change::proved_email(conn, &user, &proof.address, change).map(Some)
    };
    let proved = with_authority(app, id, &author, false, cause, work).await?;
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    proved.ok_or(ProofError::Invalid.into())
}

/// Withdraws the address that the account was to have; without one it does nothing.
pub async fn cancel_pending_email(
    app: &AppState,
    id: i64,
    author: Author,
    cause: Cause,
) -> Result<(), UpdateError> {
    let (cancelling, by, state) = (cause.clone(), author.clone(), app.clone());
    let work = move |conn: &mut PgConnection, user: User, now: DateTime<Utc>| {
        let change = Change {
            app: &state,
            author: &by,
            cause: &cancelling,
            now,
        };
        if user.pending_email.is_some() {
            change::no_pending_email(conn, &user, change)?;
        }
        Ok(())
    };
    with_authority(app, id, &author, false, cause, work).await?;
    app.db.catch_up().await;
    Ok(())
}
