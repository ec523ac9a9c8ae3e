//! How many requests one address or session may make: GCRA, with `tower_governor` by address.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::http;
use axum::response::{IntoResponse, Response};
use futures_util::future::Either;
use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use tower::util::option_layer;
use tower::{Layer, Service, service_fn};
use tower_governor::governor::{GovernorConfig, GovernorConfigBuilder};
use tower_governor::key_extractor::KeyExtractor;
use tower_governor::{GovernorError, GovernorLayer};
use uuid::Uuid;

use crate::api::code::Code;
use crate::api::input::client_ip::ClientIp;
use crate::api::openapi::Operation;
use crate::api::problem::Problem;
use crate::api::{Api, Limits};
use crate::config;

/// Of this many refusals one is logged: a line for each would hand an attacker a lever.
const LOGGED_REFUSALS: u64 = 100;

/// Takes what requests are counted by from the request.
#[derive(Clone, Copy, Debug)]
pub struct ByClientIp;

impl KeyExtractor for ByClientIp {
    type Key = IpAddr;

    fn extract<T>(&self, request: &http::Request<T>) -> Result<IpAddr, GovernorError> {
        request
            .extensions()
            .get::<ClientIp>()
            .map(|ip| ip.rate_limit_key())
            .ok_or(GovernorError::UnableToExtractKey)
    }
}

/// One tier's limiter; without one, everything passes.
#[derive(Clone)]
pub struct Tier {
    governor: Option<Arc<GovernorConfig<ByClientIp, NoOpMiddleware>>>,
    /// By session, at the same rate: an office behind one address must not be signed out by its size.
    sessions: Option<Arc<DefaultKeyedRateLimiter<Uuid>>>,
    refusals: Arc<AtomicU64>,
}

impl Tier {
    /// Prepares a limiter.
    pub fn new(tier: Option<config::Rate>) -> Self {
        let governor = tier.and_then(|tier| {
            GovernorConfigBuilder::default()
                .key_extractor(ByClientIp)
                // Not `per_second`, which takes the seconds between two requests.
                .period(Duration::from_secs(1) / tier.per_second.get())
                .burst_size(tier.burst.get())
                .finish()
        });
        let sessions = tier.and_then(|tier| {
            let quota = Quota::with_period(Duration::from_secs(1) / tier.per_second.get())?;
            Some(RateLimiter::keyed(quota.allow_burst(tier.burst)))
        });
        Self {
            governor: governor.map(Arc::new),
            sessions: sessions.map(Arc::new),
            refusals: Arc::default(),
        }
    }

    /// Puts the limiter in front of `api`.
    fn apply(&self, api: impl Api) -> impl Api {
        let layer = self.governor.clone().map(|governor| {
            let tier = self.clone();
            GovernorLayer::<_, _, Body>::new(governor)
                .error_handler(move |error| tier.refuse(&error))
        });
        option_layer(layer).layer(api)
    }

    /// Counts one more request of `ip`, for a handler that learns only late which tier it is in.
    ///
    /// # Errors
    ///
    /// The problem to answer with when the limit is exceeded.
    pub fn check(&self, ip: ClientIp) -> Result<(), Problem> {
        let Some(governor) = &self.governor else {
            return Ok(());
        };
        governor
            .limiter()
            .check_key(&ip.rate_limit_key())
            .map_err(|early| {
                self.note();
                limited(early.wait_time_from(DefaultClock::default().now()))
            })
    }

    /// Counts one more request of a session, which a token of ours must name: others could make up
    /// ids without end.
    ///
    /// # Errors
    ///
    /// The problem to answer with when the limit is exceeded.
    pub fn check_session(&self, id: Uuid) -> Result<(), Problem> {
        let Some(sessions) = &self.sessions else {
            return Ok(());
        };
        sessions.check_key(&id).map_err(|early| {
            self.note();
            limited(early.wait_time_from(DefaultClock::default().now()))
        })
    }

    /// Forgets the addresses and sessions that have been quiet long enough to have their whole burst again.
    pub fn forget_quiet(&self) {
        if let Some(governor) = &self.governor {
            governor.limiter().retain_recent();
            governor.limiter().shrink_to_fit();
        }
        if let Some(sessions) = &self.sessions {
            sessions.retain_recent();
            sessions.shrink_to_fit();
        }
    }

    /// Counts the requests that were refused so far.
    pub fn refused(&self) -> u64 {
        self.refusals.load(Ordering::Relaxed)
    }

    fn refuse(&self, error: &GovernorError) -> Response {
        match error {
            GovernorError::TooManyRequests { wait_time, .. } => {
                self.note();
                // The layer has cut the fraction off.
                limited(Duration::from_secs(wait_time + 1)).into_response()
            }
            other => Problem::internal(other).into_response(),
        }
    }

    fn note(&self) {
        let refused = self.refusals.fetch_add(1, Ordering::Relaxed);
        if refused.is_multiple_of(LOGGED_REFUSALS) {
            tracing::warn!(status = 429, refused = refused + 1, "rate limit exceeded");
        }
    }
}

/// Counts each request to `api` in its tier: the auth tier for `auth_operations`, else the general
/// one. Handlers find the auth tier in the extensions, for what only turns out to belong there.
pub fn limit(limits: &Limits, auth_operations: Vec<Operation>, api: impl Api) -> impl Api {
    let mut general = limits.general.apply(api.clone());
    let mut auth = limits.auth.apply(api);
    let auth_tier = limits.auth.clone();
    // Every connection has a copy of the layers, but not of this.
    let auth_operations: Arc<[Operation]> = auth_operations.into();
    service_fn(move |mut request: Request| {
        let is_auth = auth_operations
            .iter()
            .any(|operation| operation.answers(&request));
        if is_auth {
            Either::Left(auth.call(request))
        } else {
            request.extensions_mut().insert(auth_tier.clone());
            Either::Right(general.call(request))
        }
    })
}

fn limited(wait: Duration) -> Problem {
    Problem::from(Code::RateLimited).retry_after(wait)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use governor::clock::FakeRelativeClock;

    use super::*;

    /// Runs the quota that the layer was built with on a clock that the test moves, and returns
    /// how many requests pass at once and then in that many seconds.
    fn passing(per_second: u32, burst: u32, seconds: u32) -> (usize, usize) {
        let tier = Tier::new(Some(config::Rate {
            per_second: NonZeroU32::new(per_second).unwrap(),
            burst: NonZeroU32::new(burst).unwrap(),
        }));
        let limiter = Arc::clone(tier.governor.unwrap().limiter());
        let ip = IpAddr::from([192, 0, 2, 1]);
        let refused = (0..=burst).find_map(|_| limiter.check_key(&ip).err());
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
        assert_eq!(passing(50, 100, 60), (100, 3000));
    }

    #[test]
    fn the_auth_tier_lets_5_through_at_once_and_1_a_second() {
        assert_eq!(passing(1, 5, 60), (5, 60));
    }

    #[test]
    fn a_tier_that_is_off_lets_everything_through() {
        let tier = Tier::new(None);
        let ip = ClientIp(IpAddr::from([192, 0, 2, 1]));
        assert!((0..10_000).all(|_| tier.check(ip).is_ok()));
    }
}
