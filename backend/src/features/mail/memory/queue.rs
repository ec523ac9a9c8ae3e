//! How the queue of mails stands, as this instance last saw it.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

/// The queue's last count, for metrics and probes.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: AtomicI64,
    oldest_seconds: AtomicI64,
    is_stuck: AtomicBool,
}

impl Queue {
    /// Notes how many mails wait, for how long the oldest has, and whether none gets through.
    pub fn note(&self, waiting: i64, oldest_seconds: i64, is_stuck: bool) {
        self.waiting.store(waiting, Ordering::Relaxed);
        self.oldest_seconds.store(oldest_seconds, Ordering::Relaxed);
        self.is_stuck.store(is_stuck, Ordering::Relaxed);
    }

    /// Returns how many mails wait.
    pub fn waiting(&self) -> i64 {
        self.waiting.load(Ordering::Relaxed)
    }

    /// Returns how long the oldest mail has waited, in seconds.
    pub fn oldest_seconds(&self) -> i64 {
        self.oldest_seconds.load(Ordering::Relaxed)
    }

    /// Tells whether mails wait and none gets through.
    pub fn is_stuck(&self) -> bool {
        self.is_stuck.load(Ordering::Relaxed)
    }
}
