//! Signing out with any token of a session.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::db::DbError;
use crate::features::audit::domain::Cause;
use crate::features::sessions::application::{Which, end};
use crate::features::sessions::domain::EndReason;
use crate::security::jwt::TokenError;
use crate::state::AppState;

/// A token that says which session to end.
#[derive(Clone, Copy, Debug)]
pub enum Token<'a> {
    /// Of any generation, its time may be over.
    Refresh(&'a str),
    /// Its time may be over.
    Access(&'a str),
}

/// Ends the session of each token that is one of ours; does nothing when there is none.
///
/// # Errors
///
/// [`DbError`].
pub async fn sign_out(app: &AppState, tokens: &[Token<'_>], cause: Cause) -> Result<(), DbError> {
    let named: BTreeSet<_> = tokens
        .iter()
        .filter_map(|token| read(app, *token).ok())
        .collect();
    for (id, user_id) in named {
        let cause = Cause {
            actor_id: Some(user_id),
            ..cause.clone()
        };
        let which = Which::One { id, user_id };
        end(app, which, EndReason::SignedOut, cause).await?;
    }
    Ok(())
}

fn read(app: &AppState, token: Token<'_>) -> Result<(Uuid, i64), TokenError> {
    let (session_id, user) = match token {
        Token::Refresh(text) => {
            let claims = app.jwt.read_refresh(text, app.clock.now())?;
            (claims.sid, claims.sub)
        }
        Token::Access(text) => {
            let claims = app.jwt.read_access_even_expired(text)?;
            (claims.sid, claims.sub)
        }
    };
    let user_id = user.parse().map_err(|_| TokenError::Invalid)?;
    Ok((session_id, user_id))
}
