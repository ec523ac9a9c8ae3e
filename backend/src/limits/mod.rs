//! How often something may be done: requests by address and session, and overtaking in the queue for a
//! core. What must be exact and outlast a restart, failed sign-ins, is counted in PostgreSQL instead.

mod overtaking;
mod shared;
mod subject;
mod tier;

use std::sync::Arc;

pub use overtaking::Overtaking;
pub use shared::Unusable;
pub use subject::{BySubject, Subject};
pub use tier::{Local, Tier, TooMany};

use crate::config::RateLimits;
use shared::Shared;

/// Where requests are counted, when they should be over all instances.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// In Redis.
    Shared,
    /// By this instance alone, as Redis is away or slow.
    Local,
}

/// All limits of an instance.
pub struct Limits {
    /// For most routes.
    pub general: Tier,
    /// For routes that check or hash a stranger's password; by session for those that take a
    /// refresh token.
    pub auth: Tier,
    /// How often known devices go ahead of strangers.
    pub overtaking: Overtaking,
    shared: Option<Arc<Shared>>,
}

impl Limits {
    /// Prepares the limits that the configuration asks for; connects to nothing.
    ///
    /// # Errors
    ///
    /// `REDIS_URL` cannot be used.
    pub fn new(config: &RateLimits) -> Result<Self, Unusable> {
        let shared = config.redis.as_ref().map(Shared::new).transpose()?;
        let shared = shared.map(Arc::new);
        Ok(Self {
            general: Tier::new("general", config.general, shared.clone()),
            auth: Tier::new("auth", config.auth, shared.clone()),
            overtaking: Overtaking::default(),
            shared,
        })
    }

    /// Keeps a connection to Redis for as long as it is awaited; ends at once without `REDIS_URL`.
    pub async fn keep_shared(&self) {
        if let Some(shared) = &self.shared {
            shared.keep_connected().await;
        }
    }

    /// Tells where requests are counted; nothing without `REDIS_URL`.
    pub fn counting(&self) -> Option<Counting> {
        let shared = self.shared.as_ref()?;
        Some(if shared.is_connected() {
            Counting::Shared
        } else {
            Counting::Local
        })
    }

    /// Forgets in memory who has been quiet long enough to have the whole burst again.
    pub fn forget_quiet(&self) {
        self.general.forget_quiet();
        self.auth.forget_quiet();
        self.overtaking.forget_quiet();
    }
}
