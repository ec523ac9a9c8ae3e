//! The rate limits per client address, and where they are counted.

use std::num::NonZeroU32;
use std::time::Duration;

use redis::{ConnectionAddr, IntoConnectionInfo};
use secrecy::{ExposeSecret, SecretString};

use super::address::is_loopback;
use super::reader::Reader;

/// Rates outside this range cannot be counted precisely.
const MIN_PER_SECOND: f64 = 0.000_1;
const MAX_PER_SECOND: f64 = 1_000_000.0;

/// The rate of a tier: a sustained rate and a burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// The time between two requests.
    pub period: Duration,
    /// The burst: requests at once.
    pub burst: NonZeroU32,
}

/// The rates of the tiers; `None` if a tier is turned off.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// `RATE_LIMIT_GENERAL_PER_SECOND`, `RATE_LIMIT_GENERAL_BURST`.
    pub general: Option<Rate>,
    /// `RATE_LIMIT_AUTH_PER_SECOND`, `RATE_LIMIT_AUTH_BURST`.
    pub auth: Option<Rate>,
    /// `REDIS_URL`: where all instances count together. Without it, each counts on its own.
    pub redis: Option<SecretString>,
}

impl RateLimits {
    pub(super) fn read(reader: &mut Reader) -> Self {
        let mut tier = |per_second_name, per_second, burst_name, burst| {
            let period = read_period(reader, per_second_name, per_second);
            let burst = reader.number(burst_name, burst, 0..=1_000_000);
            Some(Rate {
                period: period?,
                burst: NonZeroU32::new(burst)?,
            })
        };
        Self {
            general: tier(
                "RATE_LIMIT_GENERAL_PER_SECOND",
                50.0,
                "RATE_LIMIT_GENERAL_BURST",
                100,
            ),
            auth: tier(
                "RATE_LIMIT_AUTH_PER_SECOND",
                1.0,
                "RATE_LIMIT_AUTH_BURST",
                5,
            ),
            redis: read_redis(reader),
        }
    }
}

fn read_period(reader: &mut Reader, name: &str, default: f64) -> Option<Duration> {
    let per_second = reader.parsed(name, default);
    if per_second == 0.0 {
        return None;
    }
    if !(MIN_PER_SECOND..=MAX_PER_SECOND).contains(&per_second) {
        reader.problem(
            name,
            format_args!("must be 0, or between {MIN_PER_SECOND} and {MAX_PER_SECOND}"),
        );
        return None;
    }
    Some(Duration::from_secs_f64(1.0 / per_second))
}

fn read_redis(reader: &mut Reader) -> Option<SecretString> {
    const NAME: &str = "REDIS_URL";
    let text = SecretString::from(reader.text(NAME)?);
    // The message of the library may quote part of the URL.
    let Ok(info) = text.expose_secret().into_connection_info() else {
        reader.problem(
            NAME,
            "not a Redis URL; write rediss://user:password@host:6379/0, and within a user or password \
             %40 for @, %2F for /, %3A for : and %25 for %",
        );
        return Some(text);
    };
    match info.addr() {
        ConnectionAddr::TcpTls { insecure: true, .. } => reader.problem(
            NAME,
            "must not end in #insecure; SSL_CERT_FILE can name your own authority's certificate",
        ),
        ConnectionAddr::Tcp(host, _) if reader.is_production && !is_loopback(host) => reader
            .problem(
                NAME,
                "write rediss:// for redis://: the connection leaves this machine unencrypted",
            ),
        _ => {}
    }
    Some(text)
}
