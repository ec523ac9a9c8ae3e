//! Refreshes a session: the newest token gets the next generation, a token whose response was lost
//! gets the same pair again, and any other token ends the session.

use chrono::{DateTime, TimeDelta};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use crate::clock::Clock;
use crate::db::DbError;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::auth::application::Grant;
use crate::features::auth::infrastructure::rotation::{self, Found, Presented};
use crate::features::sessions::application::{Ended, Which, end_in};
use crate::features::sessions::domain::{
    EndReason, Footprint, Presentation, Repeat, Ruling, Session, family,
};
use crate::security::jwt::{RefreshClaims, TokenError};
use crate::state::AppState;

/// Why a refresh failed. Every error but the last ends the client's session.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// It is not a refresh token of this service, or its session was deleted.
    #[error("not a refresh token of a known session")]
    Invalid,
    /// The token or its session has expired.
    #[error("the refresh token has expired")]
    Expired,
    /// The session has ended.
    #[error("the session has ended")]
    Revoked,
    /// Its successor was already in use, so the session was ended.
    #[error("the refresh token was used before")]
    Reused,
    /// The database failed.
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

/// Refreshes the session of a refresh token; `token` is what reading it gave.
pub async fn refresh(
    app: &AppState,
    token: Result<RefreshClaims, TokenError>,
    cause: Cause,
) -> Result<Grant, RefreshError> {
    let answered = answer(app, token, cause).await;
    app.metrics.refreshes.count(outcome(&answered));
    answered.map(|(grant, _)| grant)
}

/// The outcome of a refresh, for the metrics.
fn outcome(answered: &Result<(Grant, Ruling), RefreshError>) -> &'static str {
    match answered {
        Ok((_, Ruling::Advance)) => "advanced",
        Ok((_, Ruling::Repeat(Repeat::Raced))) => "raced",
        Ok((_, Ruling::Repeat(Repeat::Lost))) => "lost",
        Ok((_, Ruling::Resume)) => "resumed",
        Ok((_, Ruling::Reused)) | Err(RefreshError::Reused) => "reused",
        Err(RefreshError::Invalid) => "invalid",
        Err(RefreshError::Expired) => "expired",
        Err(RefreshError::Revoked) => "revoked",
        Err(RefreshError::Database(DbError::Overloaded | DbError::Contended(_))) => "overloaded",
        Err(RefreshError::Database(_)) => "failed",
    }
}

async fn answer(
    app: &AppState,
    token: Result<RefreshClaims, TokenError>,
    cause: Cause,
) -> Result<(Grant, Ruling), RefreshError> {
    let claims = token?;
    let tokens = &app.config.tokens;
    let presented = Presented {
        session_id: claims.sid,
        generation: claims.generation,
        expires_at: DateTime::from_timestamp(claims.exp, 0).ok_or(RefreshError::Invalid)?,
        footprint: Footprint::of_family(app.families.find(&cause.user_agent, family), cause.ip),
        moved: app.clock.moved(),
        access_ttl: tokens.access_ttl,
        ttl: tokens.refresh_ttl,
        max_age: tokens.session_max_age,
    };
    let newest = presented.clone();
    let advanced = app
        .db
        .run(move |conn| rotation::advance(conn, &newest).map_err(DbError::from))
        .await?;
    if let Some((session, user)) = advanced {
        let now = session.generation().rotated_at;
        let grant = Grant::new(app, user, &session, now);
        return Ok((grant, Ruling::Advance));
    }
    answer_older(app, presented, cause).await
}

/// What the transaction decided about a token that is not its session's newest.
enum Decision {
    Answered(Box<Found>, Ruling),
    Reused(Ended),
}

