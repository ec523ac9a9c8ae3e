//! The one source of "now", so that a test can move time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time: the system's, plus whatever a test has added.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    ahead_ms: Arc<AtomicI64>,
}

impl Clock {
    /// Returns the current time in whole microseconds, the precision PostgreSQL keeps.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for the time"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let ahead = TimeDelta::milliseconds(self.ahead_ms.load(Ordering::Relaxed));
        (Utc::now() + ahead).trunc_subsecs(6)
    }

    /// Moves this clock, and every clone of it, by `step`; meant for tests.
    pub fn advance(&self, step: TimeDelta) {
        self.ahead_ms
            .fetch_add(step.num_milliseconds(), Ordering::Relaxed);
    }
}
