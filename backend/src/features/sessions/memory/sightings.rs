//! Recent uses of access tokens. Requests note them in memory, and batches write them to the
//! database, so that no request waits for it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

const SHARDS: usize = 64;

/// How many sessions each shard holds. Beyond that, sightings are dropped; the only effect is that
/// the parent generation stays valid for longer.
const MAX_PER_SHARD: usize = 2048;

/// How often a session in continuous use is noted, for its `last_seen_at`.
const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(60);

/// A use of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The session of the token.
    pub session_id: Uuid,
    /// The generation of the token.
    pub generation: i32,
    /// When it was used.
    pub at: DateTime<Utc>,
}

#[derive(Debug)]
struct Latest {
    generation: i32,
    at: DateTime<Utc>,
    is_pending: bool,
}

/// The latest use of each session: those to be written, and those already written.
#[derive(Debug)]
pub struct Sightings {
    shards: [Mutex<HashMap<Uuid, Latest>>; SHARDS],
}

impl Default for Sightings {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
        }
    }
}

impl Sightings {
    /// Notes a use, unless it adds nothing new.
    pub fn note(&self, seen: Sighting) {
        let shard = &self.shards[usize::from(seen.session_id.as_bytes()[15]) % SHARDS];
        let mut sessions = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(latest) = sessions.get_mut(&seen.session_id) {
            let is_newer = seen.generation > latest.generation;
            let is_again =
                seen.generation == latest.generation && seen.at - latest.at >= AGAIN_AFTER;
            if is_newer || is_again {
                *latest = Latest::new(seen);
            }
        } else if sessions.len() < MAX_PER_SHARD {
            sessions.insert(seen.session_id, Latest::new(seen));
        }
    }

    /// Takes the sightings to be written.
    pub fn take(&self) -> Vec<Sighting> {
        let mut taken = Vec::new();
        for shard in &self.shards {
            let mut sessions = shard.lock().unwrap_or_else(PoisonError::into_inner);
            let pending = sessions.iter_mut().filter(|(_, latest)| latest.is_pending);
            taken.extend(pending.map(|(session_id, latest)| {
                latest.is_pending = false;
                Sighting {
                    session_id: *session_id,
                    generation: latest.generation,
                    at: latest.at,
                }
            }));
        }
        taken
    }

    /// Puts back sightings that could not be written.
    pub fn put_back(&self, sightings: &[Sighting]) {
        for seen in sightings {
            let shard = &self.shards[usize::from(seen.session_id.as_bytes()[15]) % SHARDS];
            let mut sessions = shard.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(latest) = sessions.get_mut(&seen.session_id) {
                latest.is_pending = true;
            }
        }
    }

    /// Forgets sessions not used since `before`.
    pub fn forget_before(&self, before: DateTime<Utc>) {
        for shard in &self.shards {
            let mut sessions = shard.lock().unwrap_or_else(PoisonError::into_inner);
            sessions.retain(|_, latest| latest.is_pending || latest.at > before);
            sessions.shrink_to_fit();
        }
    }
}

impl Latest {
    fn new(seen: Sighting) -> Self {
        Self {
            generation: seen.generation,
            at: seen.at,
            is_pending: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(session: u128, generation: i32, seconds: i64) -> Sighting {
        Sighting {
            session_id: Uuid::from_u128(session),
            generation,
            at: DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds),
        }
    }

    #[test]
    fn only_news_is_written() {
        let sightings = Sightings::default();
        sightings.note(seen(1, 1, 0));
        sightings.note(seen(1, 1, 59));
        assert_eq!(sightings.take(), [seen(1, 1, 0)]);
        sightings.note(seen(1, 1, 59));
        assert_eq!(sightings.take(), []);
        sightings.note(seen(1, 1, 60));
        assert_eq!(sightings.take(), [seen(1, 1, 60)]);
        sightings.note(seen(1, 2, 61));
        sightings.note(seen(1, 1, 200));
        assert_eq!(sightings.take(), [seen(1, 2, 61)]);
    }

    #[test]
    fn what_could_not_be_written_is_taken_again() {
        let sightings = Sightings::default();
        sightings.note(seen(1, 1, 0));
        let taken = sightings.take();
        sightings.put_back(&taken);
        assert_eq!(sightings.take(), taken);
    }

    #[test]
    fn memory_is_bounded() {
        let sightings = Sightings::default();
        for session in 0..2 * (SHARDS * MAX_PER_SHARD) as u128 {
            sightings.note(seen(session, 1, 0));
        }
        assert_eq!(sightings.take().len(), SHARDS * MAX_PER_SHARD);
        sightings.forget_before(DateTime::UNIX_EPOCH + TimeDelta::seconds(1));
        sightings.note(seen(u128::MAX, 1, 2));
        assert_eq!(sightings.take().len(), 1);
    }
}
