//! Handing a mail to the queue.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;

use crate::features::mail::domain::Outgoing;
use crate::features::mail::infrastructure::outbox::{self, Queued};
use crate::security::random;
use crate::state::App;

/// Queues a mail, within the transaction of its cause: it is sent if that commits, and only then.
/// Does nothing while no mail can be sent. `now` is the database's time.
pub fn post(
    conn: &mut PgConnection,
    app: &App,
    outgoing: &Outgoing,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    if !app.config.mail.is_on() {
        return Ok(());
    }
    let id = random::uuid();
    let letter = serde_json::to_vec(&outgoing.letter)
        .map_err(|error| DieselError::SerializationError(error.into()))?;
    let queued = Queued {
        id,
        recipient: &outgoing.recipient,
        locale: outgoing.locale.as_str(),
        kind: outgoing.letter.kind(),
        sealed: &app.sealer.seal(&outbox::place(id), &letter),
        is_decoy: outgoing.is_decoy,
        proof_id: outgoing.proof.map(|(id, _)| id),
        proof_mail: outgoing.proof.map(|(_, mail)| mail),
        created_at: now,
        expires_at: outgoing.expires_at,
        due_at: now,
    };
    outbox::insert(conn, &queued)
}
