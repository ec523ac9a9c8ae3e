//! How many requests one client address may make.

use std::num::NonZeroU32;

use super::reader::Reader;

/// One tier: a steady rate, and how far ahead of it a client may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests per second.
    pub per_second: NonZeroU32,
    /// Requests at once.
    pub burst: NonZeroU32,
}

/// The tiers; `None` is a tier that was turned off.
#[derive(Clone, Copy, Debug)]
pub struct RateLimits {
    /// `RATE_LIMIT_GENERAL_PER_SECOND`, `RATE_LIMIT_GENERAL_BURST`.
    pub general: Option<Rate>,
    /// `RATE_LIMIT_AUTH_PER_SECOND`, `RATE_LIMIT_AUTH_BURST`.
    pub auth: Option<Rate>,
}

impl RateLimits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut tier = |per_second_name, per_second, burst_name, burst| {
            let per_second = reader.number(per_second_name, per_second, 0..=1_000_000);
            let burst = reader.number(burst_name, burst, 0..=1_000_000);
            Some(Rate {
                per_second: NonZeroU32::new(per_second)?,
                burst: NonZeroU32::new(burst)?,
            })
        };
        Self {
            general: tier(
                "RATE_LIMIT_GENERAL_PER_SECOND",
                50,
                "RATE_LIMIT_GENERAL_BURST",
                100,
            ),
            auth: tier("RATE_LIMIT_AUTH_PER_SECOND", 1, "RATE_LIMIT_AUTH_BURST", 5),
        }
    }
}
