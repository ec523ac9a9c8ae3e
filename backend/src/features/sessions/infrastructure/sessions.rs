//! Queries on `sessions`.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::exists;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Timestamptz};
use uuid::Uuid;

use crate::db::schema::sessions::dsl;
use crate::db::schema::users;
use crate::features::sessions::domain::{ClientType, Device, EndReason, Footprint, Session};
use crate::features::sessions::memory::revocations::End;
use crate::features::sessions::memory::sightings::Sighting;

/// The most sessions that are listed. Nobody has more devices, and the memory of a list must stay
/// bounded for an account that a program signed in to many times.
const MAX_LISTED: i64 = 100;

/// The most sessions that are read to count the live ones.
const MAX_COUNTED: i64 = 1000;

/// The most sessions that one sign-in ends to make room.
const MAX_SURPLUS: i64 = 100;

/// The number of an account's live sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Sessions read that are alive.
    pub live: usize,
    /// Sessions read that have expired. A token newer than its row can resume one.
    pub expired: usize,
    /// Whether all sessions were read.
    pub is_complete: bool,
}

/// The columns of a new session.
#[derive(Clone, Debug)]
pub struct NewSession {
    /// A fresh random id.
    pub id: Uuid,
    /// The owner.
    pub user_id: i64,
    /// How the client carries its tokens.
    pub client_type: ClientType,
    /// What the user recognises it by.
    pub device: Device,
    /// The time of the sign-in.
    pub now: DateTime<Utc>,
    /// When it expires if it is not refreshed.
    pub expires_at: DateTime<Utc>,
    /// The `exp` of its first access token.
    pub access_until: DateTime<Utc>,
    /// The account's epoch.
    pub epoch: i32,
    /// The methods of the sign-in, by their names in RFC 8176, with blanks between.
    pub amr: String,
    /// Whether a second factor or a passkey was among them.
    pub has_second_factor: bool,
}

/// Inserts a session at generation 1.
pub fn insert(conn: &mut PgConnection, new: &NewSession) -> QueryResult<Session> {
    let maker = Footprint::new(&new.device.user_agent, Some(new.device.ip));
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
            dsl::epoch.eq(new.epoch),
            dsl::access_until.eq(new.access_until),
            dsl::expires_on.eq(new.expires_at.date_naive()),
            dsl::auth_time.eq(new.now),
            dsl::factor_at.eq(new.has_second_factor.then_some(new.now)),
            dsl::amr.eq(&new.amr),
            dsl::rotated_family.eq(maker.family),
            dsl::rotated_network.eq(maker.network),
        ))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// Notes the known device that a session is on.
pub fn update_known_device(conn: &mut PgConnection, id: Uuid, device_id: Uuid) -> QueryResult<()> {
    diesel::update(dsl::sessions.find(id))
        .set(dsl::known_device_id.eq(device_id))
        .execute(conn)
        .map(drop)
}

/// Finds the known device that a session of an account is on, or was.
pub fn find_known_device(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: i64,
) -> QueryResult<Option<Uuid>> {
    let found: Option<Option<Uuid>> = dsl::sessions
        .find(id)
        .filter(dsl::user_id.eq(user_id))
        .select(dsl::known_device_id)
        .first(conn)
        .optional()?;
    Ok(found.flatten())
}

/// Lists an account's live sessions, newest first; `moved` is how far a test has moved time.
pub fn list(conn: &mut PgConnection, user_id: i64, moved: TimeDelta) -> QueryResult<Vec<Session>> {
    let now = diesel::dsl::now.into_sql::<Timestamptz>() + moved;
    dsl::sessions
        .inner_join(users::table)
        .filter(dsl::user_id.eq(user_id))
        .filter(dsl::epoch.eq(users::session_epoch))
        .filter(dsl::revoked_at.is_null())
        .filter(dsl::expires_at.gt(now))
        .select(Session::as_select())
        .order((dsl::created_at.desc(), dsl::id))
        .limit(MAX_LISTED)
        .load(conn)
}

