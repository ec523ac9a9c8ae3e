//! PostgreSQL through Diesel and r2d2. Queries run on blocking threads, never more of them than
//! there are connections.

mod connections;
mod errors;
pub mod migrations;
pub mod patience;
mod pool;
mod replica;
pub mod schema;
pub mod search_indexes;
pub mod time;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use diesel::RunQueryDsl;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use secrecy::SecretString;
use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::config;
use crate::metrics::{self, Durations};
use crate::telemetry;
use connections::{Connection, Connections, Limits, Opener};
pub use errors::DbError;
use pool::ConnectionPool;
pub use pool::Usage as PoolUsage;
use replica::Replica;
pub use replica::{CHANNEL as REPLICA_CHANNEL, MAX_AGE as REPLICA_MAX_AGE, ReplicaState};

/// The statement timeout of the connection for readiness checks.
const OWN_PATIENCE: Duration = Duration::from_secs(1);

/// How long a readiness result is cached: any number of probes costs at most four queries a second.
const FRESH: Duration = Duration::from_millis(250);

/// The names of the pools in metrics.
const PRIMARY: &str = "primary";
const REPLICA: &str = "replica";

/// The span of a single statement.
const QUERY: &str = "db.query";

/// Opens a connection of its own, beside the pool, without a limit to how long its statements take.
pub fn connect(url: &SecretString) -> Result<PgConnection, DbError> {
    open(url).map(|(conn, _)| conn)
}

/// Connects like [`connect`], but refuses a pooling proxy, where session settings would affect
/// other clients.
pub fn connect_directly(url: &SecretString) -> Result<PgConnection, DbError> {
    match open(url)? {
        (conn, false) => Ok(conn),
        (_, true) => Err(DbError::Unavailable(
            "a pooling proxy stands before the server; set DATABASE_DIRECT_URL to the server itself"
                .into(),
        )),
    }
}

fn open(url: &SecretString) -> Result<(PgConnection, bool), DbError> {
    let patience = Duration::ZERO;
    let opened = Opener::new(url, Limits { patience }).open();
    let opened = opened.map_err(|error| DbError::Unavailable(error.to_string()))?;
    Ok((opened.pg, opened.is_pooled))
}

/// Initialises the libraries below the pool. Call it before anything connects.
///
/// Otherwise OpenSSL would free its memory when the process exits, while threads of the pool may
/// still be connecting, and the process would crash during exit.
pub fn prepare() {
    openssl_sys::init();
}

/// The database: its primary and an optional replica.
#[derive(Clone)]
pub struct Db {
    primary: ConnectionPool,
    waits: Durations,
    replica: Option<Arc<Replica>>,
    is_migrated: Arc<AtomicBool>,
    own: Arc<Mutex<Own>>,
}

/// A connection outside the pool.
struct Own {
    connections: Connections,
    connection: Option<Connection>,
    answered: Option<Instant>,
}

impl Own {
    fn new(url: &SecretString, settings: &config::Database) -> Self {
        let patience = settings.statement_timeout.min(OWN_PATIENCE);
        Self {
            connections: Connections::new(url, Limits { patience }),
            connection: None,
            answered: None,
        }
    }
}

impl Db {
    /// Prepares the pools. Connections open in the background, so this succeeds while the database
    /// is unreachable.
    pub fn new(url: &SecretString, settings: &config::Database) -> Self {
        let replica = settings.replica.as_ref();
        let waits = metrics::durations();
        let wait = |pool| waits.get_or_create_owned(&[("pool", pool)]);
        Self {
            primary: ConnectionPool::new(PRIMARY, url, settings, wait(PRIMARY)),
            replica: replica.map(|url| Arc::new(Replica::new(url, settings, wait(REPLICA)))),
            waits,
            is_migrated: Arc::default(),
            own: Arc::new(Mutex::new(Own::new(url, settings))),
        }
    }

    /// Allows queries, after the migrations have run.
    pub fn open(&self) {
        self.is_migrated.store(true, Ordering::Relaxed);
    }

    /// Whether queries are allowed.
    pub fn is_open(&self) -> bool {
        self.is_migrated.load(Ordering::Relaxed)
    }

