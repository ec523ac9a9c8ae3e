//! Rate limits on requests, by address and session, and on going ahead in the queue for hashing.
//! Failed sign-ins must be counted exactly and survive a restart, so they are counted in PostgreSQL
//! instead.

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

/// Where requests are counted, with `REDIS_URL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counting {
    /// In Redis.
    Shared,
    /// By this instance alone, because Redis is unreachable or slow.
    Local,
}

/// All limits of an instance.
pub struct Limits {
    /// For most routes.
    pub general: Tier,
    /// For routes that check or hash a password of anyone; by session for those that take a refresh
    /// token.
    pub auth: Tier,
    /// How often known devices may go ahead of unknown ones.
    pub overtaking: Overtaking,
    shared: Option<Arc<Shared>>,
}

impl Limits {
    /// Prepares the configured limits, without connecting. Fails if `REDIS_URL` cannot be used.
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

    /// Keeps a connection to Redis while it is awaited; returns at once without `REDIS_URL`.
    pub async fn keep_shared(&self) {
        if let Some(shared) = &self.shared {
            shared.keep_connected().await;
        }
    }

    /// Where requests are counted; `None` without `REDIS_URL`.
    pub fn counting(&self) -> Option<Counting> {
        let shared = self.shared.as_ref()?;
        Some(if shared.is_connected() {
            Counting::Shared
        } else {
            Counting::Local
        })
    }

    /// Removes clients from memory whose burst is fully available again.
    pub fn forget_quiet(&self) {
        self.general.forget_quiet();
        self.auth.forget_quiet();
        self.overtaking.forget_quiet();
    }
}
