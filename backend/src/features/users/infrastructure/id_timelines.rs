//! Queries on `id_timelines`: the id of an account that was lost with a database goes to nobody else.

use diesel::pg::PgConnection;
use diesel::prelude::*;

/// Leaves a gap of a million ids if the database has begun a new timeline, as it does in a fail-over and
/// when it recovers from a backup. Comes before an account is added, in the same transaction.
pub fn leave_gap(conn: &mut PgConnection) -> QueryResult<()> {
    let gaps = diesel::sql_query(
        "WITH begun AS (
             UPDATE id_timelines SET timeline = database_timeline()
             WHERE timeline <> database_timeline() RETURNING timeline
         )
         SELECT setval('users_id_seq', last_value + 1000000) FROM begun, users_id_seq",
    )
    .execute(conn)?;
    if gaps > 0 {
        tracing::warn!(
            "the database has begun a new timeline; a gap keeps ids of lost accounts from being used again"
        );
    }
    Ok(())
}
