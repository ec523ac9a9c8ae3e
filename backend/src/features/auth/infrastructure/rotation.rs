//! Moves a session to its next generation.
//!
//! This is the only place that reads the tables of two slices at once: an ordinary refresh is a
//! single statement, and its response needs both the account and the session.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::AsSelect;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::sql_types::{Inet, Integer, Interval, Nullable, Text};
use ipnet::IpNet;
use uuid::Uuid;

use crate::clock::Clock;
use crate::db::schema::{sessions, users};
use crate::db::time;
use crate::features::sessions::domain::{Footprint, Session};
use crate::features::users::domain::User;

/// A presented refresh token, and what its successor gets.
#[derive(Clone, Debug)]
pub struct Presented {
    /// The session of the token.
    pub session_id: Uuid,
    /// The generation of the token.
    pub generation: i32,
    /// Its `exp`.
    pub expires_at: DateTime<Utc>,
    /// The client that presents it.
    pub footprint: Footprint,
    /// How far a test has moved the clock; it is added to the database's time.
    pub moved: TimeDelta,
    /// `ACCESS_TOKEN_TTL_SECONDS`.
    pub access_ttl: TimeDelta,
    /// `REFRESH_TOKEN_TTL_SECONDS`.
    pub ttl: TimeDelta,
    /// `SESSION_MAX_AGE_SECONDS`.
    pub max_age: TimeDelta,
}

/// Moves the session to its next generation if the token is its newest and nothing has ended it. It
/// is one statement, so that exactly one of any number of concurrent refreshes succeeds.
pub fn advance(
    conn: &mut PgConnection,
    presented: &Presented,
) -> QueryResult<Option<(Session, User)>> {
    Advance {
        presented: presented.clone(),
        session: Session::as_returning(),
        user: User::as_returning(),
    }
    .get_result(conn)
    .optional()
}

/// Moves a locked session that is older than its token to the generation after the token's.
pub fn resume(
    conn: &mut PgConnection,
    presented: &Presented,
    found: &Found,
) -> QueryResult<Session> {
    let now = found.now;
    let session = &found.session;
    let ends = Session::slide(session.created_at, now, presented.ttl, presented.max_age);
    let access_until = ends.min(now + presented.access_ttl);
    diesel::update(sessions::table.find(session.id))
        .set((
            sessions::generation.eq(presented.generation + 1),
            sessions::is_confirmed.eq(false),
            sessions::rotated_at.eq(now),
            sessions::last_seen_at.eq(now),
            sessions::expires_at.eq(ends),
            sessions::expires_on.eq(ends.date_naive()),
            sessions::access_until.eq(access_until.max(session.access_until)),
            sessions::rotated_family.eq(&presented.footprint.family),
            sessions::rotated_network.eq(presented.footprint.network),
        ))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// Extends the access tokens of a session to `until`, without a new generation.
pub fn extend_access(
    conn: &mut PgConnection,
    session_id: Uuid,
    until: DateTime<Utc>,
) -> QueryResult<Session> {
    diesel::update(sessions::table.find(session_id))
        .set(sessions::access_until.eq(until))
        .returning(Session::as_returning())
        .get_result(conn)
}

/// A session and its account, as stored.
#[derive(Clone, Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// The owner.
    pub user: User,
    /// Whether it was ended, individually or with all sessions of its account.
    pub has_ended: bool,
    /// The client that made its newest generation; unknown for those of an earlier release.
    pub maker: Option<Footprint>,
    /// The database's time.
    pub now: DateTime<Utc>,
}

type Maker = (Option<String>, Option<IpNet>);
type Row = (Session, Option<DateTime<Utc>>, Maker, i32, User);

/// Finds a session and its account.
pub fn find(
    conn: &mut PgConnection,
    session_id: Uuid,
    clock: &Clock,
) -> QueryResult<Option<Found>> {
    let found: Option<Row> = sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(session_id))
        .select((
            Session::as_select(),
            sessions::revoked_at,
            (sessions::rotated_family, sessions::rotated_network),
            users::session_epoch,
            User::as_select(),
        ))
        .first(conn)
        .optional()?;
    let Some((session, revoked_at, (family, network), epoch, user)) = found else {
        return Ok(None);
    };
    Ok(Some(Found {
        has_ended: revoked_at.is_some() || session.epoch < epoch,
        maker: family.map(|family| Footprint { family, network }),
        // Read after the row, which may be newer than the statement before.
        now: time::now(conn, clock)?,
        session,
        user,
    }))
}

/// Finds a session and its account, and locks the session until the transaction ends.
pub fn find_for_update(
    conn: &mut PgConnection,
    session_id: Uuid,
    clock: &Clock,
) -> QueryResult<Option<Found>> {
    sessions::table
        .find(session_id)
        .select(sessions::id)
        .for_no_key_update()
        .first::<Uuid>(conn)
        .optional()?;
    find(conn, session_id, clock)
}

/// The statement of [`advance`]. Diesel has no `UPDATE … FROM`, and prepares a free-form query anew
/// at each call, which costs a second round trip. This fragment is prepared once per connection.
#[derive(QueryId)]
struct Advance {
    presented: Presented,
    session: AsSelect<Session, Pg>,
    user: AsSelect<User, Pg>,
}

impl Query for Advance {
    type SqlType = (
        diesel::dsl::SqlTypeOf<AsSelect<Session, Pg>>,
        diesel::dsl::SqlTypeOf<AsSelect<User, Pg>>,
    );
}

impl RunQueryDsl<PgConnection> for Advance {}

impl QueryFragment<Pg> for Advance {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let presented = &self.presented;
        // A value would be bound again wherever it is pushed, so each is pushed once.
        out.push_sql(
            "UPDATE sessions SET generation = generation + 1, is_confirmed = FALSE, \
             rotated_at = given.at, last_seen_at = given.at, \
             expires_at = LEAST(given.at + given.ttl, sessions.created_at + given.max_age), \
             expires_on = (LEAST(given.at + given.ttl, sessions.created_at + given.max_age) \
             AT TIME ZONE 'UTC')::date, access_until = GREATEST(sessions.access_until, \
             LEAST(given.at + given.access_ttl, sessions.created_at + given.max_age)), \
             rotated_family = ",
        );
        out.push_bind_param::<Text, _>(&presented.footprint.family)?;
        out.push_sql(", rotated_network = ");
        out.push_bind_param::<Nullable<Inet>, _>(&presented.footprint.network)?;
        out.push_sql(" FROM (SELECT now() + ");
        out.push_bind_param::<Interval, _>(&presented.moved)?;
        out.push_sql(" AS at, ");
        out.push_bind_param::<Interval, _>(&presented.ttl)?;
        out.push_sql(" AS ttl, ");
        out.push_bind_param::<Interval, _>(&presented.access_ttl)?;
        out.push_sql(" AS access_ttl, ");
        out.push_bind_param::<Interval, _>(&presented.max_age)?;
        out.push_sql(" AS max_age) AS given, users WHERE sessions.id = ");
        out.push_bind_param::<diesel::sql_types::Uuid, _>(&presented.session_id)?;
        out.push_sql(" AND sessions.generation = ");
        out.push_bind_param::<Integer, _>(&presented.generation)?;
        out.push_sql(
            " AND sessions.revoked_at IS NULL AND sessions.expires_at > given.at \
             AND users.id = sessions.user_id AND users.is_active \
             AND sessions.epoch >= users.session_epoch RETURNING ",
        );
        self.session.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.user.walk_ast(out.reborrow())
    }
}