/// Counts an account's live sessions except `except`, among its newest thousand. The limit keeps
/// ending fast for an account that a program signed in to many times.
pub fn count_live(
    conn: &mut PgConnection,
    user_id: i64,
    epoch: i32,
    except: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Counted> {
    let newest: Vec<(Uuid, DateTime<Utc>)> = dsl::sessions
        .filter(dsl::user_id.eq(user_id).and(dsl::epoch.eq(epoch)))
        .filter(dsl::revoked_at.is_null())
        .order(dsl::created_at.desc())
        .select((dsl::id, dsl::expires_at))
        .limit(MAX_COUNTED)
        .load(conn)?;
    let others = newest.iter().filter(|(id, _)| Some(*id) != except);
    let live = others.clone().filter(|(_, expires_at)| *expires_at > now);
    let live = live.count();
    Ok(Counted {
        live,
        expired: others.count() - live,
        is_complete: i64::try_from(newest.len()).is_ok_and(|count| count < MAX_COUNTED),
    })
}

/// Whether a session of an account has not been ended, neither alone nor with all those before
/// `epoch`.
pub fn is_alive(conn: &mut PgConnection, id: Uuid, user_id: i64, epoch: i32) -> QueryResult<bool> {
    let wanted = dsl::sessions
        .find(id)
        .filter(dsl::user_id.eq(user_id).and(dsl::epoch.ge(epoch)))
        .filter(dsl::revoked_at.is_null());
    diesel::select(exists(wanted)).get_result(conn)
}

/// Lists an account's live sessions beyond the `max` most recently seen ones.
pub fn list_surplus(
    conn: &mut PgConnection,
    user_id: i64,
    epoch: i32,
    max: u32,
    now: DateTime<Utc>,
) -> QueryResult<Vec<Uuid>> {
    let mut newest: Vec<(DateTime<Utc>, Uuid)> = dsl::sessions
        .filter(dsl::user_id.eq(user_id).and(dsl::revoked_at.is_null()))
        .filter(dsl::epoch.eq(epoch).and(dsl::expires_at.gt(now)))
        .order(dsl::created_at.desc())
        .select((dsl::last_seen_at, dsl::id))
        .limit(i64::from(max) + MAX_SURPLUS)
        .load(conn)?;
    newest.sort_unstable_by(|one, other| other.cmp(one));
    let surplus = newest.into_iter().skip(max as usize);
    Ok(surplus.map(|(_, id)| id).collect())
}

/// Lists the sessions that were ended individually after `since`, and of which an access token may
/// still be valid at `now`.
pub fn list_ended(
    conn: &mut PgConnection,
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> QueryResult<Vec<End>> {
    let ended: Vec<(Uuid, Option<DateTime<Utc>>)> = dsl::sessions
        .filter(dsl::revoked_at.gt(since))
        .filter(dsl::remembered_until.gt(now))
        .select((dsl::id, dsl::remembered_until))
        .load(conn)?;
    Ok(as_ends(ended))
}

/// Lists those of the sessions that were ended individually.
pub fn list_ended_among(conn: &mut PgConnection, ids: &[Uuid]) -> QueryResult<Vec<End>> {
    let ended: Vec<(Uuid, Option<DateTime<Utc>>)> = dsl::sessions
        .filter(dsl::id.eq_any(ids))
        .filter(dsl::revoked_at.is_not_null())
        .select((dsl::id, dsl::remembered_until))
        .load(conn)?;
    Ok(as_ends(ended))
}

fn as_ends(ended: Vec<(Uuid, Option<DateTime<Utc>>)>) -> Vec<End> {
    ended
        .into_iter()
        .filter_map(|(id, until)| Some(End::Session { id, until: until? }))
        .collect()
}

/// Confirms the generations whose tokens were used, and stores when.
pub fn update_seen(conn: &mut PgConnection, seen: &[Sighting]) -> QueryResult<()> {
    let ids: Vec<Uuid> = seen.iter().map(|one| one.session_id).collect();
    let generations: Vec<i32> = seen.iter().map(|one| one.generation).collect();
    let times: Vec<DateTime<Utc>> = seen.iter().map(|one| one.at).collect();
    // Locks rows in a fixed order, so that the batches of two instances cannot deadlock.
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

/// Deletes at most `limit` sessions that ended before `before`, and returns how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let day = before.date_naive();
    // An older release leaves `expires_on` empty.
    let is_on_time = dsl::expires_on.le(day).or(dsl::expires_on.is_null());
    let has_expired = is_on_time.and(dsl::expires_at.lt(before));
    let old: Vec<Uuid> = dsl::sessions
        .filter(dsl::revoked_at.lt(before).or(has_expired))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::sessions.filter(dsl::id.eq_any(old))).execute(conn)
}

/// Ends a session of an account if it is of `epoch` or a later one. Returns the latest `exp` of its
/// access tokens if it was alive. An expired session is ended too, because a token newer than its
/// row could resume it.
pub fn update_ended(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: i64,
    epoch: i32,
    reason: EndReason,
    now: DateTime<Utc>,
) -> QueryResult<Option<DateTime<Utc>>> {
    let wanted = dsl::sessions
        .find(id)
        .filter(dsl::user_id.eq(user_id).and(dsl::epoch.ge(epoch)));
    let ended: Option<(DateTime<Utc>, DateTime<Utc>)> =
        diesel::update(wanted.filter(dsl::revoked_at.is_null()))
            .set((
                dsl::revoked_at.eq(Some(now)),
                dsl::revoked_reason.eq(Some(reason.as_str())),
                dsl::remembered_until.eq(dsl::access_until.nullable()),
            ))
            .returning((dsl::access_until, dsl::expires_at))
            .get_result(conn)
            .optional()?;
    Ok(ended
        .filter(|(_, expires_at)| *expires_at > now)
        .map(|(access_until, _)| access_until))
}

/// Moves a session to its account's new epoch.
pub fn update_epoch(conn: &mut PgConnection, id: Uuid, old: i32, new: i32) -> QueryResult<()> {
    diesel::update(dsl::sessions.find(id).filter(dsl::epoch.eq(old)))
        .set(dsl::epoch.eq(new))
        .execute(conn)
        .map(drop)
}

/// When its owner proved who they are, when by a second factor or a passkey, and all methods.
type Proved = (DateTime<Utc>, Option<DateTime<Utc>>, String);

/// When the owner of a session that has not been ended last proved who they are, and how.
pub fn find_proved_at(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: i64,
    epoch: i32,
) -> QueryResult<Option<Proved>> {
    let found: Option<Session> = dsl::sessions
        .find(id)
        .filter(dsl::user_id.eq(user_id).and(dsl::epoch.ge(epoch)))
        .filter(dsl::revoked_at.is_null())
        .select(Session::as_select())
        .first(conn)
        .optional()?;
    Ok(found.map(|session| (session.auth_time(), session.factor_at(), session.amr)))
}

/// Notes that the owner of a session proved again who they are; `amr` are all methods so far.
pub fn update_proved(
    conn: &mut PgConnection,
    id: Uuid,
    is_by_factor: bool,
    amr: &str,
    now: DateTime<Utc>,
) -> QueryResult<()> {
    diesel::update(dsl::sessions.find(id))
        .set((
            dsl::auth_time.eq(now),
            is_by_factor.then_some(dsl::factor_at.eq(now)),
            dsl::amr.eq(amr),
        ))
        .execute(conn)
        .map(drop)
}
