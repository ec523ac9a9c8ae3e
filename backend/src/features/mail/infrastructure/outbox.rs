//! Queries on `mail_outbox`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Bool, Text};
use uuid::Uuid;

use crate::db::schema::mail_outbox::{self, dsl};
use crate::features::mail::domain::Letter;

/// How many rows one statement finishes.
const BATCH: i64 = 100;

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

/// A mail that this instance is to send until its lease ends.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = mail_outbox)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Claimed {
    pub id: Uuid,
    pub recipient: String,
    pub locale: String,
    pub kind: String,
    pub sealed: Option<Vec<u8>>,
    pub proof_id: Option<Uuid>,
    pub proof_mail: Option<i16>,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub attempts: i16,
}

/// Tells whether a mail is due.
pub fn has_due(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<bool> {
    let due = dsl::mail_outbox
        .filter(dsl::sent_at.is_null().and(dsl::failed_at.is_null()))
        .filter(dsl::due_at.le(now));
    diesel::select(diesel::dsl::exists(due)).get_result(conn)
}

/// Deletes mails that only stood for others.
pub fn delete_decoys(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<usize> {
    let decoys: Vec<Uuid> = dsl::mail_outbox
        .filter(dsl::sent_at.is_null().and(dsl::failed_at.is_null()))
        .filter(dsl::due_at.le(now).and(dsl::is_decoy))
        .select(dsl::id)
        .limit(BATCH)
        .for_update()
        .skip_locked()
        .load(conn)?;
    diesel::delete(dsl::mail_outbox.filter(dsl::id.eq_any(decoys))).execute(conn)
}

/// Gives up due mails that are of no use any more, and returns their kinds.
pub fn drop_expired(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<Vec<String>> {
    let expired: Vec<Uuid> = dsl::mail_outbox
        .filter(dsl::sent_at.is_null().and(dsl::failed_at.is_null()))
        .filter(dsl::due_at.le(now).and(dsl::expires_at.le(now)))
        .select(dsl::id)
        .limit(BATCH)
        .for_update()
        .skip_locked()
        .load(conn)?;
    diesel::update(dsl::mail_outbox.filter(dsl::id.eq_any(expired)))
        .set((
            dsl::failed_at.eq(now),
            dsl::failure.eq("expired"),
            dsl::sealed.eq(None::<Vec<u8>>),
        ))
        .returning(dsl::kind)
        .get_results(conn)
}

/// Lets one instance at a time claim mails, until the transaction ends.
pub fn lock(conn: &mut PgConnection) -> QueryResult<()> {
    // "mail out" in ASCII.
    const LOCK: i64 = 0x6d61_696c_206f_7574;
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(LOCK)
        .execute(conn)
        .map(drop)
}

/// Counts the mails sent in the last hour and those that instances are sending now.
pub fn count_recent(conn: &mut PgConnection, now: DateTime<Utc>) -> QueryResult<i64> {
    let sent: i64 = dsl::mail_outbox
        .filter(dsl::sent_at.gt(now - TimeDelta::hours(1)))
        .count()
        .get_result(conn)?;
    let sending: i64 = dsl::mail_outbox
        .filter(dsl::sent_at.is_null().and(dsl::failed_at.is_null()))
        .filter(dsl::due_at.gt(now).and(dsl::attempts.gt(0)))
        // Those that wait after a failure keep it until they are claimed again.
        .filter(dsl::failure.is_null())
        .count()
        .get_result(conn)?;
    Ok(sent + sending)
}

/// Claims the mail that has been due for the longest, of those that go to anybody or of the others;
/// nobody else sends it before `until`.
pub fn claim(
    conn: &mut PgConnection,
    is_to_anybody: bool,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> QueryResult<Option<Claimed>> {
    let due: Option<Uuid> = dsl::mail_outbox
        .filter(dsl::sent_at.is_null().and(dsl::failed_at.is_null()))
        .filter(dsl::due_at.le(now).and(dsl::expires_at.gt(now)))
        .filter(diesel::dsl::not(dsl::is_decoy))
        .filter(
            sql::<Bool>("(kind = ANY(")
                .bind::<Array<Text>, _>(Letter::TO_ANYBODY.as_slice())
                .sql(")) = ")
                .bind::<Bool, _>(is_to_anybody),
        )
        .order((dsl::due_at, dsl::id))
        .select(dsl::id)
        .for_update()
        .skip_locked()
        .first(conn)
        .optional()?;
    let Some(id) = due else {
        return Ok(None);
    };
    diesel::update(dsl::mail_outbox.find(id))
        .set((
            dsl::attempts.eq(dsl::attempts + 1),
            dsl::due_at.eq(until),
            dsl::failure.eq(None::<String>),
        ))
        .returning(Claimed::as_returning())
        .get_result(conn)
        .map(Some)
}

/// Counts the mails that a recipient was sent after a time.
pub fn count_sent_to(
    conn: &mut PgConnection,
    recipient: &str,
    after: DateTime<Utc>,
) -> QueryResult<i64> {
    dsl::mail_outbox
        .filter(dsl::sent_at.gt(after).and(dsl::recipient.eq(recipient)))
        .count()
        .get_result(conn)
}

/// Notes that the mail server took a mail, and wipes what it says. Returns whether this is news.
pub fn update_sent(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<bool> {
    diesel::update(dsl::mail_outbox.find(id).filter(dsl::sent_at.is_null()))
        .set((
            dsl::sent_at.eq(now),
            dsl::failed_at.eq(None::<DateTime<Utc>>),
            dsl::failure.eq(None::<String>),
            dsl::sealed.eq(None::<Vec<u8>>),
        ))
        .execute(conn)
        .map(|count| count > 0)
}

/// Gives a mail up and wipes what it says, unless another instance has claimed it meanwhile.
pub fn update_failed(
    conn: &mut PgConnection,
    mail: &Claimed,
    failure: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(ours(mail))
        .set((
            dsl::failed_at.eq(now),
            dsl::failure.eq(failure),
            dsl::sealed.eq(None::<Vec<u8>>),
        ))
        .execute(conn)
        .map(drop)
}

/// Lets a mail wait until it is tried again, unless another instance has claimed it meanwhile.
pub fn update_waiting(
    conn: &mut PgConnection,
    mail: &Claimed,
    failure: &str,
    due_at: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(ours(mail))
        .set((dsl::due_at.eq(due_at), dsl::failure.eq(failure)))
        .execute(conn)
        .map(drop)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn ours<'a>(mail: &'a Claimed) -> _ {
    let id: Uuid = mail.id;
    let attempts: i16 = mail.attempts;
    dsl::mail_outbox
        .filter(dsl::id.eq(id))
        .filter(dsl::attempts.eq(attempts))
        .filter(dsl::sent_at.is_null())
        .filter(dsl::failed_at.is_null())
}

/// How the queue stands.
#[derive(Clone, Copy, Debug)]
pub struct Standing {
    /// How many mails wait.
    pub waiting: i64,
    /// When the oldest of them was written.
    pub oldest: Option<DateTime<Utc>>,
    /// Since when the first of them is due.
    pub first_due: Option<DateTime<Utc>>,
    /// When a mail was last sent.
    pub last_sent: Option<DateTime<Utc>>,
}

/// Tells how the queue stands.
pub fn standing(conn: &mut PgConnection) -> QueryResult<Standing> {
    use diesel::dsl::{count_star, max, min};
    let (waiting, oldest, first_due) = dsl::mail_outbox
        .filter(dsl::sent_at.is_null().and(dsl::failed_at.is_null()))
        .filter(diesel::dsl::not(dsl::is_decoy))
        .select((count_star(), min(dsl::created_at), min(dsl::due_at)))
        .first(conn)?;
    let last_sent = dsl::mail_outbox
        .select(max(dsl::sent_at))
        .filter(dsl::sent_at.is_not_null())
        .first(conn)?;
    Ok(Standing {
        waiting,
        oldest,
        first_due,
        last_sent,
    })
}

/// Deletes mails that were queued before a time and are finished, at most `limit` of them, and tells how
/// many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::mail_outbox
        .filter(dsl::created_at.lt(before))
        .filter(dsl::sent_at.is_not_null().or(dsl::failed_at.is_not_null()))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::mail_outbox.filter(dsl::id.eq_any(old))).execute(conn)
}

/// Lists what is sealed in mails that are still to be sent, from an id on.
pub fn list_sealed(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<(Uuid, Vec<u8>)>> {
    dsl::mail_outbox
        .filter(dsl::sealed.is_not_null().and(dsl::id.gt(after)))
        .order(dsl::id)
        .select((dsl::id, dsl::sealed.assume_not_null()))
        .limit(limit)
        .load(conn)
}

/// Replaces what is sealed, unless that was sent or replaced meanwhile.
pub fn update_sealed(
    conn: &mut PgConnection,
    id: Uuid,
    former: &[u8],
    sealed: &[u8],
) -> QueryResult<usize> {
    diesel::update(dsl::mail_outbox.find(id).filter(dsl::sealed.eq(former)))
        .set(dsl::sealed.eq(sealed))
        .execute(conn)
}
