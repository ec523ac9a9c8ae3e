//! The database's time, which instances with different clocks agree on.

use chrono::{DateTime, Utc};
use diesel::pg::PgConnection;
use diesel::prelude::*;

use crate::clock::Clock;

pub use sql::clock_timestamp;

mod sql {
    diesel::define_sql_function! {
        /// The database's time, which a test has not moved.
        fn clock_timestamp() -> Timestamptz;
    }
}

/// The database's time, plus what a test has added to `clock`.
pub fn now(conn: &mut PgConnection, clock: &Clock) -> QueryResult<DateTime<Utc>> {
    let now: DateTime<Utc> = diesel::select(clock_timestamp()).get_result(conn)?;
    Ok(now + clock.moved())
}
