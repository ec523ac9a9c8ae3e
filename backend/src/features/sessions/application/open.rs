//! Opens sessions.

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

/// The session to open.
#[derive(Clone, Debug)]
pub struct Opening {
    /// A fresh random id.
    pub id: Uuid,
    /// The owner.
    pub user_id: i64,
    /// How the client carries its tokens.
    pub client_type: ClientType,
    /// What the user recognises the session by.
    pub device: Device,
    /// The methods of the sign-in, by their names in RFC 8176, with blanks between.
    pub amr: String,
    /// Whether a second factor or a passkey was among them.
    pub has_second_factor: bool,
    /// What this instance remembers of the last end of all the account's sessions: the new epoch,
    /// and the session that was kept.
    pub last_end: Option<(i32, Option<Uuid>)>,
}

/// Opens a session as part of the sign-in's transaction. If the account then has more than
/// `SESSIONS_PER_USER_MAX`, the session seen longest ago ends. `now` is the database's time. Fails
/// with `NotFound` if the account does not exist.
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
        amr: opening.amr.clone(),
        has_second_factor: opening.has_second_factor,
    };
    let session = sessions::insert(conn, &new)?;
    let mut ended = Vec::new();
    for id in sessions::list_surplus(conn, user_id, epoch, tokens.sessions_per_user_max, now)? {
        let which = Which::One {
            id,
            user_id,
            current: None,
        };
        ended.push(end_in(conn, which, EndReason::MadeRoom, cause, now)?);
    }
    Ok((session, ended))
}

/// More ends of one account than a database can plausibly lose. Any role that may connect can
/// announce an end; the limit keeps it from exhausting the account's epochs.
const MAX_LOST_EPOCHS: i32 = 1000;

/// Finds the account's epoch, and raises it if this instance remembers a higher one. That happens
/// when the database goes back in time, by a restored backup or a failover that lost writes.
/// Instances that remember the higher epoch would otherwise refuse new sessions as ended.
fn find_epoch(conn: &mut PgConnection, opening: &Opening) -> QueryResult<i32> {
    let user_id = opening.user_id;
    let epoch = epochs::find(conn, user_id)?.ok_or(diesel::NotFound)?;
    match opening.last_end {
        Some((remembered, kept))
            if (1..MAX_LOST_EPOCHS).contains(&remembered.saturating_sub(epoch)) =>
        {
            tracing::warn!(
                user_id,
                "the database lost the end of an account's sessions"
            );
            step_silently(conn, user_id, kept, epoch, remembered)?;
            Ok(remembered)
        }
        _ => Ok(epoch),
    }
}
