//! Signs out with any token of a session.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::db::DbError;
use crate::features::audit::domain::Cause;
use crate::features::sessions::application::{Which, end};
use crate::features::sessions::domain::EndReason;
use crate::security::jwt::TokenError;
use crate::state::{App, AppState};

/// A token that identifies the session to end.
#[derive(Clone, Copy, Debug)]
pub enum Token<'a> {
    /// A refresh token of any generation, even if expired.
    Refresh(&'a str),
    /// An access token, even if expired.
    Access(&'a str),
}

/// Lists the session and user of each token with a valid signature.
pub fn sessions_named<'a>(
    app: &App,
    tokens: impl Iterator<Item = Token<'a>>,
) -> BTreeSet<(Uuid, i64)> {
    tokens.filter_map(|token| read(app, token).ok()).collect()
}

/// Ends these sessions; those that have already ended do not change.
pub async fn sign_out(
    app: &AppState,
    named: BTreeSet<(Uuid, i64)>,
    cause: Cause,
) -> Result<(), DbError> {
    for (id, user_id) in named {
        let cause = Cause {
            actor_id: Some(user_id),
            ..cause.clone()
        };
        let which = Which::One {
            id,
            user_id,
            current: None,
        };
        end(app, which, EndReason::SignedOut, cause).await?;
    }
    Ok(())
}

fn read(app: &App, token: Token<'_>) -> Result<(Uuid, i64), TokenError> {
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
