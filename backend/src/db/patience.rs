//! How long a transaction waits for locks that others hold.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// An expression that lets the transaction wait for 250 ms at most from here to its end. It comes
/// first in its statement to count for the rest of that too.
pub fn briefly() -> SqlLiteral<Bool> {
    sql("set_config('lock_timeout', '250', true) IS NULL")
}

/// Lets the transaction wait for 250 ms at most from here to its end: for what a stranger can ask for.
pub fn wait_briefly(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::select(briefly()).execute(conn).map(drop)
}
