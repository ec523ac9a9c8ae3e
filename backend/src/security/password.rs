//! Argon2id (RFC 9106) on blocking threads, as many at once as there are cores, behind a bounded
//! queue: a flood of sign-ins neither fills the memory nor slows down those who are signed in.

use std::sync::Arc;
use std::thread;

use argon2_rust::params::Memory;
use argon2_rust::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tracing::Span;

use crate::config::Passwords;
use crate::security::random;

/// Requests that may wait for each core; at the default parameters the last of them waits for
/// about a third of a second.
const WAITING_PER_CORE: usize = 32;

/// Places ahead of the queue for each core.
const AHEAD_PER_CORE: usize = 8;

/// Why a password was neither hashed nor checked.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// As many requests wait already as may.
    #[error("too many passwords wait to be hashed")]
    Overloaded,
    /// The hash in the database is damaged, or memory is short.
    #[error("hashing failed: {0}")]
    Failed(#[from] argon2_rust::Error),
}

/// What a check of a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// It is the password; `is_outdated` when the hash was made with weaker parameters than today's.
    Match {
        /// Whether the password should be hashed anew.
        is_outdated: bool,
    },
    /// It is not the password.
    Mismatch,
}

/// Hashes and checks passwords.
#[derive(Debug)]
pub struct PasswordHasher {
    argon2: Argon2,
    /// What an unknown account's password is compared with, so that it takes as long as a known's.
    dummy: String,
    places: Arc<Semaphore>,
    places_ahead: Arc<Semaphore>,
    /// What those in the queue take before they wait for a core, so that no more of them than there
    /// are cores stand between one who goes ahead and the next core.
    turns: Arc<Semaphore>,
    cores: Arc<Semaphore>,
}

impl PasswordHasher {
    /// Prepares the hasher, with one permit for each core.
    ///
    /// # Errors
    ///
    /// Parameters that Argon2 does not allow together, such as too little memory for the lanes.
    pub fn new(passwords: &Passwords) -> Result<Self, HashError> {
        let params = Params::builder()
            .memory(Memory::kib(passwords.memory_kib.into()))
            .passes(passwords.iterations)
            .lanes(passwords.parallelism)
            .build()?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            dummy: argon2.hash_password(&random::bytes::<32>(), &random::bytes::<16>())?,
            argon2,
            places: Arc::new(Semaphore::new(cores * (WAITING_PER_CORE + 1))),
            places_ahead: Arc::new(Semaphore::new(cores * AHEAD_PER_CORE)),
            turns: Arc::new(Semaphore::new(cores)),
            cores: Arc::new(Semaphore::new(cores)),
        })
    }

    /// Takes a place in the queue, to be held from before the database is asked.
    ///
    /// # Errors
    ///
    /// [`HashError::Overloaded`] at once when there is none.
    pub fn enter(self: &Arc<Self>) -> Result<Place, HashError> {
        let permit = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| HashError::Overloaded)?;
        Ok(Place {
            hasher: Arc::clone(self),
            permit,
            is_ahead: false,
        })
    }

    /// Takes one of the few places ahead of the queue, or one in it when they are taken.
    ///
    /// # Errors
    ///
    /// [`HashError::Overloaded`] at once when there is neither.
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

    /// Counts the cores on which nothing is hashed just now.
    pub fn free_cores(&self) -> usize {
        self.cores.available_permits()
    }

    fn verify(&self, hash: Option<&str>, password: &SecretString) -> Result<Comparison, HashError> {
        let encoded = hash.unwrap_or(&self.dummy);
        let bytes = password.expose_secret().as_bytes();
        match Argon2::verify_password(encoded, bytes, Algorithm::Argon2id) {
            Ok(()) if hash.is_some() => Ok(Comparison::Match {
                is_outdated: self.is_weaker(encoded)?,
            }),
            Ok(()) | Err(argon2_rust::Error::VerifyMismatch) => Ok(Comparison::Mismatch),
            Err(error) => Err(error.into()),
        }
    }

    /// Tells whether today's parameters are nowhere below those of the hash and somewhere above. Of
    /// two instances with different parameters at most one replaces the other's hashes.
    fn is_weaker(&self, encoded: &str) -> Result<bool, HashError> {
        let decoded = argon2_rust::decode_string(encoded, Algorithm::Argon2id)?;
        let (used, today) = (decoded.params, self.argon2.params());
        let is_reached = decoded.version <= Version::V0x13
            && used.memory() <= today.memory()
            && used.passes() <= today.passes()
            && used.lanes() <= today.lanes();
        let is_equal = decoded.version == Version::V0x13
            && used.memory() == today.memory()
            && used.passes() == today.passes()
            && used.lanes() == today.lanes();
        Ok(is_reached && !is_equal)
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
    /// Gives up a place ahead of the queue for one in it.
    ///
    /// # Errors
    ///
    /// [`HashError::Overloaded`] at once when there is none.
    pub fn fall_behind(self) -> Result<Self, HashError> {
        if self.is_ahead {
            self.hasher.enter()
        } else {
            Ok(self)
        }
    }

    /// Hashes a password under a fresh salt, into a PHC string of at most 128 bytes.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] when memory is short.
    pub async fn hash(self, password: SecretString) -> Result<String, HashError> {
        self.on_a_core(move |hasher| {
            let bytes = password.expose_secret().as_bytes();
            Ok(hasher.argon2.hash_password(bytes, &random::bytes::<16>())?)
        })
        .await
    }

    /// Compares a password with a hash, or with a dummy of the same cost when there is none.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] when the hash is damaged or memory is short.
    pub async fn verify(
        self,
        hash: Option<String>,
        password: SecretString,
    ) -> Result<Comparison, HashError> {
        self.on_a_core(move |hasher| hasher.verify(hash.as_deref(), &password))
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
        let turn = if is_ahead {
            None
        } else {
            Some(acquire(&hasher.turns).await)
        };
        let core = acquire(&hasher.cores).await;
        let span = Span::current();
        // They move into the thread: a client who hangs up drops this future, and must not hand the
        // core to the next request while the thread is still hashing on it.
        let done = tokio::task::spawn_blocking(move || {
            let _held = (permit, turn, core);
            span.in_scope(|| work(&hasher))
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
