//! Moving a session to its next generation.
//!
//! The one place that reads two slices' tables at once: the usual refresh is a single statement,
//! and its answer needs the account as well as the session.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::dsl::AsSelect;
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::sql_types::{Integer, Interval, Timestamptz};
use uuid::Uuid;

use crate::db::schema::{sessions, users};
use crate::features::sessions::domain::Session;
use crate::features::users::domain::User;

/// A refresh token and when it is presented.
#[derive(Clone, Copy, Debug)]
pub struct Presented {
    /// The session it belongs to.
    pub session_id: Uuid,
    /// The generation it stands for.
    pub generation: i32,
    /// When it is presented.
    pub now: DateTime<Utc>,
    /// `REFRESH_TOKEN_TTL_SECONDS`.
    pub ttl: TimeDelta,
    /// `SESSION_MAX_AGE_SECONDS`.
    pub max_age: TimeDelta,
}

/// Moves the session to its next generation if the token is its newest and nothing has ended it;
/// one statement, so that of any number of simultaneous refreshes exactly one succeeds.
///
/// # Errors
///
/// When the database fails.
pub fn advance(
    conn: &mut PgConnection,
    presented: Presented,
) -> QueryResult<Option<(Session, User)>> {
    Advance {
        presented,
        session: Session::as_returning(),
        user: User::as_returning(),
    }
    .get_result(conn)
    .optional()
}

/// A session as the database has it, and whether and when it ended.
pub type Found = (Session, Option<DateTime<Utc>>, User);

/// Finds a session and its account.
///
/// # Errors
///
/// When the database fails.
pub fn find(conn: &mut PgConnection, session_id: Uuid) -> QueryResult<Option<Found>> {
    sessions::table
        .inner_join(users::table)
        .filter(sessions::id.eq(session_id))
        .select((
            Session::as_select(),
            sessions::revoked_at,
            User::as_select(),
        ))
        .first(conn)
        .optional()
}

/// Finds a session and its account and locks the session until the transaction ends.
///
/// # Errors
///
/// When the database fails.
pub fn find_for_update(conn: &mut PgConnection, session_id: Uuid) -> QueryResult<Option<Found>> {
    sessions::table
        .find(session_id)
        .select(sessions::id)
        .for_update()
        .first::<Uuid>(conn)
        .optional()?;
    find(conn, session_id)
}

/// Diesel has no `UPDATE … FROM`, and prepares a free-form query anew at each call, which costs a
/// second round trip. This fragment is prepared once for each connection.
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
        out.push_sql(
            "UPDATE sessions SET generation = generation + 1, is_confirmed = FALSE, rotated_at = ",
        );
        out.push_bind_param::<Timestamptz, _>(&presented.now)?;
        out.push_sql(", last_seen_at = ");
        out.push_bind_param::<Timestamptz, _>(&presented.now)?;
        out.push_sql(", expires_at = LEAST(");
        out.push_bind_param::<Timestamptz, _>(&presented.now)?;
        out.push_sql(" + ");
        out.push_bind_param::<Interval, _>(&presented.ttl)?;
        out.push_sql(", sessions.created_at + ");
        out.push_bind_param::<Interval, _>(&presented.max_age)?;
        out.push_sql(") FROM users WHERE sessions.id = ");
        out.push_bind_param::<diesel::sql_types::Uuid, _>(&presented.session_id)?;
        out.push_sql(" AND sessions.generation = ");
        out.push_bind_param::<Integer, _>(&presented.generation)?;
        out.push_sql(" AND sessions.revoked_at IS NULL AND sessions.expires_at > ");
        out.push_bind_param::<Timestamptz, _>(&presented.now)?;
        out.push_sql(" AND users.id = sessions.user_id AND users.is_active RETURNING ");
        self.session.walk_ast(out.reborrow())?;
        out.push_sql(", ");
        self.user.walk_ast(out.reborrow())
    }
}
