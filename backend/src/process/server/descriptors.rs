//! Derives the limit of connections from the limit of file descriptors.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::connections::Bounds;
use crate::config::Config;

/// The maximum per process on Linux by default.
const MAX: u64 = 1 << 20;

/// File descriptors besides connections to clients and the database: logs, timers, keys, name
/// look-ups.
const RESERVED: u64 = 64;

/// Raises the limit of open files as far as the system allows, and returns the limits of
/// connections that follow from it and from the configuration.
pub fn bounds(config: &Config) -> Bounds {
    let limit = raise_limit();
    let left = limit.saturating_sub(RESERVED + u64::from(config.database.pool_max_size));
    // Each connection may also read a file.
    let possible = usize::try_from(left / 2).unwrap_or(usize::MAX).max(1);
    let wanted = config.connections.max;
    if possible < wanted {
        tracing::warn!(
            limit,
            "the limit of open files leaves room for {possible} connections, not for the {wanted} \
             of CONNECTIONS_MAX; raise it (ulimit -n, LimitNOFILE)"
        );
    }
    Bounds {
        total: wanted.min(possible),
        per_address: config.connections.per_address_max,
        proxies: config.trusted_proxies.clone(),
    }
}

fn raise_limit() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else {
        return MAX;
    };
    let wanted = hard.min(MAX);
    if wanted > soft && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() {
        return wanted;
    }
    soft
}
