//! Short lock timeouts within a transaction.

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::pg::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// An expression that limits the rest of the transaction to 250 ms per lock. Put it first in its
/// statement to cover the rest of that too.
pub fn briefly() -> SqlLiteral<Bool> {
    sql("set_config('lock_timeout', '250', true) IS NULL")
}

/// Limits the rest of the transaction to 250 ms per lock: for requests that strangers can make.
pub fn wait_briefly(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::select(briefly()).execute(conn).map(drop)
}
