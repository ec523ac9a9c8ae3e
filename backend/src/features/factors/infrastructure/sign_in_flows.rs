//! Queries on `sign_in_flows`.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::sign_in_flows::{self, dsl};
use crate::features::factors::domain::{Flow, Purpose};

/// A flow as it begins.
#[derive(Insertable)]
#[diesel(table_name = sign_in_flows, treat_none_as_default_value = false)]
pub struct Begun<'a> {
    pub id: Uuid,
    pub purpose: Purpose,
    pub user_id: i64,
    pub credentials_version: i32,
    pub browser: Option<Vec<u8>>,
    pub amr: &'a str,
    pub device_name: &'a str,
    pub created_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub proved_at: Option<DateTime<Utc>>,
}

/// Adds a flow.
pub fn insert(conn: &mut PgConnection, begun: &Begun<'_>) -> QueryResult<()> {
    diesel::insert_into(dsl::sign_in_flows)
        .values(begun)
        .execute(conn)
        .map(drop)
}

/// Finds a flow and locks its row until the transaction ends.
pub fn find_for_update(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<Flow>> {
    dsl::sign_in_flows
        .find(id)
        .select(Flow::as_select())
        .for_update()
        .first(conn)
        .optional()
}

/// Finds a flow.
pub fn find(conn: &mut PgConnection, id: Uuid) -> QueryResult<Option<Flow>> {
    dsl::sign_in_flows
        .find(id)
        .select(Flow::as_select())
        .first(conn)
        .optional()
}

/// Counts a wrong factor.
pub fn count_failure(conn: &mut PgConnection, id: Uuid) -> QueryResult<()> {
    diesel::update(dsl::sign_in_flows.find(id))
        .set(dsl::failures.eq(dsl::failures + 1))
        .execute(conn)
        .map(drop)
}

/// Notes that the second factor of a flow was right.
pub fn update_proved(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<()> {
    diesel::update(dsl::sign_in_flows.find(id))
        .set(dsl::proved_at.eq(now))
        .execute(conn)
        .map(drop)
}

/// Notes that the owner asks for an enrolment, which lives until `until` from now on.
pub fn update_owned(
    conn: &mut PgConnection,
    id: Uuid,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(dsl::sign_in_flows.find(id))
        .set((dsl::proved_at.eq(now), dsl::expires_at.eq(until)))
        .execute(conn)
        .map(drop)
}

/// Notes the proof of the code that was mailed for an enrolment.
pub fn update_proof(conn: &mut PgConnection, id: Uuid, proof_id: Uuid) -> QueryResult<()> {
    diesel::update(dsl::sign_in_flows.find(id))
        .set(dsl::proof_id.eq(proof_id))
        .execute(conn)
        .map(drop)
}

/// Consumes a flow, and tells whether it was there to be consumed; only one call can succeed.
pub fn consume(conn: &mut PgConnection, id: Uuid, now: DateTime<Utc>) -> QueryResult<bool> {
    let alive = dsl::sign_in_flows
        .find(id)
        .filter(dsl::consumed_at.is_null())
        .filter(dsl::expires_at.gt(now));
    diesel::update(alive)
        .set(dsl::consumed_at.eq(now))
        .execute(conn)
        .map(|count| count == 1)
}

/// Ends all flows of an account.
pub fn end_all(conn: &mut PgConnection, user_id: i64, now: DateTime<Utc>) -> QueryResult<()> {
    let alive = dsl::sign_in_flows
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::consumed_at.is_null());
    diesel::update(alive)
        .set(dsl::consumed_at.eq(now))
        .execute(conn)
        .map(drop)
}

/// Deletes flows that ended before `before`, at most `limit` of them, and tells how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::sign_in_flows
        .filter(dsl::expires_at.lt(before))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::sign_in_flows.filter(dsl::id.eq_any(old))).execute(conn)
}
