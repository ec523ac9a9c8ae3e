//! Queries on `audit_events`.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::db::schema::audit_events::dsl;
use crate::features::audit::domain::{Event, Kind, Recorded};

/// Selects the events to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    /// Only events with a smaller id.
    pub before: Option<i64>,
    /// Only events of this account.
    pub user_id: Option<i64>,
    /// Only events of this kind.
    pub kind: Option<Kind>,
}

/// Inserts an event.
pub fn insert(conn: &mut PgConnection, event: &Event<'_>) -> QueryResult<()> {
    diesel::insert_into(dsl::audit_events)
        .values((
            dsl::created_at.eq(event.at),
            dsl::kind.eq(event.kind.as_str()),
            dsl::user_id.eq(event.user_id),
            dsl::actor_id.eq(event.cause.actor_id),
            dsl::session_id.eq(event.session_id),
            dsl::ip.eq(event.cause.ip),
            dsl::user_agent.eq(&event.cause.user_agent),
            dsl::request_id.eq(&event.cause.request_id),
        ))
        .execute(conn)
        .map(drop)
}

/// Lists at most `limit` events, newest first.
pub fn list(conn: &mut PgConnection, filter: Filter, limit: i64) -> QueryResult<Vec<Recorded>> {
    let mut query = dsl::audit_events
        .select(Recorded::as_select())
        .order(dsl::id.desc())
        .limit(limit)
        .into_boxed();
    if let Some(before) = filter.before {
        query = query.filter(dsl::id.lt(before));
    }
    if let Some(user_id) = filter.user_id {
        query = query.filter(dsl::user_id.eq(user_id));
    }
    if let Some(kind) = filter.kind {
        query = query.filter(dsl::kind.eq(kind));
    }
    query.load(conn)
}

/// Deletes at most `limit` events older than `before`, and returns how many.
pub fn delete_old(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
    limit: i64,
) -> QueryResult<usize> {
    let old: Vec<i64> = dsl::audit_events
        .filter(dsl::created_at.lt(before))
        .select(dsl::id)
        .limit(limit)
        .load(conn)?;
    diesel::delete(dsl::audit_events.filter(dsl::id.eq_any(old))).execute(conn)
}
