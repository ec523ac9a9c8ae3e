//! PostgreSQL through Diesel and r2d2: every query on a blocking thread, never more of them than
//! there are connections.

mod connections;
pub mod migrations;
pub mod schema;
pub mod time;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::Connection as _;
use diesel::pg::PgConnection;
use diesel::r2d2::Pool;
use diesel::result::Error as DieselError;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tracing::Span;

use crate::config;
use crate::telemetry;
use connections::Connections;

/// How long r2d2 may take to open a connection that a permit promises.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// Why the database gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// All connections were in use for as long as a request may wait.
    #[error("no database connection became free in time")]
    Overloaded,
    /// No connection could be opened.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// The connection in use was lost.
    #[error("the connection to the database was lost: {0}")]
    Lost(String),
    /// The statement failed.
    #[error("{0}")]
    Query(DieselError),
}

impl From<DieselError> for DbError {
    fn from(error: DieselError) -> Self {
        if connections::tells_of_loss(&error) {
            return Self::Lost(error.to_string());
        }
        Self::Query(error)
    }
}

/// Opens a connection of its own, beside the pool.
///
/// # Errors
///
/// [`DbError::Unavailable`].
pub fn connect(url: &SecretString) -> Result<PgConnection, DbError> {
    PgConnection::establish(&connections::with_defaults(url.expose_secret()))
        .map_err(|error| DbError::Unavailable(error.to_string()))
}

/// Prepares the libraries beneath the pool; to be called before anything connects.
///
/// OpenSSL would free what it has allocated when the process exits, while threads of the pool may
/// still be connecting: the process then crashes at its very end.
pub fn prepare() {
    openssl_sys::init();
}

/// Requests are given up after 30 s: the wait for a connection ends sooner, so that the answer says
/// what it waited for.
const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// The pool.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Connections>,
    connections: Connections,
    permits: Arc<Semaphore>,
    permit_timeout: Duration,
    is_migrated: Arc<AtomicBool>,
}

impl Db {
    /// Prepares the pool; connections are opened in the background, so this succeeds while the
    /// database is away.
    pub fn new(url: &SecretString, settings: &config::Database) -> Self {
        let connections = Connections::new(url, settings.statement_timeout);
        let pool = Pool::builder()
            .max_size(settings.pool_max_size)
            .min_idle(Some(settings.pool_min_idle))
            // r2d2 also takes this for the longest pause between two attempts to connect.
            .connection_timeout(OPEN_TIMEOUT)
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(connections.clone());
        Self {
            pool,
            connections,
            permits: Arc::new(Semaphore::new(settings.pool_max_size as usize)),
            permit_timeout: settings.pool_timeout.min(LONGEST_WAIT),
            is_migrated: Arc::default(),
        }
    }

    /// Lets queries through, once the migrations have run: before that no table can be relied on.
    pub fn open(&self) {
        self.is_migrated.store(true, Ordering::Relaxed);
    }

    /// Runs `work` on a blocking thread with a connection.
    ///
    /// # Errors
    ///
    /// Those of `work`, and [`DbError`] when there is no connection for it.
    pub async fn run<T, E>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let asked = Instant::now();
        let result = self.on_a_connection(work).await;
        telemetry::add_database_time(asked.elapsed());
        result
    }

    /// Runs `work` in a transaction, which an error rolls back.
    ///
    /// # Errors
    ///
    /// As [`Db::run`].
    pub async fn transaction<T, E>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + From<DieselError> + Send + 'static,
    {
        self.run(move |conn| conn.transaction(work)).await
    }

    /// Runs a query that may be asked twice: once more on a fresh connection if the first is lost.
    /// When none could be opened, another attempt would only take as long again.
    ///
    /// # Errors
    ///
    /// [`DbError`].
    pub async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut PgConnection) -> diesel::QueryResult<T> + Clone + Send + 'static,
    ) -> Result<T, DbError> {
        let again = query.clone();
        match self
            .run(move |conn| query(conn).map_err(DbError::from))
            .await
        {
            Err(DbError::Lost(_)) => {
                self.run(move |conn| again(conn).map_err(DbError::from))
                    .await
            }
            other => other,
        }
    }

    async fn on_a_connection<T, E>(
        &self,
        work: impl FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if !self.is_migrated.load(Ordering::Relaxed) {
            return Err(DbError::Unavailable("the migrations have not run yet".into()).into());
        }
        let permits = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.permit_timeout, permits)
            .await
            .map_err(|_| DbError::Overloaded)?
            .expect("this semaphore is never closed");
        let (pool, connections) = (self.pool.clone(), self.connections.clone());
        let span = Span::current();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _entered = span.entered();
            // The permit promises a place in the pool, so waiting here means connecting.
            let mut connection = pool
                .get()
                .map_err(|error| DbError::Unavailable(error.to_string()))?;
            let result = work(&mut connection.pg);
            connections.look_after(&connection);
            result
        });
        done.await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}
