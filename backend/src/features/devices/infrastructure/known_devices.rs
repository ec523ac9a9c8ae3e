//! Queries on `known_devices`.

use chrono::{DateTime, Utc};
use diesel::dsl::exists;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::schema::known_devices::{self, dsl};

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

/// A device that was known.
#[derive(Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = known_devices, check_for_backend(diesel::pg::Pg))]
pub struct Known {
    /// Its id.
    pub id: Uuid,
    trusted_at: Option<DateTime<Utc>>,
    trusted_until: Option<DateTime<Utc>>,
}

impl Known {
    /// Since when and until when it is trusted, if it still is.
    pub fn trust(self, now: DateTime<Utc>) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let until = self.trusted_until.filter(|until| *until > now)?;
        Some((self.trusted_at?, until))
    }
}

/// Records another sign-in on the account's row among these, and returns it.
pub fn update_used(
    conn: &mut PgConnection,
    ids: &[Uuid],
    user_id: i64,
    session_id: Uuid,
    name: &str,
    now: DateTime<Utc>,
) -> QueryResult<Option<Known>> {
    let wanted = dsl::known_devices
        .filter(dsl::id.eq_any(ids))
        .filter(dsl::user_id.eq(user_id));
    diesel::update(wanted)
        .set((
            dsl::session_id.eq(session_id),
            dsl::name.eq(name),
            dsl::last_used_at.eq(now),
        ))
        .returning(Known::as_returning())
        .get_result(conn)
        .optional()
}

/// A device that becomes known.
#[derive(Insertable)]
#[diesel(table_name = known_devices)]
#[expect(missing_docs, reason = "as in the migrations")]
pub struct New<'a> {
    pub id: Uuid,
    pub user_id: i64,
    pub session_id: Uuid,
    pub name: &'a str,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub trusted_at: Option<DateTime<Utc>>,
    pub trusted_until: Option<DateTime<Utc>>,
}

/// Inserts a device.
pub fn insert(conn: &mut PgConnection, new: &New<'_>) -> QueryResult<()> {
    diesel::insert_into(dsl::known_devices)
        .values(new)
        .execute(conn)
        .map(drop)
}

/// Tells whether one of these rows belongs to the account and is trusted.
pub fn has_trusted(
    conn: &mut PgConnection,
    ids: &[Uuid],
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let wanted = dsl::known_devices
        .filter(dsl::id.eq_any(ids))
        .filter(dsl::user_id.eq(user_id).and(dsl::trusted_until.gt(now)));
    diesel::select(exists(wanted)).get_result(conn)
}

/// A device on which no second factor is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = known_devices, check_for_backend(diesel::pg::Pg))]
pub struct TrustedDevice {
    /// To end the trust with.
    pub id: Uuid,
    /// What its user recognises it by.
    #[schema(example = "Firefox on Linux")]
    pub name: String,
    /// When its user began to trust it.
    pub trusted_at: Option<DateTime<Utc>>,
    /// When the trust ends.
    pub trusted_until: Option<DateTime<Utc>>,
    /// When somebody last signed in on it.
    pub last_used_at: DateTime<Utc>,
}

/// Lists the devices that an account trusts.
pub fn list_trusted(
    conn: &mut PgConnection,
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<Vec<TrustedDevice>> {
    dsl::known_devices
        .filter(dsl::user_id.eq(user_id).and(dsl::trusted_until.gt(now)))
        .order((dsl::last_used_at.desc(), dsl::id))
        .select(TrustedDevice::as_select())
        .load(conn)
}

/// Ends the trust in a device of an account, and tells whether there was any. It stays known.
pub fn update_untrusted(conn: &mut PgConnection, user_id: i64, id: Uuid) -> QueryResult<bool> {
    let wanted = dsl::known_devices.find(id).filter(dsl::user_id.eq(user_id));
    let trusted = wanted.filter(dsl::trusted_until.is_not_null());
    diesel::update(trusted)
        .set((
            dsl::trusted_at.eq(None::<DateTime<Utc>>),
            dsl::trusted_until.eq(None::<DateTime<Utc>>),
        ))
        .execute(conn)
        .map(|count| count == 1)
}

/// Ends the trust in all devices of an account.
pub fn update_all_untrusted(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    let trusted = dsl::known_devices
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::trusted_until.is_not_null());
    diesel::update(trusted)
        .set((
            dsl::trusted_at.eq(None::<DateTime<Utc>>),
            dsl::trusted_until.eq(None::<DateTime<Utc>>),
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
