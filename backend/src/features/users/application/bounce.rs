//! Addresses whose mails come back.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;

use crate::db::DbError;
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::users::domain::Email;
use crate::features::users::infrastructure::users;
use crate::state::AppState;

/// Tells whether mails to an account's address have come back for good.
pub fn has_bounced(conn: &mut PgConnection, address: &str) -> QueryResult<bool> {
    users::has_bounced(conn, address)
}

/// Notes that a mail came back for good, which the account's owner and administrators then see. Does
/// nothing when no account has the address, or when its owner has proved it since.
pub async fn note_bounce(
    app: &AppState,
    address: Email,
    at: DateTime<Utc>,
    cause: Cause,
) -> Result<(), DbError> {
    app.db
        .transaction(move |conn| {
            let Some(user_id) = users::update_bounced(conn, &address, at)? else {
                return Ok(());
            };
            let event = Event {
                kind: Kind::MailBounced,
                user_id: Some(user_id),
                session_id: None,
                cause: &cause,
                at,
            };
            audit::record(conn, &event).map_err(DbError::from)
        })
        .await
}
