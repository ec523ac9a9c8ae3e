//! Whether this instance currently learns of sessions that other instances end.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;

use crate::security::random;

/// An instance that has neither heard nor polled for this long is unaware.
const LIMIT: Duration = Duration::from_secs(3);

/// How an instance currently learns of ended sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// By announcements: it receives its own.
    Hearing,
    /// By polling.
    Looking,
    /// Not at all.
    Unaware,
}

#[derive(Debug, Default)]
struct Known {
    heard: Option<Instant>,
    looked: Option<Instant>,
    /// The database's time at the last poll.
    looked_at: Option<DateTime<Utc>>,
}

/// When an instance last received its own announcement, and when it last polled.
#[derive(Debug)]
pub struct Awareness {
    known: Mutex<Known>,
    began: Instant,
    /// The channel of the instance's announcements to itself.
    pub echo_channel: String,
    /// Notified to poll at once instead of at the next interval.
    pub look_wanted: Notify,
}

impl Default for Awareness {
    fn default() -> Self {
        let id = random::bytes::<8>()
            .iter()
            .fold(String::new(), |id, byte| format!("{id}{byte:02x}"));
        Self {
            known: Mutex::default(),
            began: Instant::now(),
            echo_channel: format!("latchkey_echo_{id}"),
            look_wanted: Notify::new(),
        }
    }
}

impl Awareness {
    fn change(&self, change: impl FnOnce(&mut Known)) {
        change(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A timestamp on this instance's monotonic clock, to send to itself.
    pub fn stamp(&self) -> String {
        self.began.elapsed().as_micros().to_string()
    }

    /// The age of a stamp.
    pub fn age_of(&self, stamp: &str) -> Option<Duration> {
        let made = Duration::from_micros(stamp.parse().ok()?);
        self.began.elapsed().checked_sub(made)
    }

    /// Notes that the instance received its own announcement.
    pub fn note_heard(&self) {
        self.change(|known| known.heard = Some(Instant::now()));
    }

    /// Notes that the instance no longer listens.
    pub fn note_deaf(&self) {
        self.change(|known| known.heard = None);
    }

    /// Notes a poll, and the database's time when it began.
    pub fn note_looked(&self, at: DateTime<Utc>) {
        self.change(|known| {
            known.looked = Some(Instant::now());
            known.looked_at = Some(at);
        });
    }

    /// The database's time at the last poll.
    pub fn looked_at(&self) -> Option<DateTime<Utc>> {
        self.known
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .looked_at
    }

    /// How the instance currently learns of ended sessions.
    pub fn standing(&self) -> Standing {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |at: Option<Instant>| at.is_some_and(|at| at.elapsed() < LIMIT);
        match (is_recent(known.heard), is_recent(known.looked)) {
            (true, _) => Standing::Hearing,
            (false, true) => Standing::Looking,
            (false, false) => Standing::Unaware,
        }
    }
}
