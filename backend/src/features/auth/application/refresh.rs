//! Refreshing: the next generation for the newest token, the same answer again for one whose
//! answer got lost, the end of the session for anything else.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use crate::db::DbError;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::auth::application::Grant;
use crate::features::auth::infrastructure::rotation::{self, Found, Presented};
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::{EndReason, Repeat, Session, Verdict};
use crate::features::users::domain::User;
use crate::security::jwt::TokenError;
use crate::state::AppState;

/// Why no tokens were given out; each but the last ends the client's session.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// It is not a refresh token of ours, or its session is gone.
    #[error("not a refresh token of a known session")]
    Invalid,
    /// Its time is over.
    #[error("the refresh token has expired")]
    Expired,
    /// The session was ended.
    #[error("the session was ended")]
    Revoked,
    /// A successor of it was in use already, so the session was ended.
    #[error("the refresh token was used before")]
    Reused,
    /// The database gave no answer.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for RefreshError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

impl From<TokenError> for RefreshError {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Expired => Self::Expired,
            TokenError::Invalid => Self::Invalid,
        }
    }
}

/// Refreshes a session.
///
/// # Errors
///
/// [`RefreshError`].
pub async fn refresh(app: &AppState, token: &str, cause: Cause) -> Result<Grant, RefreshError> {
    let now = app.clock.now();
    let claims = app.jwt.read_refresh(token, now)?;
    let presented = Presented {
        session_id: claims.sid,
        generation: claims.generation,
        now,
        ttl: app.config.tokens.refresh_ttl,
        max_age: app.config.tokens.session_max_age,
    };
    let advanced = app
        .db
        .run(move |conn| rotation::advance(conn, presented).map_err(DbError::from))
        .await?;
    let (session, user) = match advanced {
        Some(advanced) => advanced,
        None => answer_older(app, presented, cause).await?,
    };
    Ok(Grant::new(app, user, &session, now))
}

/// What a transaction decided about a token that is not its session's newest.
enum Decision {
    Repeated(Box<(Session, User)>),
    Reused(Ended),
}

async fn answer_older(
    app: &AppState,
    presented: Presented,
    cause: Cause,
) -> Result<(Session, User), RefreshError> {
    let grace = app.config.tokens.refresh_grace;
    let decision = app
        .db
        .transaction(move |conn| decide(conn, presented, grace, &cause))
        .await?;
    match decision {
        Decision::Repeated(repeated) => Ok(*repeated),
        Decision::Reused(ended) => {
            ended.take_effect(app, presented.now);
            Err(RefreshError::Reused)
        }
    }
}

fn decide(
    conn: &mut PgConnection,
    presented: Presented,
    grace: TimeDelta,
    cause: &Cause,
) -> Result<Decision, RefreshError> {
    let Presented {
        session_id,
        generation,
        now,
        ..
    } = presented;
    // Hundreds may ask at once after a race, so the lock is left for what changes the session.
    let (session, user) = live(rotation::find(conn, session_id)?, now)?;
    if let Verdict::Repeat(repeat) = session.generation().judge(generation, now, grace) {
        if repeat == Repeat::Lost {
            let event = Event {
                kind: Kind::RefreshedAfterLoss,
                user_id: Some(user.id),
                session_id: Some(session_id),
                cause,
                at: now,
            };
            audit::record(conn, &event)?;
        }
        return Ok(Decision::Repeated(Box::new((session, user))));
    }
    let (session, user) = live(rotation::find_for_update(conn, session_id)?, now)?;
    match session.generation().judge(generation, now, grace) {
        Verdict::Repeat(_) => Ok(Decision::Repeated(Box::new((session, user)))),
        Verdict::Advance => rotation::advance(conn, presented)?
            .map(|advanced| Decision::Repeated(Box::new(advanced)))
            .ok_or(RefreshError::Invalid),
        Verdict::Reused => {
            let which = Which::One {
                id: session_id,
                user_id: user.id,
            };
            let ended = end_in(conn, which, EndReason::Reused, cause, now)?;
            Ok(Decision::Reused(ended))
        }
    }
}

/// Refuses a session that is gone, ended, over, or its account's that is deactivated.
fn live(found: Option<Found>, now: DateTime<Utc>) -> Result<(Session, User), RefreshError> {
    let (session, revoked_at, user) = found.ok_or(RefreshError::Invalid)?;
    if revoked_at.is_some() || !user.is_active {
        return Err(RefreshError::Revoked);
    }
    if session.expires_at <= now {
        return Err(RefreshError::Expired);
    }
    Ok((session, user))
}
