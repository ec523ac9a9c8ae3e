//! Queries on `mail_outbox`.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::mail_outbox;

/// A mail as it is queued.
#[derive(Insertable)]
#[diesel(table_name = mail_outbox, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Queued<'a> {
    pub id: Uuid,
    pub recipient: &'a str,
    pub locale: &'a str,
    pub kind: &'a str,
    pub sealed: &'a [u8],
    pub is_decoy: bool,
    pub proof_id: Option<Uuid>,
    pub proof_mail: Option<i16>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
}

/// Names the place that a mail's letter is sealed for.
pub fn place(id: Uuid) -> String {
    format!("mail_outbox {id}")
}

/// Adds a mail.
pub fn insert(conn: &mut PgConnection, queued: &Queued<'_>) -> QueryResult<()> {
    diesel::insert_into(mail_outbox::table)
        .values(queued)
        .execute(conn)
        .map(drop)
}
