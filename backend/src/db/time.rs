//! The database's time: what instances whose clocks differ agree on.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::clock::Clock;

mod sql {
    diesel::define_sql_function! {
        fn clock_timestamp() -> Timestamptz;
    }
}

/// Returns the database's time, moved as far as a test has moved `clock`.
pub fn now(conn: &mut PgConnection, clock: &Clock) -> QueryResult<DateTime<Utc>> {
    let now: DateTime<Utc> = diesel::select(sql::clock_timestamp()).get_result(conn)?;
    Ok(now + clock.moved())
}
