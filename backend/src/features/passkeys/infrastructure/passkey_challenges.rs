//! Queries on `passkey_challenges`.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;
use uuid::Uuid;

use crate::db::schema::passkey_challenges::dsl;
use crate::features::passkeys::domain::{CHALLENGE_LIFETIME, Ceremony};

/// Inserts a challenge of a ceremony.
pub fn insert(
    conn: &mut PgConnection,
    id: Uuid,
    ceremony: Ceremony,
    challenge: &[u8],
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::insert_into(dsl::passkey_challenges)
        .values((
            dsl::id.eq(id),
            dsl::purpose.eq(ceremony.purpose().as_str()),
            dsl::user_id.eq(ceremony.user_id()),
            dsl::bound_to.eq(ceremony.bound_to()),
            dsl::challenge.eq(challenge),
            dsl::created_at.eq(now),
            dsl::expires_at.eq(now + CHALLENGE_LIFETIME),
        ))
        .execute(conn)
        .map(drop)
}

/// Deletes a challenge and returns it: the one atomic step of which only one can succeed. Another
/// ceremony finds nothing, and leaves the challenge to its own.
pub fn consume(
    conn: &mut PgConnection,
    id: Uuid,
    ceremony: Ceremony,
    now: DateTime<Utc>,
) -> QueryResult<Option<Vec<u8>>> {
    let alive = dsl::passkey_challenges
        .find(id)
        .filter(dsl::purpose.eq(ceremony.purpose().as_str()))
        .filter(dsl::user_id.is_not_distinct_from(ceremony.user_id()))
        .filter(dsl::bound_to.is_not_distinct_from(ceremony.bound_to()))
        .filter(dsl::expires_at.gt(now));
    diesel::delete(alive)
        .returning(dsl::challenge)
        .get_result(conn)
        .optional()
}

/// Deletes all challenges of an account.
pub fn delete_all(conn: &mut PgConnection, user_id: i64) -> QueryResult<()> {
    diesel::delete(dsl::passkey_challenges.filter(dsl::user_id.eq(user_id)))
        .execute(conn)
        .map(drop)
}

/// Deletes at most `limit` challenges that expired before `before`, and returns how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::passkey_challenges
        .filter(dsl::expires_at.lt(before))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::passkey_challenges.filter(dsl::id.eq_any(old))).execute(conn)
}
