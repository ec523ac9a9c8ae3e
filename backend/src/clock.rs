//! The one source of "now", so that a test can move time.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// Tells the time: the system's, plus whatever a test has added.
///
/// What instances must agree on is judged by the database's time instead: see `db::time`.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    moved_ms: Arc<AtomicI64>,
    error: TimeDelta,
}

impl Clock {
    /// Returns the current time in whole microseconds, the precision PostgreSQL keeps.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for the time"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        (Utc::now() + self.moved() + self.error).trunc_subsecs(6)
    }

    /// Returns how far time has been moved in all; zero outside of tests.
    pub fn moved(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.moved_ms.load(Ordering::Relaxed))
    }

    /// Moves time for this clock, every clone of it and the database, by `step`; meant for tests.
    pub fn advance(&self, step: TimeDelta) {
        self.moved_ms
            .fetch_add(step.num_milliseconds(), Ordering::Relaxed);
    }

    /// Returns the clock of a machine that is wrong by `error`, at the same time; meant for tests.
    pub fn wrong_by(&self, error: TimeDelta) -> Self {
        Self {
            moved_ms: Arc::clone(&self.moved_ms),
            error,
        }
    }
}
