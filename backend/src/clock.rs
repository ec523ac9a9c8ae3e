//! The only source of the current time, so that tests can move it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};

/// The system's time, plus what a test has added.
///
/// What instances must agree on uses the database's time instead: see `db::time`.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    moved_ms: Arc<AtomicI64>,
    error: TimeDelta,
}

impl Clock {
    /// The current time in whole microseconds, the precision of PostgreSQL.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the system for the time"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        (Utc::now() + self.moved() + self.error).trunc_subsecs(6)
    }

    /// How far time was moved in total; zero outside tests.
    pub fn moved(&self) -> TimeDelta {
        TimeDelta::milliseconds(self.moved_ms.load(Ordering::Relaxed))
    }

    /// Moves the time of this clock, its clones and the database by `step`; for tests.
    pub fn advance(&self, step: TimeDelta) {
        self.moved_ms
            .fetch_add(step.num_milliseconds(), Ordering::Relaxed);
    }

    /// The clock of a machine that is wrong by `error`; for tests.
    pub fn wrong_by(&self, error: TimeDelta) -> Self {
        Self {
            moved_ms: Arc::clone(&self.moved_ms),
            error,
        }
    }
}
