//! Opening sessions.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use uuid::Uuid;

use super::end::{Ended, Which, end_in, step_silently};
use crate::config::TokenSettings;
use crate::features::audit::domain::Cause;
use crate::features::sessions::domain::{ClientType, Device, EndReason, Session};
use crate::features::sessions::infrastructure::epochs;
use crate::features::sessions::infrastructure::sessions::{self, NewSession};

/// Who begins a session, and on what.
#[derive(Clone, Debug)]
pub struct Opening {
    /// A fresh random id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: i64,
    /// How its tokens travel.
    pub client_type: ClientType,
    /// What a person will recognise it by.
    pub device: Device,
    /// What this instance remembers of the account: the epoch in which its sessions last ended all at
    /// once, and the one that was kept.
    pub last_end: Option<(i32, Option<Uuid>)>,
}

/// Begins a session within the transaction of its sign-in, and ends the one seen longest ago where the
/// account has more than `SESSIONS_PER_USER_MAX`; `now` is the database's time.
///
/// # Errors
///
/// When the database fails, or there is no such account.
pub fn open(
    conn: &mut PgConnection,
    opening: &Opening,
    tokens: &TokenSettings,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<(Session, Vec<Ended>)> {
    let user_id = opening.user_id;
    let epoch = find_epoch(conn, opening)?;
    let expires_at = Session::slide(now, now, tokens.refresh_ttl, tokens.session_max_age);
    let new = NewSession {
        id: opening.id,
        user_id,
        client_type: opening.client_type,
        device: opening.device.clone(),
        now,
        expires_at,
        access_until: expires_at.min(now + tokens.access_ttl),
        epoch,
    };
    let session = sessions::insert(conn, &new)?;
    let mut ended = Vec::new();
    for id in sessions::list_surplus(conn, user_id, epoch, tokens.sessions_per_user_max, now)? {
        let which = Which::One { id, user_id };
        ended.push(end_in(conn, which, EndReason::MadeRoom, cause, now)?);
    }
    Ok((session, ended))
}

/// More ends of one account than are lost with a database. Whoever may connect to it can announce an end,
/// and must not use up an account's epochs.
const MAX_LOST_EPOCHS: i32 = 1000;

/// Finds the account's epoch. One that is behind what this instance remembers went back with the
/// database, by a restored backup or a fail-over that lost writes. Sessions that began in it would be
/// taken for ended ones wherever that is remembered, so the account moves on to where it was.
fn find_epoch(conn: &mut PgConnection, opening: &Opening) -> QueryResult<i32> {
    let user_id = opening.user_id;
    let epoch = epochs::find(conn, user_id)?.ok_or(diesel::NotFound)?;
    match opening.last_end {
        Some((remembered, kept))
            if (1..MAX_LOST_EPOCHS).contains(&remembered.saturating_sub(epoch)) =>
        {
            tracing::warn!(
                user_id,
                "the database forgot that an account's sessions were ended"
            );
            step_silently(conn, user_id, kept, epoch, remembered)?;
            Ok(remembered)
        }
        _ => Ok(epoch),
    }
}
