//! Argon2id (RFC 9106) on blocking threads, at most one per core, behind a bounded queue. A flood
//! of sign-ins neither exhausts memory nor slows down users who are signed in.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Params, Version};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Span;

use crate::config::Passwords;
use crate::metrics::{self, Raised};
use crate::security::password_cost::Cost;
use crate::security::random;
use crate::spans;

/// Requests that may wait per core. With the default parameters, the last of them waits for about a
/// third of a second.
const WAITING_PER_CORE: usize = 32;

/// Places ahead of the queue, per core.
const AHEAD_PER_CORE: usize = 8;

/// Why a password was neither hashed nor verified.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// The queue is full.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// The hash in the database is damaged, or memory is short.
    #[error("hashing failed: {0}")]
    Failed(#[from] argon2_rust::Error),
}

/// The result of verifying a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The password matches.
    Match {
        /// Whether the hash was made with weaker parameters than today's and should be replaced.
        is_outdated: bool,
    },
    /// The password does not match.
    Mismatch,
}

/// Hashes and verifies passwords.
#[derive(Debug)]
pub struct PasswordHasher {
    argon2: Argon2,
    /// The cost of new hashes.
    today: Cost,
    /// The number of hashes computed, by parameters.
    computed: Mutex<BTreeMap<String, u64>>,
    places: Arc<Semaphore>,
    places_ahead: Arc<Semaphore>,
    /// Requests in the queue take one of these permits before they wait for a core. At most as many
    /// of them as there are cores are therefore between a request that goes ahead and the next free
    /// core.
    turns: Arc<Semaphore>,
    cores: Arc<Semaphore>,
    core_count: usize,
    instruments: Instruments,
}

/// The instruments of the queue.
#[derive(Clone, Debug)]
pub struct Instruments {
    /// Waiting for a core now.
    pub waiting: Gauge,
    /// How long the wait was.
    pub wait: Histogram,
    /// How long hashing took.
    pub work: Histogram,
    /// Refused, because there was no place.
    pub refused: Counter,
}

/// The load of the queue.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Cores in all.
    pub cores: usize,
    /// Cores that are hashing.
    pub cores_busy: usize,
    /// Places in the queue.
    pub places: usize,
    /// Places taken.
    pub places_taken: usize,
    /// Places ahead of the queue.
    pub places_ahead: usize,
    /// Places taken.
    pub places_ahead_taken: usize,
}

impl PasswordHasher {
    /// Prepares the hasher, with one permit per core. Fails for invalid combinations of parameters,
    /// such as too little memory for the lanes.
    pub fn new(passwords: &Passwords) -> Result<Self, HashError> {
        let params = Params::builder()
            .memory(Memory::kib(passwords.memory_kib.into()))
            .passes(passwords.iterations)
            .lanes(passwords.parallelism)
            .build()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        // Also checks that there is enough memory.
        let hash = argon2.hash_password(&random::bytes::<32>(), &random::bytes::<16>())?;
        Ok(Self {
            today: Cost::of(&hash).ok_or(argon2_rust::Error::DecodingFail)?,
            argon2,
            computed: Mutex::default(),
            places: Arc::new(Semaphore::new(cores * (WAITING_PER_CORE + 1))),
            places_ahead: Arc::new(Semaphore::new(cores * AHEAD_PER_CORE)),
            turns: Arc::new(Semaphore::new(cores)),
            cores: Arc::new(Semaphore::new(cores)),
            core_count: cores,
            instruments: Instruments {
                waiting: Gauge::default(),
                wait: metrics::seconds(),
                work: metrics::seconds(),
                refused: Counter::default(),
            },
        })
    }

