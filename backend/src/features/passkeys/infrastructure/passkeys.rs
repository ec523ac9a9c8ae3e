//! Queries on `passkeys`.

use chrono::{DateTime, Utc};
use diesel::dsl::IsNull;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::passkeys::{self, dsl};
use crate::features::passkeys::domain::{Descriptor, Passkey};

/// A passkey as it is added.
#[derive(Insertable)]
#[diesel(table_name = passkeys)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct New<'a> {
    pub id: Uuid,
    pub user_id: i64,
    pub credential_id: &'a [u8],
    pub public_key: &'a [u8],
    pub algorithm: i32,
    pub sign_count: i64,
    pub is_backup_eligible: bool,
    pub is_backed_up: bool,
    pub transports: &'a [String],
    pub aaguid: Uuid,
    pub rp_id: &'a str,
    pub name: &'a str,
    pub created_at: DateTime<Utc>,
}

/// Not removed by its owner.
fn in_use() -> IsNull<dsl::removed_at> {
    dsl::removed_at.is_null()
}

/// Inserts a passkey, unless there is one with its credential id, and returns it.
pub fn insert(conn: &mut PgConnection, new: &New<'_>) -> QueryResult<Option<Passkey>> {
    diesel::insert_into(dsl::passkeys)
        .values(new)
        .on_conflict(dsl::credential_id)
        .do_nothing()
        .returning(Passkey::as_returning())
        .get_result(conn)
        .optional()
}

/// Lists an account's passkeys, oldest first.
pub fn list(conn: &mut PgConnection, user_id: i64) -> QueryResult<Vec<Passkey>> {
    dsl::passkeys
        .filter(dsl::user_id.eq(user_id).and(in_use()))
        .order((dsl::created_at, dsl::id))
        .select(Passkey::as_select())
        .load(conn)
}

/// Lists what authenticators recognise an account's passkeys by.
pub fn list_descriptors(conn: &mut PgConnection, user_id: i64) -> QueryResult<Vec<Descriptor>> {
    dsl::passkeys
        .filter(dsl::user_id.eq(user_id).and(in_use()))
        .order((dsl::created_at, dsl::id))
        .select(Descriptor::as_select())
        .load(conn)
}

/// Counts an account's passkeys.
pub fn count(conn: &mut PgConnection, user_id: i64) -> QueryResult<i64> {
    dsl::passkeys
        .filter(dsl::user_id.eq(user_id).and(in_use()))
        .count()
        .get_result(conn)
}

/// Finds a passkey by what authenticators call it.
pub fn find_by_credential(
    conn: &mut PgConnection,
    credential_id: &[u8],
) -> QueryResult<Option<Passkey>> {
    dsl::passkeys
        .filter(dsl::credential_id.eq(credential_id).and(in_use()))
        .select(Passkey::as_select())
        .first(conn)
        .optional()
}

/// Finds a passkey of an account and locks its row until the transaction ends.
pub fn find_for_update(
    conn: &mut PgConnection,
    user_id: i64,
    id: Uuid,
) -> QueryResult<Option<Passkey>> {
    dsl::passkeys
        .find(id)
        .filter(dsl::user_id.eq(user_id).and(in_use()))
        .select(Passkey::as_select())
        .for_update()
        .first(conn)
        .optional()
}

/// Finds a domain, other than `rp_id`, that passkeys belong to.
pub fn find_other_rp_id(conn: &mut PgConnection, rp_id: &str) -> QueryResult<Option<String>> {
    dsl::passkeys
        .filter(dsl::rp_id.ne(rp_id).and(in_use()))
        .select(dsl::rp_id)
        .first(conn)
        .optional()
}

/// What a use changes.
#[derive(AsChangeset)]
#[diesel(table_name = passkeys)]
#[expect(missing_docs, reason = "as in the migration")]
pub struct Used {
    pub sign_count: i64,
    pub is_backed_up: bool,
    pub last_used_at: DateTime<Utc>,
    /// `None` changes nothing.
    pub counter_stalled_at: Option<DateTime<Utc>>,
}

/// Records a use.
pub fn update_used(conn: &mut PgConnection, id: Uuid, used: &Used) -> QueryResult<Passkey> {
    diesel::update(dsl::passkeys.find(id))
        .set(used)
        .returning(Passkey::as_returning())
        .get_result(conn)
}

/// Renames a passkey of an account, and returns it.
pub fn update_name(
    conn: &mut PgConnection,
    user_id: i64,
    id: Uuid,
    name: &str,
) -> QueryResult<Option<Passkey>> {
    let own = dsl::passkeys.find(id).filter(dsl::user_id.eq(user_id));
    diesel::update(own.filter(in_use()))
        .set(dsl::name.eq(name))
        .returning(Passkey::as_returning())
        .get_result(conn)
        .optional()
}

/// Removes a passkey of an account, and tells whether there was one.
pub fn remove(
    conn: &mut PgConnection,
    user_id: i64,
    id: Uuid,
    now: DateTime<Utc>,
) -> QueryResult<bool> {
    let own = dsl::passkeys.find(id).filter(dsl::user_id.eq(user_id));
    diesel::update(own.filter(in_use()))
        .set(dsl::removed_at.eq(now))
        .execute(conn)
        .map(|count| count == 1)
}

/// Brings the passkeys back that an account had at `at`: removes those that were added since, restores
/// those that were removed since.
pub fn restore(
    conn: &mut PgConnection,
    user_id: i64,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    let own = dsl::passkeys.filter(dsl::user_id.eq(user_id));
    let newer = own.filter(dsl::created_at.ge(at)).filter(in_use());
    diesel::update(newer)
        .set(dsl::removed_at.eq(now))
        .execute(conn)?;
    let former = own.filter(dsl::created_at.lt(at));
    diesel::update(former.filter(dsl::removed_at.ge(at)))
        .set(dsl::removed_at.eq(None::<DateTime<Utc>>))
        .execute(conn)
        .map(drop)
}

/// Deletes passkeys that were removed before `before`, at most `limit` of them, and tells how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::passkeys
        .filter(dsl::removed_at.lt(before))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::passkeys.filter(dsl::id.eq_any(old))).execute(conn)
}
