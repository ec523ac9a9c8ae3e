//! Queries on `totp_secrets`.

use chrono::{DateTime, Utc};
use diesel::dsl::{IsNotNull, IsNull, exists};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::totp_secrets::{self, dsl};

/// A secret as it is kept.
#[derive(Clone, Queryable, Selectable)]
#[diesel(table_name = totp_secrets, check_for_backend(diesel::pg::Pg))]
pub struct Kept {
    /// Names what it is sealed for.
    pub id: Uuid,
    /// The secret.
    pub sealed: Vec<u8>,
    /// When it was confirmed.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// When one of its codes was used last.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// Confirmed, and not removed.
fn in_use() -> diesel::dsl::And<IsNotNull<dsl::confirmed_at>, IsNull<dsl::removed_at>> {
    dsl::confirmed_at
        .is_not_null()
        .and(dsl::removed_at.is_null())
}

/// Finds the secret that an account uses.
pub fn find(conn: &mut PgConnection, user_id: i64) -> QueryResult<Option<Kept>> {
    dsl::totp_secrets
        .filter(dsl::user_id.eq(user_id).and(in_use()))
        .select(Kept::as_select())
        .first(conn)
        .optional()
}

/// Tells whether an account uses one.
pub fn has(conn: &mut PgConnection, user_id: i64) -> QueryResult<bool> {
    let wanted = dsl::totp_secrets.filter(dsl::user_id.eq(user_id).and(in_use()));
    diesel::select(exists(wanted)).get_result(conn)
}

/// Finds the secret that an account is setting up, unless it was begun before `since`.
pub fn find_pending(
    conn: &mut PgConnection,
    user_id: i64,
    since: DateTime<Utc>,
) -> QueryResult<Option<Kept>> {
    dsl::totp_secrets
        .filter(dsl::user_id.eq(user_id).and(dsl::confirmed_at.is_null()))
        .filter(dsl::removed_at.is_null().and(dsl::created_at.gt(since)))
        .select(Kept::as_select())
        .first(conn)
        .optional()
}

/// Begins to set one up, instead of the one that the account was setting up.
pub fn insert_pending(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: i64,
    sealed: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    delete_pending(conn, user_id)?;
    diesel::insert_into(dsl::totp_secrets)
        .values((
            dsl::id.eq(id),
            dsl::user_id.eq(user_id),
            dsl::sealed.eq(sealed),
            dsl::last_step.eq(0),
            dsl::created_at.eq(now),
        ))
        .execute(conn)
        .map(drop)
}

/// Uses the secret that was being set up from now on; its first code was that of `step`.
pub fn confirm(
    conn: &mut PgConnection,
    id: Uuid,
    step: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let pending = dsl::totp_secrets
        .find(id)
        .filter(dsl::confirmed_at.is_null());
    diesel::update(pending)
        .set((
            dsl::confirmed_at.eq(now),
            dsl::last_step.eq(step),
            dsl::last_used_at.eq(now),
        ))
        .execute(conn)
        .map(|count| count == 1)
}

/// Consumes the code of a step, and tells whether it and no later one had been used: one statement, of
/// which only one can succeed (CVE-2026-82470).
pub fn consume(
    conn: &mut PgConnection,
    id: Uuid,
    step: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let unused = dsl::totp_secrets
        .find(id)
        .filter(in_use())
        .filter(dsl::last_step.lt(step));
    diesel::update(unused)
        .set((dsl::last_step.eq(step), dsl::last_used_at.eq(now)))
        .execute(conn)
        .map(|count| count == 1)
}

/// Removes what an account uses, and tells whether it used one.
pub fn remove(conn: &mut PgConnection, user_id: i64, now: DateTime<Utc>) -> QueryResult<bool> {
    let used = dsl::totp_secrets.filter(dsl::user_id.eq(user_id).and(in_use()));
    diesel::update(used)
        .set(dsl::removed_at.eq(now))
        .execute(conn)
        .map(|count| count > 0)
}

/// Deletes what an account was setting up.
pub fn delete_pending(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    let pending =
        dsl::totp_secrets.filter(dsl::user_id.eq(user_id).and(dsl::confirmed_at.is_null()));
    diesel::delete(pending).execute(conn).map(drop)
}

/// Brings an account's secret back to what it was at `at`: removes one that was confirmed since, restores
/// one that was removed since. Tells whether there is one now.
pub fn restore(
    conn: &mut PgConnection,
    user_id: i64,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let newer = dsl::totp_secrets
        .filter(dsl::user_id.eq(user_id).and(in_use()))
        .filter(dsl::confirmed_at.ge(at));
    diesel::update(newer)
        .set(dsl::removed_at.eq(now))
        .execute(conn)?;
    delete_pending(conn, user_id)?;
    if has(conn, user_id)? {
        return Ok(true);
    }
    let former: Option<Uuid> = dsl::totp_secrets
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::confirmed_at.lt(at).and(dsl::removed_at.ge(at)))
        .order(dsl::confirmed_at.desc())
        .select(dsl::id)
        .first(conn)
        .optional()?;
    let Some(id) = former else {
        return Ok(false);
    };
    diesel::update(dsl::totp_secrets.find(id))
        .set(dsl::removed_at.eq(None::<DateTime<Utc>>))
        .execute(conn)?;
    Ok(true)
}

/// Deletes everything that was ever kept of an account's apps.
pub fn delete_all(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    diesel::delete(dsl::totp_secrets.filter(dsl::user_id.eq(user_id)))
        .execute(conn)
        .map(drop)
}

/// Deletes secrets that were removed before `before`, at most `limit` of them, and tells how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::totp_secrets
        .filter(dsl::removed_at.lt(before))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::totp_secrets.filter(dsl::id.eq_any(old))).execute(conn)
}

/// Lists what is sealed, at most `limit` rows after `after`.
pub fn list_sealed(
    conn: &mut PgConnection,
    after: Uuid,
    limit: i64,
) -> QueryResult<Vec<(Uuid, Vec<u8>)>> {
    dsl::totp_secrets
        .filter(dsl::id.gt(after))
        .order(dsl::id)
        .select((dsl::id, dsl::sealed))
        .limit(limit)
        .load(conn)
}

/// Replaces what is sealed, unless that changed meanwhile.
pub fn update_sealed(
    conn: &mut PgConnection,
    id: Uuid,
    old: &[u8],
    new: &[u8],
) -> QueryResult<usize> {
    let same = dsl::totp_secrets.find(id).filter(dsl::sealed.eq(old));
    diesel::update(same).set(dsl::sealed.eq(new)).execute(conn)
}
