//! A tier of rate limits: GCRA, in Redis or in memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use tower_governor::governor::{GovernorConfig, GovernorConfigBuilder};

use super::shared::Shared;
use super::subject::{BySubject, Subject};
use crate::config::Rate;

/// One of this many refusals is logged, so that an attacker cannot flood the log.
const LOGGED_REFUSALS: u64 = 100;

/// A tier's limiter in memory.
pub type Local = Arc<GovernorConfig<BySubject, NoOpMiddleware>>;

/// The request exceeds the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests")]
pub struct TooMany {
    /// How long to wait.
    pub wait: Duration,
}

/// The limiter of a tier; without a rate, it allows everything.
#[derive(Clone)]
pub struct Tier {
    name: &'static str,
    limit: Option<(Rate, Local)>,
    shared: Option<Arc<Shared>>,
    refusals: Arc<AtomicU64>,
}

impl Tier {
    /// Prepares a limiter.
    pub(super) fn new(name: &'static str, rate: Option<Rate>, shared: Option<Arc<Shared>>) -> Self {
        let limit = rate.and_then(|rate| {
            let local = GovernorConfigBuilder::default()
                .key_extractor(BySubject)
                // Not `per_second`, which is the number of seconds between two requests.
                .period(rate.period)
                .burst_size(rate.burst.get())
                .finish()?;
            Some((rate, Arc::new(local)))
        });
        Self {
            name,
            limit,
            shared,
            refusals: Arc::default(),
        }
    }

    /// The limiter in memory, unless the tier is off.
    pub fn local(&self) -> Option<&Local> {
        self.limit.as_ref().map(|(_, local)| local)
    }

    /// Whether to ask Redis first.
    pub fn is_shared(&self) -> bool {
        self.shared.is_some() && self.limit.is_some()
    }

    /// Counts a request of an address or session. Fails if the limit is exceeded.
    pub async fn check(&self, subject: impl Into<Subject>) -> Result<(), TooMany> {
        let subject = subject.into();
        let Some((rate, local)) = &self.limit else {
            return Ok(());
        };
        let counted = match &self.shared {
            Some(shared) => shared.check(self.name, *rate, subject).await,
            None => None,
        };
        counted
            .unwrap_or_else(|| check_locally(local, subject))
            .map_err(|wait| self.refuse(wait))
    }

    /// The number of refused requests so far.
    pub fn refused(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    /// Counts and logs a refusal.
    pub fn refuse(&self, wait: Duration) -> TooMany {
        let refused = self.refusals.fetch_add(1, Ordering::Relaxed);
        if refused.is_multiple_of(LOGGED_REFUSALS) {
            tracing::warn!(status = 429, refused = refused + 1, "rate limit exceeded");
        }
        TooMany { wait }
    }

    pub(super) fn forget_quiet(&self) {
        if let Some(local) = self.local() {
            local.limiter().retain_recent();
            local.limiter().shrink_to_fit();
        }
    }
}

fn check_locally(local: &Local, subject: Subject) -> Result<(), Duration> {
    let checked = local.limiter().check_key(&subject);
    checked.map_err(|early| early.wait_time_from(DefaultClock::default().now()))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::num::NonZeroU32;

    use governor::RateLimiter;
    use governor::clock::FakeRelativeClock;

    use super::*;

    /// Runs the quota of the layer on a virtual clock, and returns how many requests pass at once,
    /// and then in that many seconds.
    fn passing(period: Duration, burst: u32, seconds: u32) -> (usize, usize) {
        let burst = NonZeroU32::new(burst).unwrap();
        let tier = Tier::new("general", Some(Rate { period, burst }), None);
        let limiter = Arc::clone(tier.local().unwrap().limiter());
        let subject = Subject::Address(IpAddr::from([192, 0, 2, 1]));
        let refused = (0..=burst.get()).find_map(|_| limiter.check_key(&subject).err());
        let quota = refused.unwrap().quota();

        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::direct_with_clock(quota, clock.clone());
        let pass = || (0..10_000).take_while(|_| limiter.check().is_ok()).count();
        let at_once = pass();
        let mut later = 0;
        for _ in 0..seconds * 1000 {
            clock.advance(Duration::from_millis(1));
            later += pass();
        }
        (at_once, later)
    }

    #[test]
    fn the_general_tier_lets_100_through_at_once_and_50_a_second() {
        assert_eq!(passing(Duration::from_millis(20), 100, 60), (100, 3000));
    }

    #[test]
    fn the_auth_tier_lets_5_through_at_once_and_1_a_second() {
        assert_eq!(passing(Duration::from_secs(1), 5, 60), (5, 60));
    }

    #[tokio::test]
    async fn a_tier_that_is_off_lets_everything_through() {
        let tier = Tier::new("general", None, None);
        for _ in 0..10_000 {
            tier.check(uuid::Uuid::nil()).await.unwrap();
        }
    }
}
