//! Queries on `audit_events`.

use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::db::schema::audit_events::dsl;
use crate::features::audit::domain::Event;

/// Adds an event.
///
/// # Errors
///
/// When the database fails.
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
