//! Queries on `known_devices`.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::known_devices::dsl;

/// The most devices that are kept per account.
const MAX_KEPT: i64 = 50;

/// Whether one of these rows belongs to the account.
pub fn has(conn: &mut PgConnection, ids: &[Uuid], user_id: i64) -> QueryResult<bool> {
    let wanted = dsl::known_devices
        .filter(dsl::id.eq_any(ids))
        .filter(dsl::user_id.eq(user_id));
    diesel::select(exists(wanted)).get_result(conn)
}

/// Tells whether an account has a device besides this one.
pub fn has_other(conn: &mut PgConnection, user_id: i64, id: Uuid) -> QueryResult<bool> {
    let others = dsl::known_devices
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::id.ne(id));
    diesel::select(exists(others)).get_result(conn)
}

/// Records another sign-in on the account's row among these, and returns its id.
pub fn update_used(
    conn: &mut PgConnection,
    ids: &[Uuid],
    user_id: i64,
    session_id: Uuid,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<Uuid>> {
    let wanted = dsl::known_devices
        .filter(dsl::id.eq_any(ids))
        .filter(dsl::user_id.eq(user_id));
    diesel::update(wanted)
        .set((
            dsl::session_id.eq(session_id),
            dsl::name.eq(name),
            dsl::last_used_at.eq(now),
        ))
        .returning(dsl::id)
        .get_result(conn)
        .optional()
}

/// Inserts a device.
pub fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: i64,
    session_id: Uuid,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(dsl::known_devices)
        .values((
            dsl::id.eq(id),
            dsl::user_id.eq(user_id),
            dsl::session_id.eq(session_id),
            dsl::name.eq(name),
            dsl::created_at.eq(now),
            dsl::last_used_at.eq(now),
        ))
        .execute(conn)
        .map(drop)
}

/// Deletes all but the fifty most recently used devices of an account.
pub fn delete_surplus(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    let surplus: Vec<Uuid> = dsl::known_devices
        .filter(dsl::user_id.eq(user_id))
        .order((dsl::last_used_at.desc(), dsl::id))
        .select(dsl::id)
        .offset(MAX_KEPT)
        .load(conn)?;
    if surplus.is_empty() {
        return Ok(());
    }
    diesel::delete(dsl::known_devices.filter(dsl::id.eq_any(surplus)))
        .execute(conn)
        .map(drop)
}

/// Finds the device of an account that has this session: the latest one of each device is with the
/// device, and `known`, when there, is what the session says.
pub fn find_of_session(
    conn: &mut PgConnection,
    user_id: i64,
    session_id: Uuid,
    known: Option<Uuid>,
) -> QueryResult<Option<Uuid>> {
    let is_its = dsl::session_id.eq(session_id);
    dsl::known_devices
        .filter(dsl::user_id.eq(user_id))
        // Sessions of a release that did not note it name none.
        .filter(is_its.or(dsl::id.eq(known.unwrap_or_default())))
        .select(dsl::id)
        .first(conn)
        .optional()
}

/// Deletes a device of an account.
pub fn delete(conn: &mut PgConnection, user_id: i64, id: Uuid) -> QueryResult<()> {
    let wanted = dsl::known_devices.find(id);
    diesel::delete(wanted.filter(dsl::user_id.eq(user_id)))
        .execute(conn)
        .map(drop)
}

/// Deletes all devices of an account but `kept`.
pub fn delete_all(conn: &mut PgConnection, user_id: i64, kept: Option<Uuid>) -> QueryResult<()> {
    let all = dsl::known_devices.filter(dsl::user_id.eq(user_id));
    diesel::delete(all.filter(dsl::id.ne(kept.unwrap_or_default())))
        .execute(conn)
        .map(drop)
}

/// Deletes at most `limit` devices last used before `before`, and returns how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let is_old = dsl::last_used_at.lt(before);
    let old: Vec<Uuid> = dsl::known_devices
        .filter(is_old)
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    // Checked again, because a device may have been used meanwhile.
    diesel::delete(
        dsl::known_devices
            .filter(dsl::id.eq_any(old))
            .filter(is_old),
    )
    .execute(conn)
}
