//! Queries on `sessions`.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Text, Timestamptz};
use uuid::Uuid;

use crate::db::schema::sessions::dsl;
use crate::features::sessions::domain::{ClientType, Device, EndReason, Session};
use crate::security::sightings::Sighting;

/// The channel on which ended sessions are announced to every instance.
pub const CHANNEL: &str = "latchkey_sessions_ended";

/// How many ids fit into one announcement: PostgreSQL takes payloads below 8,000 bytes.
const IDS_PER_ANNOUNCEMENT: usize = 200;

/// How many of an account's sessions are listed: nobody has so many devices, and an account that was
/// signed in to by a program must not cost the memory of its list.
const MOST_LISTED: i64 = 100;

/// Which sessions to end.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// This one of this user.
    One {
        /// The session.
        id: Uuid,
        /// Its owner; nobody else's session is touched.
        user_id: i64,
    },
    /// All of this user.
    All {
        /// The user.
        user_id: i64,
    },
    /// All of this user but one.
    Others {
        /// The user.
        user_id: i64,
        /// The session that stays.
        current: Uuid,
    },
}

/// What a new session starts with.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// A fresh random id.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: i64,
    /// How its tokens travel.
    pub client_type: ClientType,
    /// What a person will recognise it by.
    pub device: Device,
    /// When it signs in.
    pub now: DateTime<Utc>,
    /// When it ends unless it is refreshed before.
    pub expires_at: DateTime<Utc>,
}

/// Adds a session at generation 1.
///
/// # Errors
///
/// When the database fails.
pub fn insert(conn: &mut PgConnection, new: &NewSession) -> QueryResult<Session> {
    diesel::insert_into(dsl::sessions)
        .values((
            dsl::id.eq(new.id),
            dsl::user_id.eq(new.user_id),
            dsl::client_type.eq(new.client_type),
            dsl::device_name.eq(&new.device.name),
            dsl::user_agent.eq(&new.device.user_agent),
            dsl::ip.eq(new.device.ip),
            dsl::created_at.eq(new.now),
            dsl::last_seen_at.eq(new.now),
            dsl::expires_at.eq(new.expires_at),
            dsl::generation.eq(1),
            dsl::rotated_at.eq(new.now),
            dsl::is_confirmed.eq(false),
        ))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// Lists a user's live sessions, newest first.
///
/// # Errors
///
/// When the database fails.
pub fn list(
    conn: &mut PgConnection,
    user_id: i64,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Session>> {
    dsl::sessions
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now))
        .select(Session::as_select())
        .order((dsl::created_at.desc(), dsl::id))
        .limit(MOST_LISTED)
        .load(conn)
}

/// Lists the sessions that were ended after `since`, and when.
///
/// # Errors
///
/// When the database fails.
pub fn list_ended(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
) -> QueryResult<Vec<(Uuid, Option<DateTime<Utc>>)>> {
    dsl::sessions
        .filter(dsl::revoked_at.gt(since))
        .select((dsl::id, dsl::revoked_at))
        .load(conn)
}

/// Confirms generations whose tokens have been seen, and notes when.
///
/// # Errors
///
/// When the database fails.
pub fn update_seen(conn: &mut PgConnection, seen: &[Sighting]) -> QueryResult<()> {
    let ids: Vec<Uuid> = seen.iter().map(|one| one.session_id).collect();
    let generations: Vec<i32> = seen.iter().map(|one| one.generation).collect();
    let times: Vec<DateTime<Utc>> = seen.iter().map(|one| one.at).collect();
    // Locked in one order, so that the batches of two instances cannot wait for each other.
    diesel::sql_query(
        "WITH seen AS (
             SELECT * FROM unnest($1, $2, $3) AS seen(id, generation, at)
         ), locked AS (
             SELECT id FROM sessions WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE
         )
         UPDATE sessions
         SET is_confirmed = is_confirmed OR sessions.generation = seen.generation,
             last_seen_at = GREATEST(last_seen_at, seen.at)
         FROM seen JOIN locked USING (id)
         WHERE sessions.id = seen.id AND revoked_at IS NULL",
    )
    .bind::<Array<diesel::sql_types::Uuid>, _>(ids)
    .bind::<Array<Integer>, _>(generations)
    .bind::<Array<Timestamptz>, _>(times)
    .execute(conn)
    .map(drop)
}

/// Deletes sessions that ended before `before`, at most `limit` of them, and tells how many.
///
/// # Errors
///
/// When the database fails.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<Uuid> = dsl::sessions
        .filter(dsl::revoked_at.lt(before).or(dsl::expires_at.lt(before)))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::sessions.filter(dsl::id.eq_any(old))).execute(conn)
}

/// Ends sessions that are not ended yet, announces them, and returns their ids.
///
/// # Errors
///
/// When the database fails.
pub fn update_ended(
    conn: &mut PgConnection,
    which: Which,
    reason: EndReason,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Uuid>> {
    let change = (
        dsl::revoked_at.eq(Some(now)),
        dsl::revoked_reason.eq(Some(reason.as_str())),
    );
    let (user_id, ids) = match which {
        Which::One { id, user_id } => (user_id, vec![id]),
        Which::All { user_id } => (user_id, lock_live(conn, user_id)?),
        Which::Others { user_id, current } => {
            let mut others = lock_live(conn, user_id)?;
            others.retain(|id| *id != current);
            (user_id, others)
        }
    };
    let wanted = dsl::user_id.eq(user_id).and(dsl::id.eq_any(ids));
    let ended = diesel::update(dsl::sessions.filter(wanted.and(dsl::revoked_at.is_null())))
        .set(change)
        .returning(dsl::id)
        .get_results(conn)?;
    announce(conn, &ended)?;
    Ok(ended)
}

/// Locks an account's sessions in the order in which [`update_seen`] does, so that neither can wait
/// for the other in a circle.
fn lock_live(conn: &mut PgConnection, user_id: i64) -> QueryResult<Vec<Uuid>> {
    dsl::sessions
        .filter(dsl::user_id.eq(user_id).and(dsl::revoked_at.is_null()))
        .order(dsl::id)
        .select(dsl::id)
        .for_no_key_update()
        .load(conn)
}

fn announce(conn: &mut PgConnection, ended: &[Uuid]) -> QueryResult<()> {
    for ids in ended.chunks(IDS_PER_ANNOUNCEMENT) {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        diesel::select(
            sql::<diesel::sql_types::Bool>("pg_notify(")
                .bind::<Text, _>(CHANNEL)
                .sql(", ")
                .bind::<Text, _>(ids.join(","))
                .sql(") IS NULL"),
        )
        .execute(conn)?;
    }
    Ok(())
}
