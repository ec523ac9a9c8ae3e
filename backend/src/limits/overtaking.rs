//! Limits how often known devices go ahead of unknown ones in the queue for hashing, so that
//! somebody who floods it with sign-ins to their own account cannot delay the known devices of
//! others.

use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use uuid::Uuid;

/// The number of failures that a known device may have in 15 minutes.
const AT_ONCE: NonZeroU32 = NonZeroU32::new(10).expect("it is not 0");
const PERIOD: Duration = Duration::from_secs(90);

/// Counts in memory, by device and by account.
pub struct Overtaking {
    devices: DefaultKeyedRateLimiter<Uuid>,
    accounts: DefaultKeyedRateLimiter<i64>,
}

impl Default for Overtaking {
    fn default() -> Self {
        Self {
            devices: limiter(),
            accounts: limiter(),
        }
    }
}

impl Overtaking {
    /// Whether a device whose mark has these ids may go ahead until the database has checked that
    /// it is known. Counted by device, so that an invalid mark cannot use up the account's limit.
    pub fn admits_device(&self, ids: &[Uuid]) -> bool {
        ids.iter().any(|id| self.devices.check_key(id).is_ok())
    }

    /// Whether a device that is known for an account may stay ahead. Counted by account, because
    /// somebody who floods the queue may have any number of devices.
    pub fn admits_account(&self, user_id: i64) -> bool {
        self.accounts.check_key(&user_id).is_ok()
    }

    /// Removes entries whose burst is fully available again.
    pub(super) fn forget_quiet(&self) {
        self.devices.retain_recent();
        self.devices.shrink_to_fit();
        self.accounts.retain_recent();
        self.accounts.shrink_to_fit();
    }
}

fn limiter<K: Clone + Eq + Hash>() -> DefaultKeyedRateLimiter<K> {
    let quota = Quota::with_period(PERIOD).expect("it is not 0");
    RateLimiter::keyed(quota.allow_burst(AT_ONCE))
}
