//! Queries on `proofs`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Timestamptz};
use uuid::Uuid;

use crate::db::schema::proofs::{self, dsl};
use crate::features::proofs::domain::{MAX_ATTEMPTS, Proof, Purpose};

/// A proof as it begins.
///
/// The statement is the same whether or not there is an account.
#[derive(Insertable)]
#[diesel(table_name = proofs, treat_none_as_default_value = false)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Begun<'a> {
    pub id: Uuid,
    pub purpose: Purpose,
    pub user_id: Option<i64>,
    pub address: &'a str,
    pub is_decoy: bool,
    pub mails: i16,
    pub code: Option<Vec<u8>>,
    pub code_until: Option<DateTime<Utc>>,
    pub link: Option<Vec<u8>>,
    pub attempts: i16,
    pub created_at: DateTime<Utc>,
    pub asked_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub password_hash: Option<&'a str>,
    pub locale: &'a str,
}

/// What another mail changes.
#[derive(AsChangeset)]
#[diesel(table_name = proofs, treat_none_as_null = true)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Renewed {
    pub mails: i16,
    pub code: Option<Vec<u8>>,
    pub code_until: Option<DateTime<Utc>>,
    pub older_code: Option<Vec<u8>>,
    pub older_code_until: Option<DateTime<Utc>>,
    pub link: Option<Vec<u8>>,
    pub older_link: Option<Vec<u8>>,
    pub attempts: i16,
    pub asked_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

/// Adds a proof.
pub fn insert(conn: &mut PgConnection, begun: &Begun<'_>) -> QueryResult<()> {
    diesel::insert_into(dsl::proofs)
        .values(begun)
        .execute(conn)
        .map(drop)
}

/// Finds a proof.
pub fn find(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<Proof>> {
    dsl::proofs
        .find(id)
        .select(Proof::as_select())
        .first(conn)
        .optional()
}

/// Finds a proof and locks its row until the transaction ends.
pub fn find_for_update(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<Proof>> {
    dsl::proofs
        .find(id)
        .select(Proof::as_select())
        .for_update()
        .first(conn)
        .optional()
}

/// Finds the proof that a link belongs to, by what may be kept of it.
pub fn find_by_link(conn: &mut PgConnection, digests: &[Vec<u8>]) -> QueryResult<Option<Proof>> {
    let is_link = dsl::link
        .eq_any(digests)
        .or(dsl::older_link.eq_any(digests));
    dsl::proofs
        .filter(is_link)
        .select(Proof::as_select())
        .first(conn)
        .optional()
}

/// Counts an attempt at a proof that is in time and has attempts left, and returns it. Committed before
/// anything is compared, so that no crash and no parallel request gets a guess for nothing. Attempts at
/// one that was used or ended count alike, so that they do not tell.
pub fn count_attempt(
    conn: &mut PgConnection,
    id: Uuid,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> QueryResult<Option<Proof>> {
    let alive = dsl::proofs
        .find(id)
        .filter(dsl::purpose.eq(purpose))
        .filter(dsl::expires_at.gt(now))
        .filter(dsl::attempts.lt(MAX_ATTEMPTS));
    diesel::update(alive)
        .set(dsl::attempts.eq(dsl::attempts + 1))
        .returning(Proof::as_returning())
        .get_result(conn)
        .optional()
}

/// Finds the proof of an account that began last, if it is alive.
pub fn find_last(
    conn: &mut PgConnection,
    user_id: i64,
    purpose: Purpose,
    now: DateTime<Utc>,
) -> QueryResult<Option<Uuid>> {
    dsl::proofs
        .filter(dsl::user_id.eq(user_id).and(dsl::purpose.eq(purpose)))
        .filter(dsl::consumed_at.is_null().and(dsl::expires_at.gt(now)))
        .order(dsl::created_at.desc())
        .select(dsl::id)
        .first(conn)
        .optional()
}

/// Gives back an attempt that was right.
pub fn give_back_attempt(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(dsl::proofs.find(id).filter(dsl::attempts.gt(0)))
        .set(dsl::attempts.eq(dsl::attempts - 1))
        .execute(conn)
        .map(drop)
}

/// Writes another mail's secrets.
pub fn update_renewed(conn: &mut PgConnection, id: Uuid, renewed: &Renewed) -> QueryResult<()> {
    diesel::update(dsl::proofs.find(id))
        .set(renewed)
        .execute(conn)
        .map(drop)
}

/// Consumes a proof, and tells whether it was there to be consumed: the one atomic step of which only
/// one can succeed.
pub fn consume(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<bool> {
    let alive = dsl::proofs
        .find(id)
        .filter(dsl::consumed_at.is_null())
        .filter(dsl::expires_at.gt(now))
        .filter(dsl::is_decoy.eq(false));
    diesel::update(alive)
        .set((
            dsl::consumed_at.eq(now),
            dsl::password_hash.eq(None::<&str>),
        ))
        .execute(conn)
        .map(|count| count == 1)
}

/// Ends an account's proofs of these purposes.
pub fn end_all(
    conn: &mut PgConnection,
    user_id: i64,
    purposes: &[Purpose],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let alive = dsl::proofs
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::purpose.eq_any(purposes))
        .filter(dsl::consumed_at.is_null());
    diesel::update(alive)
        .set(dsl::consumed_at.eq(now))
        .execute(conn)
        .map(drop)
}

/// Ends an account's proofs by which something can be undone, of those that began since `since`.
pub fn end_undo_since(
    conn: &mut PgConnection,
    user_id: i64,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let since = dsl::proofs
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::purpose.eq(Purpose::Undo))
        .filter(dsl::created_at.ge(since))
        .filter(dsl::consumed_at.is_null());
    diesel::update(since)
        .set(dsl::consumed_at.eq(now))
        .execute(conn)
        .map(drop)
}

/// Lets the code of one mail live for this long from `now`, if it does not end earlier.
pub fn update_code_until(
    conn: &mut PgConnection,
    id: Uuid,
    mail: i16,
    now: DateTime<Utc>,
    lifetime: TimeDelta,
) -> QueryResult<()> {
    let until = now + lifetime;
    let earlier = |column: &str| {
        sql::<Nullable<Timestamptz>>(&format!("LEAST({column}, "))
            .bind::<Timestamptz, _>(until)
            .sql(")")
    };
    let brief = dsl::proofs.find(id).filter(dsl::purpose.ne(Purpose::Undo));
    let newest = brief.filter(dsl::mails.eq(mail));
    let updated = diesel::update(newest)
        .set(dsl::code_until.eq(earlier("code_until")))
        .execute(conn)?;
    if updated == 0 {
        let older = brief.filter(dsl::mails.eq(mail + 1));
        diesel::update(older)
            .set(dsl::older_code_until.eq(earlier("older_code_until")))
            .execute(conn)?;
    }
    Ok(())
}

/// Deletes proofs that ended before `before`, at most `limit` of them, and tells how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::proofs
        .filter(dsl::expires_at.lt(before))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::proofs.filter(dsl::id.eq_any(old))).execute(conn)
}
