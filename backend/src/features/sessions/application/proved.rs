//! How recently the owner of a session proved who they are.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use super::Asker;
use crate::features::sessions::infrastructure::{epochs, sessions};

/// How long after proving who they are somebody may make sensitive changes.
const RECENT: TimeDelta = TimeDelta::minutes(10);

/// When the owner of a session last proved who they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvedAt {
    any: DateTime<Utc>,
    factor: Option<DateTime<Utc>>,
    /// By which methods so far, by their names in RFC 8176, with blanks between.
    pub amr: String,
}

impl ProvedAt {
    /// Whether a second factor or a passkey was ever used in the session.
    pub fn has_factor(&self) -> bool {
        self.factor.is_some()
    }

    /// Whether that is recent. Where a second factor is on, only that or a passkey counts.
    pub fn is_recent(&self, needs_factor: bool, now: DateTime<Utc>) -> bool {
        let at = if needs_factor {
            self.factor
        } else {
            Some(self.any)
        };
        at.is_some_and(|at| now < at + RECENT)
    }
}

/// Finds when the owner of a live session last proved who they are; `None` if it has ended.
pub fn find_proved_at(conn: &mut PgConnection, asker: Asker) -> QueryResult<Option<ProvedAt>> {
    let Some(epoch) = epochs::find(conn, asker.user_id)? else {
        return Ok(None);
    };
    let found = sessions::find_proved_at(conn, asker.session_id, asker.user_id, epoch)?;
    Ok(found.map(|(any, factor, amr)| ProvedAt { any, factor, amr }))
}