async fn answer_older(
    app: &AppState,
    presented: Presented,
    cause: Cause,
) -> Result<(Grant, Ruling), RefreshError> {
    let (grace, clock) = (app.config.tokens.refresh_grace, app.clock.clone());
    let decision = app
        .db
        .transaction(move |conn| decide(conn, &presented, grace, &clock, &cause))
        .await?;
    match decision {
        Decision::Answered(found, ruling) => {
            let grant = Grant::new(app, found.user, &found.session, found.now);
            Ok((grant, ruling))
        }
        Decision::Reused(ended) => {
            ended.take_effect(app);
            Err(RefreshError::Reused)
        }
    }
}

fn decide(
    conn: &mut PgConnection,
    presented: &Presented,
    grace: TimeDelta,
    clock: &Clock,
    cause: &Cause,
) -> Result<Decision, RefreshError> {
    // Reads without a lock first: after a race hundreds may ask at once, and only a change of the
    // session needs the lock.
    let found = live(
        rotation::find(conn, presented.session_id, clock)?,
        presented,
    )?;
    if judge(&found, presented, grace) == Ruling::Repeat(Repeat::Raced) {
        let ruling = Ruling::Repeat(Repeat::Raced);
        return Ok(Decision::Answered(Box::new(found), ruling));
    }
    let found = rotation::find_for_update(conn, presented.session_id, clock)?;
    let mut found = live(found, presented)?;
    let event = |kind| Event {
        kind,
        user_id: Some(found.user.id),
        session_id: Some(presented.session_id),
        cause,
        at: found.now,
    };
    let ruling = judge(&found, presented, grace);
    match ruling {
        Ruling::Repeat(Repeat::Raced) => {}
        Ruling::Repeat(Repeat::Lost) => {
            audit::record(conn, &event(Kind::RefreshedAfterLoss))?;
            found.session = extend_access(conn, &found, presented)?;
        }
        Ruling::Resume => {
            audit::record(conn, &event(Kind::RefreshedAfterRestore))?;
            found.session = rotation::resume(conn, presented, &found)?;
        }
        Ruling::Advance => {
            let advanced = rotation::advance(conn, presented)?;
            (found.session, found.user) = advanced.ok_or(RefreshError::Invalid)?;
            found.now = found.session.generation().rotated_at;
        }
        Ruling::Reused => {
            let which = Which::One {
                id: presented.session_id,
                user_id: found.user.id,
                current: None,
            };
            let ended = end_in(conn, which, EndReason::Reused, cause, found.now)?;
            return Ok(Decision::Reused(ended));
        }
    }
    Ok(Decision::Answered(Box::new(found), ruling))
}

fn judge(found: &Found, presented: &Presented, grace: TimeDelta) -> Ruling {
    let maker = found.maker.as_ref();
    let presentation = Presentation {
        number: presented.generation,
        at: found.now,
        is_foreign: maker.is_some_and(|maker| presented.footprint.is_foreign_to(maker)),
    };
    found.session.generation().judge(presentation, grace)
}

/// Extends the newest generation's access token, if it has expired because its response was lost
/// long ago.
fn extend_access(
    conn: &mut PgConnection,
    found: &Found,
    presented: &Presented,
) -> QueryResult<Session> {
    let until = (found.now + presented.access_ttl).min(found.session.expires_at);
    let until = until.max(found.session.access_until);
    rotation::extend_access(conn, found.session.id, until)
}

/// Refuses an expired token, and a session that does not exist, has ended, has expired or belongs
/// to a deactivated account.
fn live(found: Option<Found>, presented: &Presented) -> Result<Found, RefreshError> {
    let found = found.ok_or(RefreshError::Invalid)?;
    if presented.expires_at <= found.now {
        return Err(RefreshError::Expired);
    }
    if found.has_ended || !found.user.is_active {
        return Err(RefreshError::Revoked);
    }
    // A row that is older than the token has an outdated expiry.
    let is_old = presented.generation > found.session.generation().number;
    if found.session.expires_at <= found.now && !is_old {
        return Err(RefreshError::Expired);
    }
    Ok(found)
}