    /// Runs one statement with a connection on a blocking thread, and retries it after a deadlock.
    /// Fails with the error of `work`, or with [`DbError`] if there is no connection.
    pub async fn run<T, E>(
        &self,
        work: impl FnMut(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.on_a_connection(QUERY, move |connection| connection.run(work))
            .await
    }

    /// Runs `work` in a transaction, and retries it after a deadlock or serialisation failure. An
    /// error rolls the transaction back.
    pub async fn transaction<T, E>(
        &self,
        work: impl FnMut(&mut PgConnection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + From<DieselError> + Send + 'static,
    {
        self.on_a_connection("db.transaction", move |connection| {
            connection.transaction(work)
        })
        .await
    }

    /// Runs a query that may be repeated: if the connection is lost, it runs again on a fresh one.
    /// If no connection can be opened, it is not repeated, which would only take as long again.
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

    /// Runs a query on a connection outside the pool, and repeats it on a fresh one if that was
    /// lost. Only one query runs at a time.
    pub async fn beside<T: Send + 'static>(
        &self,
        query: impl Fn(&mut PgConnection) -> diesel::QueryResult<T> + Send + 'static,
    ) -> Result<T, DbError> {
        let own = Arc::clone(&self.own).lock_owned().await;
        ask(own, query).await
    }

    /// Whether the database answers, even if the pool is busy.
    pub async fn answers(&self) -> bool {
        let own = Arc::clone(&self.own).lock_owned().await;
        let is_fresh = own.answered.is_some_and(|at| at.elapsed() < FRESH);
        is_fresh
            || ask(own, |conn| diesel::sql_query("SELECT 1").execute(conn))
                .await
                .is_ok()
    }

    /// Runs a query whose result may be stale: on the replica, or on the primary if the replica is
    /// unavailable, behind, or its result is not `is_good`. A row missing on the replica may have
    /// been written a moment ago.
    ///
    /// Never use it for decisions about access. Fails with the error of the primary.
    pub async fn read_stale<T: Send + 'static>(
        &self,
        query: impl Fn(&mut PgConnection) -> diesel::QueryResult<T> + Clone + Send + 'static,
        is_good: impl FnOnce(&T) -> bool,
    ) -> Result<T, DbError> {
        if let Some(replica) = &self.replica
            && self.is_open()
        {
            let asked = Instant::now();
            let answer = replica.read(query.clone()).await;
            telemetry::add_database_time(asked.elapsed());
            if let Some(answer) = answer.filter(is_good) {
                return Ok(answer);
            }
        }
        self.read(query).await
    }

    /// Makes the writes of this instance visible to [`Db::read_stale`] on all instances: waits at
    /// most 1 s until the replica has them. If it takes longer, all instances stop using the
    /// replica until it has caught up.
    pub async fn catch_up(&self) {
        if let Some(replica) = &self.replica
            && let Err(error) = replica.catch_up(self).await
        {
            tracing::warn!(%error, "somebody may not see their own last change on the replica");
        }
    }

    /// Updates the replica's progress for [`Db::read_stale`]. Call it twice a second.
    pub async fn watch_replica(&self) {
        if let Some(replica) = &self.replica {
            replica.watch(self).await;
        }
    }

    /// Stops [`Db::read_stale`] from using the replica until it reaches a position that another
    /// instance announced.
    pub fn require_position(&self, position: u64) {
        if let Some(replica) = &self.replica {
            replica.require(position);
        }
    }

    /// Records whether this instance receives announcements about the replica.
    pub fn note_listening(&self, is_listening: bool) {
        if let Some(replica) = &self.replica {
            replica.note_listening(is_listening);
        }
    }

    /// The state of the replica, if there is one.
    pub fn replica_state(&self) -> Option<ReplicaState> {
        self.replica.as_ref().map(|replica| replica.state())
    }

    /// The usage of each pool, by name.
    pub fn pools(&self) -> Vec<(&'static str, PoolUsage)> {
        let primary = (PRIMARY, self.primary.usage());
        let replica = self.replica.as_ref();
        let replica = replica.map(|replica| (REPLICA, replica.pool.usage()));
        [primary].into_iter().chain(replica).collect()
    }

    /// The time that queries waited for a connection, by pool.
    pub fn pool_waits(&self) -> Durations {
        self.waits.clone()
    }

    async fn on_a_connection<T, E>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        if !self.is_open() {
            return Err(DbError::Unavailable("the migrations have not run yet".into()).into());
        }
        let asked = Instant::now();
        let result = self.primary.run(name, work).await;
        telemetry::add_database_time(asked.elapsed());
        result
    }
}

async fn ask<T: Send + 'static>(
    mut own: OwnedMutexGuard<Own>,
    query: impl Fn(&mut PgConnection) -> diesel::QueryResult<T> + Send + 'static,
) -> Result<T, DbError> {
    let done = tokio::task::spawn_blocking(move || match own.ask(&query) {
        Err(DbError::Lost(_)) => own.ask(&query),
        other => other,
    });
    done.await
        .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
}

impl Own {
    fn ask<T>(
        &mut self,
        query: impl Fn(&mut PgConnection) -> diesel::QueryResult<T>,
    ) -> Result<T, DbError> {
        let mut connection = match self.connection.take() {
            Some(open) => open,
            None => (self.connections.open())
                .map_err(|error| DbError::Unavailable(error.to_string()))?,
        };
        let result = connection.run(|conn| query(conn).map_err(DbError::from));
        self.answered = result.is_ok().then(Instant::now);
        if !connection.is_lost() {
            self.connection = Some(connection);
        }
        result
    }
}
