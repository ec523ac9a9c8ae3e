//! The database's time, which instances with different clocks agree on.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::clock::Clock;

mod sql {
    diesel::define_sql_function! {
        fn clock_timestamp() -> Timestamptz;
    }
}

/// The database's time, plus what a test has added to `clock`.
pub fn now(conn: &mut PgConnection, clock: &Clock) -> QueryResult<DateTime<Utc>> {
    let now: DateTime<Utc> = diesel::select(sql::clock_timestamp()).get_result(conn)?;
    Ok(now + clock.moved())
}
