//! Indexes that only the list of accounts needs. They are not migrations, because building one
//! waits for every open transaction, such as that of a dump, and one of them needs an extension.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{QueryResult, RunQueryDsl};
use secrecy::SecretString;

use crate::db::{self, DbError};

/// The advisory lock of the instance that builds: "searched" in ASCII.
const LOCK: i64 = 0x7365_6172_6368_6564;

const BY_ROLE: (&str, &str) = ("idx_users_role", "users (role, id)");
const BY_PART_OF_EMAIL: (&str, &str) = (
    "idx_users_email_trgm",
    "users USING gin (email gin_trgm_ops)",
);

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

/// Builds missing indexes without blocking writers, unless another instance is doing so. Without
/// the extension `pg_trgm`, and without the right to create it, searches read every account.
pub fn build(url: &SecretString) -> Result<(), DbError> {
    let mut turn = db::connect(url)?;
    // A transaction lock, because a session lock would stay behind in a pooling proxy.
    turn.batch_execute(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0",
    )?;
    if !try_lock(&mut turn)? {
        return Ok(());
    }
    // Ends the snapshot of the previous query, which the build would wait for.
    turn.batch_execute("SELECT 1")?;
    let mut conn = db::connect(url)?;
    build_one(&mut conn, BY_ROLE)?;
    if let Err(error) = conn.batch_execute("CREATE EXTENSION IF NOT EXISTS pg_trgm") {
        tracing::info!(
            %error,
            "searching for a part of an address looks at every account; \
             CREATE EXTENSION pg_trgm and a restart make it fast"
        );
        return Ok(());
    }
    build_one(&mut conn, BY_PART_OF_EMAIL)?;
    Ok(())
}

fn build_one(conn: &mut PgConnection, (name, on): (&str, &str)) -> QueryResult<()> {
    // An interrupted build leaves an invalid index.
    let asked = "SELECT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass($1)
                 AND NOT indisvalid) AS is_so";
    if ask(conn, asked, name)? {
        conn.batch_execute(&format!("DROP INDEX CONCURRENTLY {name}"))?;
    }
    if !ask(conn, "SELECT to_regclass($1) IS NOT NULL AS is_so", name)? {
        tracing::info!(name, "building an index");
        conn.batch_execute(&format!(
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON {on}"
        ))?;
    }
    Ok(())
}

fn ask(conn: &mut PgConnection, query: &str, name: &str) -> QueryResult<bool> {
    diesel::sql_query(query)
        .bind::<Text, _>(name)
        .get_result::<Answer>(conn)
        .map(|answer| answer.is_so)
}

fn try_lock(conn: &mut PgConnection) -> QueryResult<bool> {
    diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS is_so")
        .bind::<BigInt, _>(LOCK)
        .get_result::<Answer>(conn)
        .map(|answer| answer.is_so)
}
