//! What every request can reach.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::features::sessions::memory::awareness::Awareness;
use crate::features::sessions::memory::revocations::Revocations;
use crate::features::sessions::memory::sightings::Sightings;
use crate::features::users::memory::turns::{Busy, Turns};
use crate::limits::{self, Limits};
use crate::metrics::Metrics;
use crate::security::csrf::CsrfKeys;
use crate::security::data_keys::ProofKeys;
use crate::security::device_marks::MarkKeys;
use crate::security::jwt::{Jwt, KeyError};
use crate::security::password::{HashError, PasswordHasher};
use crate::security::sealing::Sealer;
use secrecy::SecretString;
use tokio::sync::{Notify, SetOnce};

/// The state, shared by all requests.
pub type AppState = Arc<App>;

/// A setting that can be read but not used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The parameters of Argon2.
    #[error("ARGON2_*: {0}")]
    Passwords(#[from] HashError),
    /// Where rate limits are counted.
    #[error(transparent)]
    Limits(#[from] limits::Unusable),
}

/// To a caller, an account that too many work on is as busy as a pool without free connections.
impl From<Busy> for DbError {
    fn from(_: Busy) -> Self {
        Self::Overloaded
    }
}

/// Counts panics by the name of their task.
#[derive(Debug, Default)]
pub struct TaskPanics(Mutex<BTreeMap<&'static str, u64>>);

impl TaskPanics {
    /// Shows a task also while it has not panicked.
    pub fn show(&self, task: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(task).or_default();
    }

    /// Counts one.
    pub fn count(&self, task: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(task).or_default() += 1;
    }

    /// Returns the counts so far.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The parts that a process is made of.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The time.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// Token keys.
    pub jwt: Jwt,
    /// CSRF keys.
    pub csrf: CsrfKeys,
    /// Keys for the marks of known devices.
    pub marks: MarkKeys,
    /// Keys for one-time secrets.
    pub proofs: ProofKeys,
    /// Keys for what is sealed in the database.
    pub sealer: Sealer,
    /// Argon2id and its queue.
    pub passwords: Arc<PasswordHasher>,
    /// The sessions that ended lately.
    pub revocations: Revocations,
    /// The access tokens used lately.
    pub sightings: Sightings,
    /// How often things may be done.
    pub limits: Limits,
    /// Who may work on an account at once.
    pub turns: Turns,
    /// Told after a mail was queued.
    pub mail_wanted: Notify,
    /// How lately this instance learned of sessions that others ended.
    pub awareness: Arc<Awareness>,
    /// What is counted for Prometheus.
    pub metrics: Metrics,
    /// How often each background task panicked and was started again.
    pub task_panics: TaskPanics,
    /// Told why the process cannot go on, if it finds that out after the start.
    pub failure: SetOnce<String>,
    /// Set once the process has been told to stop: it is not ready, but still answers.
    pub is_leaving: AtomicBool,
    /// Set when new requests are turned away, `SHUTDOWN_DELAY_SECONDS` later.
    pub is_stopping: AtomicBool,
}

impl App {
    /// Puts the parts together; `database_url` is where [`crate::config::Location`] led to.
    ///
    /// # Errors
    ///
    /// Keys or Argon2 parameters that cannot be used.
    pub fn new(
        config: Config,
        database_url: &SecretString,
        clock: Clock,
    ) -> Result<AppState, Unusable> {
        Ok(Arc::new(Self {
            db: Db::new(database_url, &config.database),
            jwt: Jwt::new(&config.tokens)?,
            csrf: CsrfKeys::new(&config.tokens),
            marks: MarkKeys::new(&config.tokens),
            proofs: ProofKeys::new(&config.data_keys),
            sealer: Sealer::new(&config.data_keys),
            passwords: Arc::new(PasswordHasher::new(&config.passwords)?),
            revocations: Revocations::default(),
            sightings: Sightings::default(),
            limits: Limits::new(&config.rate_limits)?,
            turns: Turns::default(),
            mail_wanted: Notify::new(),
            awareness: Arc::default(),
            metrics: Metrics::default(),
            task_panics: TaskPanics::default(),
            failure: SetOnce::new(),
            is_leaving: AtomicBool::new(false),
            is_stopping: AtomicBool::new(false),
            clock,
            config,
        }))
    }

    /// Notes that a background task has done its work.
    pub fn note_success(&self, task: &'static str) {
        let done = self.metrics.task_successes.get_or_create(&[("task", task)]);
        done.set(self.clock.now().timestamp());
    }

    /// Tells whether the process has been told to stop.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed) || self.is_stopping()
    }

    /// Tells whether new requests are turned away.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
