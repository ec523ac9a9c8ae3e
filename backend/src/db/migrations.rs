//! The migrations, compiled into the binary.

use std::thread;
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::{Pg, PgConnection};
use diesel::sql_types::{BigInt, Bool, Text};
use diesel::{Connection, QueryResult, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::SecretString;

use crate::db::{self, DbError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock that serialises instances that start at once: "latchkey" in ASCII.
const LOCK: i64 = 0x6c61_7463_686b_6579;

/// How often the lock is tried while another instance holds it.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// A statement that waits for a table makes every later query of the table wait behind it: it gives
/// up soon, lets them pass, and is tried again. Well below the 250 ms that sign-in and registration
/// wait (`db/patience.rs`), so that none of them fails for it.
const LOCK_TIMEOUT: &str = "100ms";

/// How long a table is waited for that is being vacuumed. Nobody waits behind this. PostgreSQL ends an
/// automatic vacuum for whoever has waited for a second (its `deadlock_timeout`).
const VACUUM_TIMEOUT: &str = "3s";

const PAUSE: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 30;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why the database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The lock could not be taken.
    #[error("the migration lock cannot be taken: {0}")]
    Lock(#[from] diesel::result::Error),
    /// The encoding of the database cannot represent all names and addresses.
    #[error(
        "the database's encoding is {0}, which cannot hold every text; create one with \
         CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// A migration failed; the earlier ones of the run remain.
    #[error("{0}")]
    Failed(Failure),
}

/// Runs pending migrations, one process at a time, and returns their names. Logs what it waits for.
pub fn run(url: &SecretString) -> Result<Vec<String>, MigrationError> {
    let mut turn = db::connect(url)?;
    examine(&mut turn)?;
    take_turn(&mut turn)?;
    let mut conn = db::connect(url)?;
    run_on(&mut conn)
}

/// Runs pending migrations on a connection, without the lock.
pub fn run_on(conn: &mut PgConnection) -> Result<Vec<String>, MigrationError> {
    let pending = conn
        .pending_migrations(MIGRATIONS)
        .map_err(MigrationError::Failed)?;
    let mut ran = Vec::with_capacity(pending.len());
    for migration in pending {
        let name = migration.name().to_string();
        run_patiently(conn, migration.as_ref(), &name).map_err(MigrationError::Failed)?;
        tracing::info!(name, "migrated");
        ran.push(name);
    }
    Ok(ran)
}

fn run_patiently(
    conn: &mut PgConnection,
    migration: &dyn Migration<Pg>,
    name: &str,
) -> Result<(), Failure> {
    for attempt in 1..ATTEMPTS {
        match run_once(conn, migration, attempt > 1) {
            Err(error) if error.to_string().contains("lock timeout") => {
                let held = held_tables(conn).unwrap_or_default();
                tracing::warn!(
                    name,
                    held,
                    "a migration waits: another transaction holds a table; tried again in {PAUSE:?}"
                );
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    run_once(conn, migration, true)
}

fn run_once(
    conn: &mut PgConnection,
    migration: &dyn Migration<Pg>,
    is_repeated: bool,
) -> Result<(), Failure> {
    if !migration.metadata().run_in_transaction() {
        drop_broken_indexes(conn)?;
        return conn.run_migration(migration).map(drop);
    }
    conn.transaction(|conn| {
        conn.batch_execute("SET LOCAL statement_timeout = 0")?;
        if is_repeated {
            end_vacuums(conn)?;
        }
        conn.batch_execute(&format!("SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))?;
        conn.run_migration(migration).map(drop)
    })
}

/// The locks that other connections hold on tables: an operator may have to end one of them.
fn held_tables(conn: &mut PgConnection) -> QueryResult<String> {
    let held = "SELECT coalesce(string_agg(DISTINCT concat_ws(' ', relname || ':', mode, 'of process',
            pid, '(' || coalesce(backend_type, 'unknown') || ')'), ', '), '') AS word
        FROM pg_locks JOIN pg_class ON pg_class.oid = relation LEFT JOIN pg_stat_activity USING (pid)
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
        AND granted AND pid <> pg_backend_pid()";
    let found = diesel::sql_query(held).get_result::<Word>(conn)?;
    Ok(found.word)
}

/// Drops indexes whose building was interrupted: `IF NOT EXISTS` would keep them, and they are of no use.
fn drop_broken_indexes(conn: &mut PgConnection) -> QueryResult<()> {
    let broken = "SELECT indexrelid::regclass::text AS word FROM pg_index
        JOIN pg_class ON pg_class.oid = indexrelid
        WHERE NOT indisvalid AND relnamespace = current_schema()::regnamespace
        AND indexrelid NOT IN (SELECT index_relid FROM pg_stat_progress_create_index
            WHERE index_relid IS NOT NULL)";
    for index in diesel::sql_query(broken).load::<Word>(conn)? {
        conn.batch_execute(&format!("DROP INDEX CONCURRENTLY IF EXISTS {}", index.word))?;
    }
    Ok(())
}

/// Takes a lock on each table that is being vacuumed, which ends an automatic vacuum and keeps the next
/// one away, but stops neither readers nor writers. Waiting for [`LOCK_TIMEOUT`] never ends a vacuum.
fn end_vacuums(conn: &mut PgConnection) -> QueryResult<()> {
    let vacuumed = "SELECT DISTINCT relation::regclass::text AS word FROM pg_locks
        JOIN pg_class ON pg_class.oid = relation
        WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
        AND mode = 'ShareUpdateExclusiveLock' AND granted";
    conn.batch_execute(&format!("SET LOCAL lock_timeout = '{VACUUM_TIMEOUT}'"))?;
    for table in diesel::sql_query(vacuumed).load::<Word>(conn)? {
        conn.batch_execute(&format!(
            "LOCK TABLE {} IN SHARE UPDATE EXCLUSIVE MODE",
            table.word
        ))?;
    }
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(diesel::QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    is_so: bool,
}

/// Rejects an unusable database, and warns if its messages are not in English.
fn examine(conn: &mut PgConnection) -> Result<(), MigrationError> {
    let encoding = setting(conn, "server_encoding")?;
    if encoding != "UTF8" {
        return Err(MigrationError::Encoding(encoding));
    }
    let language = setting(conn, "lc_messages")?;
    let is_english = ["", "C", "POSIX"].contains(&language.as_str())
        || language.starts_with("C.")
        || language.to_ascii_lowercase().starts_with("en");
    if !is_english {
        tracing::warn!(
            lc_messages = language,
            "time-outs and deadlocks are told by the server's words: without \
             ALTER DATABASE … SET lc_messages = 'C' they are answered as failures"
        );
    }
    Ok(())
}

fn setting(conn: &mut PgConnection, name: &str) -> QueryResult<String> {
    diesel::sql_query("SELECT current_setting($1) AS word")
        .bind::<Text, _>(name)
        .get_result::<Word>(conn)
        .map(|found| found.word)
}

/// Waits for the lock, which is held until the connection closes: a transaction's, as a session's
/// would stay behind in a pooling proxy.
///
/// Each attempt is a transaction of its own, and none keeps a snapshot: building an index waits for all
/// transactions that have one.
fn take_turn(conn: &mut PgConnection) -> QueryResult<()> {
    let mut is_told = false;
    loop {
        conn.batch_execute(
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0",
        )?;
        let tried = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS is_so")
            .bind::<BigInt, _>(LOCK)
            .get_result::<Answer>(conn)?;
        if tried.is_so {
            // The query before would keep its snapshot until the next one.
            return conn.batch_execute("SELECT 1");
        }
        conn.batch_execute("ROLLBACK")?;
        if !is_told {
            tracing::warn!("another instance runs migrations; waiting for it");
            is_told = true;
        }
        thread::sleep(TRY_EVERY);
    }
}

/// Reverts every migration, newest first; for the test that each one is reversible.
pub fn revert_all(conn: &mut PgConnection) -> Result<(), MigrationError> {
    conn.revert_all_migrations(MIGRATIONS)
        .map_err(MigrationError::Failed)?;
    Ok(())
}

/// The names of the pending migrations; writes nothing.
pub fn pending(url: &SecretString) -> Result<Vec<String>, MigrationError> {
    let mut conn = db::connect(url)?;
    let has_table = "SELECT to_regclass('__diesel_schema_migrations') IS NOT NULL AS is_so";
    let ran = if diesel::sql_query(has_table)
        .get_result::<Answer>(&mut conn)?
        .is_so
    {
        diesel::sql_query("SELECT version::text AS word FROM __diesel_schema_migrations")
            .load::<Word>(&mut conn)?
    } else {
        Vec::new()
    };
    let all: Vec<Box<dyn Migration<Pg>>> =
        MIGRATIONS.migrations().map_err(MigrationError::Failed)?;
    let mut names: Vec<_> = all
        .iter()
        .filter(|one| {
            let version = one.name().version().to_string();
            ran.iter().all(|done| done.word != version)
        })
        .map(|one| one.name().to_string())
        .collect();
    names.sort_unstable();
    Ok(names)
}
