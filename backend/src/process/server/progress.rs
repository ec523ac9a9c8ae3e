//! What each connection is doing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use tokio::sync::Notify;
use tokio::time::Instant;

/// What a connection is doing. A connection in one of the first three stages may be closed to make
/// room for another, in this order; in the others, only while it waits for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Stage {
    /// It has sent nothing yet.
    New,
    /// Part of the head of a request has arrived.
    Head,
    /// It waits for the next request.
    Idle,
    /// A request is being answered.
    Busy,
    /// The whole response has been handed over, but not all of it is written.
    Answered,
    /// Nothing more is written, but the rest of what the client sends is read.
    Ending,
}

impl Stage {
    const ALL: [Self; 6] = [
        Self::New,
        Self::Head,
        Self::Idle,
        Self::Busy,
        Self::Answered,
        Self::Ending,
    ];
}

/// The state shared by all connections.
pub(super) struct Shared {
    began: Instant,
    is_leaving: AtomicBool,
    /// Notified when a connection ends, or becomes idle during a shutdown.
    pub(super) has_less_to_do: Notify,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            is_leaving: AtomicBool::new(false),
            has_less_to_do: Notify::new(),
        }
    }

    /// From now on, each response is the last of its connection.
    pub(super) fn leave(&self) {
        self.is_leaving.store(true, Ordering::Relaxed);
    }
}

/// What a connection is doing, and since when.
pub struct Progress {
    stage: AtomicU8,
    since_millis: AtomicU64,
    has_unread_body: AtomicBool,
    awaits_body: AtomicBool,
    awaits_reader: AtomicBool,
    shared: Arc<Shared>,
}

impl Progress {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let progress = Self {
            stage: AtomicU8::new(Stage::New as u8),
            since_millis: AtomicU64::new(0),
            has_unread_body: AtomicBool::new(false),
            awaits_body: AtomicBool::new(false),
            awaits_reader: AtomicBool::new(false),
            shared,
        };
        progress.note_time(Instant::now());
        progress
    }

    pub fn stage(&self) -> Stage {
        Stage::ALL[usize::from(self.stage.load(Ordering::Relaxed))]
    }

    pub fn enter(&self, stage: Stage) {
        self.stage.store(stage as u8, Ordering::Relaxed);
        if stage == Stage::Idle && self.is_leaving() {
            self.shared.has_less_to_do.notify_waiters();
        }
    }

    /// Records since when the connection waits for its client.
    pub fn note_time(&self, now: Instant) {
        let age = now.saturating_duration_since(self.shared.began);
        let millis = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.since_millis.store(millis, Ordering::Relaxed);
    }

    pub fn begin_request(&self) {
        self.enter(Stage::Busy);
    }

    /// Records that the client has not sent the whole body.
    pub fn expect_more(&self) {
        self.has_unread_body.store(true, Ordering::Relaxed);
    }

    pub fn has_unread_body(&self) -> bool {
        self.has_unread_body.load(Ordering::Relaxed)
    }

    /// Records whether the request waits for more of the body.
    pub fn await_body(&self, is_awaited: bool) {
        self.note_wait(&self.awaits_body, is_awaited);
    }

    /// Records whether the response waits for the client to read.
    pub fn await_reader(&self, is_awaited: bool) {
        self.note_wait(&self.awaits_reader, is_awaited);
    }

    fn note_wait(&self, waits: &AtomicBool, is_awaited: bool) {
        if waits.swap(is_awaited, Ordering::Relaxed) != is_awaited && is_awaited {
            self.note_time(Instant::now());
        }
    }

    /// Whether the process is shutting down.
    pub fn is_leaving(&self) -> bool {
        self.shared.is_leaving.load(Ordering::Relaxed)
    }

    /// The order in which waiting connections are closed; `None` while the connection is busy.
    pub(super) fn order(&self) -> Option<(Stage, u64)> {
        let stage = self.stage();
        let since = self.since_millis.load(Ordering::Relaxed);
        let is_waiting = stage <= Stage::Idle
            || stage == Stage::Ending
            || self.awaits_body.load(Ordering::Relaxed)
            || self.awaits_reader.load(Ordering::Relaxed);
        is_waiting.then_some((stage.min(Stage::Busy), since))
    }
}
