//! The state that every request can reach.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Db, DbError};
use crate::features::mail::memory::mailbox::Mailbox;
use crate::features::mail::memory::queue::Queue;
use crate::features::mail::memory::sending::Sending;
use crate::features::mail::memory::templates::{self, Templates};
use crate::features::sessions::memory::awareness::Awareness;
use crate::features::sessions::memory::families::Families;
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

/// A setting that is valid but cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A signing key.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The parameters of Argon2.
    #[error("ARGON2_*: {0}")]
    Passwords(#[from] HashError),
    /// The templates of mails.
    #[error("MAIL_TEMPLATES_DIR: {0}")]
    Templates(#[from] templates::Unusable),
    /// The address of Redis.
    #[error(transparent)]
    Limits(#[from] limits::Unusable),
}

/// For a caller, an account that is too busy is like a pool without free connections.
impl From<Busy> for DbError {
    fn from(_: Busy) -> Self {
        Self::Overloaded
    }
}

/// Counts panics by task.
#[derive(Debug, Default)]
pub struct TaskPanics(Mutex<BTreeMap<&'static str, u64>>);

impl TaskPanics {
    /// Exports a task even before it has panicked.
    pub fn show(&self, task: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.entry(task).or_default();
    }

    /// Adds one.
    pub fn count(&self, task: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry(task).or_default() += 1;
    }

    /// The counts so far.
    pub fn counts(&self) -> BTreeMap<&'static str, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// The parts of a process.
pub struct App {
    /// The settings.
    pub config: Config,
    /// The clock.
    pub clock: Clock,
    /// The database.
    pub db: Db,
    /// The keys of access and refresh tokens.
    pub jwt: Jwt,
    /// The keys of CSRF tokens.
    pub csrf: CsrfKeys,
    /// The keys of device marks.
    pub marks: MarkKeys,
    /// Keys for one-time secrets.
    pub proofs: ProofKeys,
    /// Keys for what is sealed in the database.
    pub sealer: Sealer,
    /// Argon2id and its queue.
    pub passwords: Arc<PasswordHasher>,
    /// The kinds of clients that called lately.
    pub families: Families,
    /// The sessions that ended lately.
    pub revocations: Revocations,
    /// The recently used access tokens.
    pub sightings: Sightings,
    /// The rate limits.
    pub limits: Limits,
    /// The limit on concurrent work per account.
    pub turns: Turns,
    /// The templates of mails.
    pub templates: Templates,
    /// The development mailbox.
    pub mailbox: Mailbox,
    /// How the queue of mails stands.
    pub mail_queue: Queue,
    /// The mails that are being sent.
    pub sending: Sending,
    /// Told after a mail was queued.
    pub mail_wanted: Notify,
    /// Whether this instance learns of sessions that others end.
    pub awareness: Arc<Awareness>,
    /// What is counted for Prometheus.
    pub metrics: Metrics,
    /// The panics of each background task.
    pub task_panics: TaskPanics,
    /// Set to the reason if the process finds after the start that it cannot continue.
    pub failure: SetOnce<String>,
    /// Set once the process was told to stop: it is not ready, but still answers.
    pub is_leaving: AtomicBool,
    /// Set when new requests are refused, `SHUTDOWN_DELAY_SECONDS` later.
    pub is_stopping: AtomicBool,
}

impl App {
    /// Builds the state; `database_url` is the address that [`crate::config::Location`] resolved
    /// to. Fails if keys or Argon2 parameters cannot be used.
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
            families: Families::default(),
            revocations: Revocations::default(),
            sightings: Sightings::default(),
            limits: Limits::new(&config.rate_limits)?,
            turns: Turns::default(),
            templates: Templates::load(config.mail.templates_dir.as_deref())?,
            mailbox: Mailbox::default(),
            mail_queue: Queue::default(),
            sending: Sending::default(),
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

    /// Records that a background task has done its work.
    pub fn note_success(&self, task: &'static str) {
        let done = self.metrics.task_successes.get_or_create(&[("task", task)]);
        done.set(self.clock.now().timestamp());
    }

    /// Whether the process was told to stop.
    pub fn is_leaving(&self) -> bool {
        self.is_leaving.load(Ordering::Relaxed) || self.is_stopping()
    }

    /// Whether new requests are refused.
    pub fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Relaxed)
    }
}
