//! Ending sessions: their refresh tokens at once, their access tokens within a second.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use crate::db::DbError;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::sessions::domain::EndReason;
use crate::features::sessions::infrastructure::sessions::{self, Which};
use crate::state::{App, AppState};

/// Sessions ended in a transaction, to be told to this instance once that has committed.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "access tokens stay alive on this instance until the announcement comes around"]
pub struct Ended(Vec<Uuid>);

impl Ended {
    /// Turns the sessions' access tokens away from now on.
    pub fn take_effect(self, app: &App, now: DateTime<Utc>) -> usize {
        for id in &self.0 {
            app.revocations.insert(*id, app.jwt.end_of_access(now));
        }
        self.0.len()
    }
}

/// Ends sessions within a transaction that has its own cause to.
///
/// # Errors
///
/// When the database fails.
pub fn end_in(
    conn: &mut PgConnection,
    which: Which,
    reason: EndReason,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Ended> {
    let ended = sessions::update_ended(conn, which, reason, now)?;
    let (user_id, session_id) = match which {
        Which::One { id, user_id } => (user_id, Some(id)),
        Which::All { user_id } | Which::Others { user_id, .. } => (user_id, None),
    };
    if !ended.is_empty() {
        let kind = match reason {
            EndReason::SignedOut => Kind::SignedOut,
            EndReason::Reused => Kind::RefreshTokenReused,
            _ => Kind::SessionsRevoked,
        };
        let user_id = Some(user_id);
        audit::record(
            conn,
            &Event {
                kind,
                user_id,
                session_id,
                cause,
                at: now,
            },
        )?;
    }
    Ok(Ended(ended))
}

/// Ends sessions and tells how many.
///
/// # Errors
///
/// [`DbError`].
pub async fn end(
    app: &AppState,
    which: Which,
    reason: EndReason,
    cause: Cause,
) -> Result<usize, DbError> {
    let now = app.clock.now();
    let ended = app
        .db
        .transaction(move |conn| end_in(conn, which, reason, &cause, now).map_err(DbError::from))
        .await?;
    Ok(ended.take_effect(app, now))
}
