//! The migrations, compiled into the binary.

use diesel::connection::SimpleConnection;
use diesel::pg::PgConnection;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::SecretString;

use crate::db::{self, DbError};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock under which instances that start at once take turns: "latchkey" in ASCII.
const LOCK: i64 = 0x6c61_7463_686b_6579;

/// Why the database is not at the version that this binary needs.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database cannot be reached.
    #[error(transparent)]
    Database(#[from] DbError),
    /// The lock could not be taken.
    #[error("the migration lock cannot be taken: {0}")]
    Lock(#[from] diesel::result::Error),
    /// A migration failed; the earlier ones of the run are kept.
    #[error("{0}")]
    Failed(Box<dyn std::error::Error + Send + Sync>),
}

/// Runs what is pending, one process at a time, and returns the names of what it ran.
///
/// # Errors
///
/// [`MigrationError`].
pub fn run(url: &SecretString) -> Result<Vec<String>, MigrationError> {
    let mut conn = db::connect(url)?;
    // Held until this connection closes.
    conn.batch_execute(&format!("SELECT pg_advisory_lock({LOCK})"))?;
    run_on(&mut conn)
}

/// Runs what is pending on a connection that nobody else migrates on.
///
/// # Errors
///
/// [`MigrationError::Failed`].
pub fn run_on(conn: &mut PgConnection) -> Result<Vec<String>, MigrationError> {
    let versions = conn
        .run_pending_migrations(MIGRATIONS)
        .map_err(MigrationError::Failed)?;
    Ok(versions.iter().map(ToString::to_string).collect())
}

/// Undoes every migration, newest first; for the test that each of them reverses.
///
/// # Errors
///
/// [`MigrationError::Failed`].
pub fn revert_all(conn: &mut PgConnection) -> Result<(), MigrationError> {
    conn.revert_all_migrations(MIGRATIONS)
        .map_err(MigrationError::Failed)?;
    Ok(())
}

/// Returns the names of the migrations that are pending.
///
/// # Errors
///
/// [`MigrationError`].
pub fn pending(url: &SecretString) -> Result<Vec<String>, MigrationError> {
    let mut conn = db::connect(url)?;
    let migrations = conn
        .pending_migrations(MIGRATIONS)
        .map_err(MigrationError::Failed)?;
    Ok(migrations
        .iter()
        .map(|migration| migration.name().to_string())
        .collect())
}