    /// Takes a place in the queue, to hold before the database is queried. Fails at once if there
    /// is none.
    pub fn enter(self: &Arc<Self>) -> Result<Place, HashError> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| {
            self.instruments.refused.inc();
            HashError::Overloaded
        })?;
        Ok(Place {
            hasher: Arc::clone(self),
            permit,
            is_ahead: false,
        })
    }

    /// Takes one of the few places ahead of the queue, or one in the queue if they are taken. Fails
    /// at once if there is neither.
    pub fn enter_ahead(self: &Arc<Self>) -> Result<Place, HashError> {
        let Ok(permit) = Arc::clone(&self.places_ahead).try_acquire_owned() else {
            return self.enter();
        };
        Ok(Place {
            hasher: Arc::clone(self),
            permit,
            is_ahead: true,
        })
    }

    /// The number of idle cores.
    pub fn free_cores(&self) -> usize {
        self.cores.available_permits()
    }

    /// The load of the queue.
    pub fn load(&self) -> Load {
        let taken = |all: usize, free: &Semaphore| all.saturating_sub(free.available_permits());
        let places = self.core_count * (WAITING_PER_CORE + 1);
        let places_ahead = self.core_count * AHEAD_PER_CORE;
        Load {
            cores: self.core_count,
            cores_busy: taken(self.core_count, &self.cores),
            places,
            places_taken: taken(places, &self.places),
            places_ahead,
            places_ahead_taken: taken(places_ahead, &self.places_ahead),
        }
    }

    /// The instruments of the queue.
    pub fn instruments(&self) -> &Instruments {
        &self.instruments
    }

    /// The cost of new hashes.
    pub fn today(&self) -> &Cost {
        &self.today
    }

    /// The number of hashes computed so far, for new passwords and for verification, by parameters.
    pub fn computed(&self) -> BTreeMap<String, u64> {
        self.computed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn count(&self, cost: &Cost) {
        let mut computed = self.computed.lock().unwrap_or_else(PoisonError::into_inner);
        match computed.get_mut(cost.as_str()) {
            Some(count) => *count += 1,
            None => drop(computed.insert(cost.as_str().to_owned(), 1)),
        }
    }

    fn hash(&self, password: &SecretString) -> Result<String, HashError> {
        self.count(&self.today);
        let bytes = password.expose_secret().as_bytes();
        Ok(self.argon2.hash_password(bytes, &random::bytes::<16>())?)
    }

    fn verify(
        &self,
        hash: Option<&str>,
        decoy: Cost,
        password: &SecretString,
    ) -> Result<Comparison, HashError> {
        let (encoded, cost) = match hash {
            Some(hash) => {
                let cost = Cost::of(hash).ok_or(argon2_rust::Error::DecodingFail)?;
                (hash.to_owned(), cost)
            }
            None => (decoy.decoy(), decoy),
        };
        self.count(&cost);
        let bytes = password.expose_secret().as_bytes();
        match Argon2::verify_password(&encoded, bytes, Algorithm::Argon2id) {
            Ok(()) if hash.is_some() => Ok(Comparison::Match {
                is_outdated: cost.is_weaker_than(&self.today),
            }),
            Ok(()) | Err(argon2_rust::Error::VerifyMismatch) => Ok(Comparison::Mismatch),
            Err(error) => Err(error.into()),
        }
    }
}

/// A place in the queue for a core.
#[derive(Debug)]
pub struct Place {
    hasher: Arc<PasswordHasher>,
    permit: OwnedSemaphorePermit,
    is_ahead: bool,
}

impl Place {
    /// Exchanges a place ahead of the queue for one in it. Fails at once if there is none.
    pub fn fall_behind(self) -> Result<Self, HashError> {
        if self.is_ahead {
            self.hasher.enter()
        } else {
            Ok(self)
        }
    }

    /// Hashes a password with a fresh salt into a PHC string of at most 128 bytes. Fails if memory
    /// is short.
    pub async fn hash(self, password: SecretString) -> Result<String, HashError> {
        self.on_a_core(move |hasher| hasher.hash(&password)).await
    }

    /// Compares a password with a hash, or with a decoy of the cost `decoy` if there is none. Fails
    /// if the hash is damaged or memory is short.
    pub async fn verify(
        self,
        hash: Option<String>,
        decoy: Cost,
        password: SecretString,
    ) -> Result<Comparison, HashError> {
        self.on_a_core(move |hasher| hasher.verify(hash.as_deref(), decoy, &password))
            .await
    }

    async fn on_a_core<T: Send + 'static>(
        self,
        work: impl FnOnce(&PasswordHasher) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let Self {
            hasher,
            permit,
            is_ahead,
        } = self;
        let entered = Instant::now();
        let waiting = Raised::by_one(&hasher.instruments.waiting);
        let wait = spans::begin("hash.wait");
        let turn = if is_ahead {
            None
        } else {
            Some(acquire(&hasher.turns).await)
        };
        let core = acquire(&hasher.cores).await;
        drop((waiting, wait));
        let waited = entered.elapsed();
        hasher.instruments.wait.observe(waited.as_secs_f64());
        let span = Span::current();
        let part = spans::begin("hash");
        // They move into the thread: a client who hangs up drops this future, and must not hand the
        // core to the next request while the thread is still hashing on it.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (permit, turn, core, part);
            let began = Instant::now();
            let done = span.in_scope(|| work(&hasher));
            let took = began.elapsed();
            hasher.instruments.work.observe(took.as_secs_f64());
            done
        });
        done.await
            .unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()))
    }
}

async fn acquire(permits: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(permits)
        .acquire_owned()
        .await
        .expect("this semaphore is never closed")
}
