//! A pool of connections to one server, with one permit per connection.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::r2d2::Pool;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use secrecy::SecretString;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Span;

use super::connections::{Connection, Connections, Limits};
use super::errors::DbError;
use crate::config;
use crate::metrics::Raised;
use crate::spans;

/// How long r2d2 may take to open a connection once a permit was granted.
const OPEN_TIMEOUT: Duration = Duration::from_secs(2);

/// Shorter than the request timeout of 30 s, so that the response can say what the request waited
/// for.
const LONGEST_WAIT: Duration = Duration::from_secs(25);

/// The attribute of spans that names the pool.
const POOL: &str = "db.client.connection.pool.name";

/// A pool. A permit is taken before a thread, so no thread waits for a connection.
#[derive(Clone)]
pub(super) struct ConnectionPool {
    name: &'static str,
    pool: Pool<Connections>,
    connections: Connections,
    permits: Arc<Semaphore>,
    permit_timeout: Duration,
    waiting: Gauge,
    wait: Histogram,
    timeouts: Counter,
}

/// The usage of a pool.
#[derive(Clone, Copy, Debug)]
pub struct Usage {
    /// The maximum number of connections.
    pub max: usize,
    /// Open connections.
    pub open: usize,
    /// Connections in use.
    pub in_use: usize,
    /// Queries waiting for a connection.
    pub waiting: usize,
    /// Queries that got no connection in time.
    pub timeouts: u64,
}

impl ConnectionPool {
    /// Prepares the pool; connections are opened in the background. `wait` takes how long queries
    /// wait for one.
    pub(super) fn new(
        name: &'static str,
        url: &SecretString,
        settings: &config::Database,
        wait: Histogram,
    ) -> Self {
        let patience = settings.statement_timeout;
        let connections = Connections::new(url, Limits { patience });
        let pool = Pool::builder()
            .max_size(settings.pool_max_size)
            .min_idle(Some(settings.pool_min_idle))
            // r2d2 also uses this as the longest pause between two attempts to connect.
            .connection_timeout(OPEN_TIMEOUT)
            .error_handler(Box::new(diesel::r2d2::NopErrorHandler))
            .build_unchecked(connections.clone());
        Self {
            name,
            pool,
            connections,
            permits: Arc::new(Semaphore::new(settings.pool_max_size as usize)),
            permit_timeout: settings.pool_timeout.min(LONGEST_WAIT),
            waiting: Gauge::default(),
            wait,
            timeouts: Counter::default(),
        }
    }

    /// The usage of the pool.
    pub(super) fn usage(&self) -> Usage {
        let max = self.pool.max_size() as usize;
        Usage {
            max,
            open: self.pool.state().connections as usize,
            in_use: max.saturating_sub(self.permits.available_permits()),
            waiting: usize::try_from(self.waiting.get()).unwrap_or_default(),
            timeouts: self.timeouts.get(),
        }
    }

    /// Waits for a connection.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, DbError> {
        let asked = Instant::now();
        let mut span = spans::begin("db.wait").with(POOL, self.name);
        let _waiting = Raised::by_one(&self.waiting);
        let permits = Arc::clone(&self.permits).acquire_owned();
        let permit = tokio::time::timeout(self.permit_timeout, permits).await;
        self.wait.observe(asked.elapsed().as_secs_f64());
        let permit = permit.map_err(|_| {
            self.timeouts.inc();
            span.fail("timeout");
            DbError::Overloaded
        });
        Ok(permit?.expect("this semaphore is never closed"))
    }

    /// Runs `work` on a blocking thread with a connection; `name` is that of its span.
    ///
    /// # Errors
    ///
    /// Those of `work`, and [`DbError`] when there is no connection for it.
    pub(super) async fn run<T, E>(
        &self,
        name: &'static str,
        work: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let permit = self.permit().await?;
        let (pool, connections) = (self.pool.clone(), self.connections.clone());
        let span = Span::current();
        let mut part = spans::begin_call(name)
            .with("db.system.name", "postgresql")
            .with(POOL, self.name);
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            let _entered = span.entered();
            // The permit promises a place in the pool, so waiting here means connecting.
            let mut connection = pool.get().map_err(|error| {
                part.fail("unavailable");
                DbError::Unavailable(error.to_string())
            })?;
            let result = work(&mut connection);
            connections.look_after(&connection);
            result
        });
        done.await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}
