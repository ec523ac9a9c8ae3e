//! Queries on `sessions`.

use chrono::{DateTime, Utc};
use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use uuid::Uuid;

use crate::db::schema::sessions::dsl;
use crate::features::sessions::domain::{ClientType, Device, EndReason, Session};

/// The channel on which ended sessions are announced to every instance.
pub const CHANNEL: &str = "latchkey_sessions_ended";

/// How many ids fit into one announcement: PostgreSQL takes payloads below 8,000 bytes.
const IDS_PER_ANNOUNCEMENT: usize = 200;

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
    let live = diesel::update(dsl::sessions.filter(dsl::revoked_at.is_null()));
    let ended: Vec<Uuid> = match which {
        Which::One { id, user_id } => live
            .filter(dsl::id.eq(id).and(dsl::user_id.eq(user_id)))
            .set(change)
            .returning(dsl::id)
            .get_results(conn),
        Which::All { user_id } => live
            .filter(dsl::user_id.eq(user_id))
            .set(change)
            .returning(dsl::id)
            .get_results(conn),
        Which::Others { user_id, current } => live
            .filter(dsl::user_id.eq(user_id).and(dsl::id.ne(current)))
            .set(change)
            .returning(dsl::id)
            .get_results(conn),
    }?;
    announce(conn, &ended)?;
    Ok(ended)
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
