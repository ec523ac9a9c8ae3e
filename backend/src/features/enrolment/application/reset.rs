//! Removing all factors of somebody who has lost them.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::owner::{EnrolError, Refusal};
use crate::db::{DbError, time};
use crate::features::audit::domain::Cause;
use crate::features::passkeys::application::count as count_passkeys;
use crate::features::sessions::application::{Asker, Ended};
use crate::features::users::application::{
    Author, Change, UpdateError, begin_factors_reset, cancel_factors_reset, find_for_update,
    list_due_factors_resets, reset_factors, with_authority,
};
use crate::features::users::domain::User;
use crate::state::AppState;

/// How long an owner can cancel a reset that an administrator began.
const HOLD: TimeDelta = TimeDelta::hours(24);

/// How many resets one transaction completes.
const BATCH: i64 = 20;

/// Begins to remove the factors of another account, and tells its owner, who can cancel that for 24 hours.
pub async fn start_reset(
    app: &AppState,
    id: i64,
    administrator: Asker,
    cause: Cause,
) -> Result<User, EnrolError> {
    let author = Author::Administrator(administrator);
    let (by, recorded, state) = (author.clone(), cause.clone(), app.clone());
    let work = move |conn: &mut PgConnection, user: User, now: DateTime<Utc>| {
        if user.second_factor_at.is_none() && count_passkeys(conn, user.id)? == 0 {
            return Ok(Err(Refusal::IsOff));
        }
        if user.factors_reset_at.is_some() {
            return Ok(Ok(user));
        }
        let change = Change {
            app: &state,
            author: &by,
            cause: &recorded,
            now,
        };
        let begun = begin_factors_reset(conn, &user, now + HOLD, change);
        begun.map(Ok).map_err(UpdateError::from)
    };
    let done = with_authority(app, id, &author, false, cause, work).await?;
    app.mail_wanted.notify_one();
    app.db.catch_up().await;
    Ok(done?)
}

/// Cancels such a removal, as the owner or an administrator.
pub async fn cancel_reset(
    app: &AppState,
    id: i64,
    author: Author,
    cause: Cause,
) -> Result<(), EnrolError> {
    let (by, recorded, state) = (author.clone(), cause.clone(), app.clone());
    let work = move |conn: &mut PgConnection, user: User, now: DateTime<Utc>| {
        if user.factors_reset_at.is_none() {
            return Ok(Err(Refusal::NotFound));
        }
        let change = Change {
            app: &state,
            author: &by,
            cause: &recorded,
            now,
        };
        let cancelled = cancel_factors_reset(conn, &user, change);
        cancelled.map(|_| Ok(())).map_err(UpdateError::from)
    };
    let done = with_authority(app, id, &author, false, cause, work).await?;
    app.db.catch_up().await;
    Ok(done?)
}

/// Removes the factors of an account at once, on the word of whoever runs the service.
pub async fn reset_factors_at_once(
    app: &AppState,
    id: i64,
    cause: Cause,
) -> Result<(), UpdateError> {
    let state = app.clone();
    let ended = app.db.transaction(move |conn| {
        let now = time::now(conn, &state.clock)?;
        let user = find_for_update(conn, id)?.ok_or(UpdateError::NotFound)?;
        let change = Change {
            app: &state,
            author: &Author::Operator,
            cause: &cause,
            now,
        };
        reset_factors(conn, &user, change).map_err(UpdateError::from)
    });
    ended.await?.take_effect(app);
    app.db.catch_up().await;
    Ok(())
}

/// Completes the removals whose 24 hours are over, and returns how many.
pub async fn complete_due_resets(app: &AppState) -> Result<usize, DbError> {
    let mut total = 0;
    loop {
        let state = app.clone();
        let ended = app.db.transaction(move |conn| {
            let now = time::now(conn, &state.clock)?;
            complete(conn, &state, now).map_err(DbError::from)
        });
        let ended: Vec<Ended> = ended.await?;
        if ended.is_empty() {
            return Ok(total);
        }
        total += ended.len();
        for sessions in ended {
            sessions.take_effect(app);
        }
        app.mail_wanted.notify_one();
    }
}

fn complete(
    conn: &mut PgConnection,
    app: &AppState,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Ended>> {
    let due = list_due_factors_resets(conn, now, BATCH)?;
    let change = Change {
        app,
        author: &Author::Operator,
        cause: &Cause::default(),
        now,
    };
    due.iter()
        .map(|user| reset_factors(conn, user, change))
        .collect()
}
