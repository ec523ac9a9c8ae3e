//! Counts in Redis, for all instances together.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError, Script};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use super::subject::Subject;
use crate::config::Rate;

/// How long a request waits for Redis.
const PATIENCE: Duration = Duration::from_millis(50);
/// How long connecting may take, in the background.
const CONNECTING: Duration = Duration::from_secs(2);
/// The shortest time between two attempts to connect.
const PAUSE_MS: u64 = 1000;
const PREFIX: &str = "latchkey:limits:";

/// `REDIS_URL` cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("REDIS_URL: {0}")]
pub struct Unusable(RedisError);

/// Redis, and a connection to it while it answers in time.
///
/// The first request that it does not answer in time closes the connection for all. Requests are
/// then counted in memory without waiting, until [`Shared::keep_connected`] gets an answer again. A
/// call is never sent twice: if it timed out, Redis may still execute it, and it then counts once.
pub(super) struct Shared {
    client: Client,
    script: Script,
    connection: Mutex<Option<MultiplexedConnection>>,
    is_lost: Notify,
}

impl Shared {
    pub(super) fn new(url: &SecretString) -> Result<Self, Unusable> {
        Ok(Self {
            client: Client::open(url.expose_secret()).map_err(Unusable)?,
            script: Script::new(include_str!("gcra.lua")),
            connection: Mutex::default(),
            is_lost: Notify::new(),
        })
    }

    /// Counts a request: `Ok` if it may pass, otherwise how long to wait; `None` if Redis did not
    /// answer in time.
    pub(super) async fn check(
        &self,
        tier: &str,
        rate: Rate,
        subject: Subject,
    ) -> Option<Result<(), Duration>> {
        let connection = self.connection().clone()?;
        let key = format!("{PREFIX}{tier}:{subject}");
        match self.count(connection, &key, rate).await {
            Ok(Duration::ZERO) => Some(Ok(())),
            Ok(wait) => Some(Err(wait)),
            Err(error) => {
                self.lose(&error);
                None
            }
        }
    }

    /// Connects, and reconnects after each loss with a pause between attempts.
    pub(super) async fn keep_connected(&self) {
        let mut is_told = false;
        loop {
            match self.connect().await {
                Ok(connection) => {
                    *self.connection() = Some(connection);
                    tracing::info!("rate limits are counted in Redis, for all instances together");
                    self.is_lost.notified().await;
                    is_told = true;
                }
                Err(error) if !is_told => {
                    tell(&error);
                    is_told = true;
                }
                Err(error) => tracing::debug!(%error, "Redis is still away"),
            }
            // Jitter, so that instances do not all reconnect at once.
            sleep(Duration::from_millis(
                PAUSE_MS + fastrand::u64(..=PAUSE_MS / 4),
            ))
            .await;
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.connection().is_some()
    }

    /// Connects, and counts once to check permissions and speed.
    async fn connect(&self) -> Result<MultiplexedConnection, Failure> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(CONNECTING))
            .set_response_timeout(Some(CONNECTING));
        let connecting = self
            .client
            .get_multiplexed_async_connection_with_config(&config);
        let mut connection = timeout(CONNECTING, connecting).await??;
        timeout(CONNECTING, self.script.load_async(&mut connection)).await??;
        let rate = Rate {
            period: Duration::from_millis(1),
            burst: std::num::NonZeroU32::MIN,
        };
        let key = format!("{PREFIX}probe");
        self.count(connection.clone(), &key, rate).await?;
        Ok(connection)
    }

    async fn count(
        &self,
        mut connection: MultiplexedConnection,
        key: &str,
        rate: Rate,
    ) -> Result<Duration, Failure> {
        let period = u64::try_from(rate.period.as_micros()).unwrap_or(u64::MAX);
        let mut call = self.script.key(key);
        call.arg(period.max(1)).arg(rate.burst.get());
        let wait = timeout(PATIENCE, call.invoke_async(&mut connection)).await??;
        Ok(Duration::from_micros(wait))
    }

    fn lose(&self, error: &Failure) {
        // Only the first of the waiting requests logs it.
        if self.connection().take().is_some() {
            tell(error);
            self.is_lost.notify_one();
        }
    }

    fn connection(&self) -> MutexGuard<'_, Option<MultiplexedConnection>> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why Redis did not count.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("no answer in time")]
    Late(#[from] tokio::time::error::Elapsed),
    #[error(transparent)]
    Redis(#[from] RedisError),
}

fn tell(error: &impl Display) {
    tracing::warn!(
        %error,
        "Redis does not count; each instance limits rates by itself until it does again"
    );
}
