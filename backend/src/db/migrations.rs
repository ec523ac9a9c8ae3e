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

/// The advisory lock under which instances that start at once take turns: "latchkey" in ASCII.
const LOCK: i64 = 0x6c61_7463_686b_6579;

/// How often another instance's lock is tried.
const TRY_EVERY: Duration = Duration::from_millis(200);

/// A statement that waits for a table makes every later query of the table wait behind it: it gives
/// up soon, lets them pass, and is tried again.
const LOCK_TIMEOUT: &str = "1s";
const PAUSE: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 30;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Why the database is not at the version that this binary needs.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The lock could not be taken.
    #[error("the migration lock cannot be taken: {0}")]
    Lock(#[from] diesel::result::Error),
    /// The database stores text in an encoding that cannot hold all names and addresses.
    #[error(
        "the database's encoding is {0}, which cannot hold every text; create one with \
         CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
    )]
    Encoding(String),
    /// A migration failed; the earlier ones of the run are kept.
    #[error("{0}")]
    Failed(Failure),
}

/// Runs what is pending, one process at a time, and returns the names of what it ran. Says in the
/// log what it waits for.
pub fn run(url: &SecretString) -> Result<Vec<String>, MigrationError> {
    let mut turn = db::connect(url)?;
    examine(&mut turn)?;
    take_turn(&mut turn)?;
    let mut conn = db::connect(url)?;
    run_on(&mut conn)
}

/// Runs what is pending on a connection that nobody else migrates on.
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
    for _ in 1..ATTEMPTS {
        match run_once(conn, migration) {
            Err(error) if error.to_string().contains("lock timeout") => {
                tracing::warn!(
                    name,
                    "a migration waits: another transaction holds a table; tried again in {PAUSE:?}"
                );
                thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    run_once(conn, migration)
}

fn run_once(conn: &mut PgConnection, migration: &dyn Migration<Pg>) -> Result<(), Failure> {
    if !migration.metadata().run_in_transaction() {
        return conn.run_migration(migration).map(drop);
    }
    conn.transaction(|conn| {
        conn.batch_execute(&format!(
            "SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'; SET LOCAL statement_timeout = 0"
        ))?;
        conn.run_migration(migration).map(drop)
    })
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

/// Refuses a database that cannot be used, and warns of one whose messages cannot be read.
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
fn take_turn(conn: &mut PgConnection) -> QueryResult<()> {
    conn.batch_execute(
        "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL idle_in_transaction_session_timeout = 0",
    )?;
    let mut is_told = false;
    loop {
        let tried = diesel::sql_query("SELECT pg_try_advisory_xact_lock($1) AS is_so")
            .bind::<BigInt, _>(LOCK)
            .get_result::<Answer>(conn)?;
        if tried.is_so {
            return Ok(());
        }
        if !is_told {
            tracing::warn!("another instance runs migrations; waiting for it");
            is_told = true;
        }
        thread::sleep(TRY_EVERY);
    }
}

/// Undoes every migration, newest first; for the test that each of them reverses.
pub fn revert_all(conn: &mut PgConnection) -> Result<(), MigrationError> {
    conn.revert_all_migrations(MIGRATIONS)
        .map_err(MigrationError::Failed)?;
    Ok(())
}

/// Returns the names of the migrations that are pending; writes nothing.
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
