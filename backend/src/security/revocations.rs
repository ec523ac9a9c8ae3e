//! The sessions that ended within the last access token's lifetime, kept in memory so that a
//! request learns of them without a database read.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};
use uuid::Uuid;

const SHARDS: usize = 64;

/// A sharded set of ended sessions, each forgotten once no access token of it can be alive.
#[derive(Debug)]
pub struct Revocations {
    shards: [RwLock<HashMap<Uuid, DateTime<Utc>>>; SHARDS],
}

impl Default for Revocations {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| RwLock::default()),
        }
    }
}

impl Revocations {
    fn shard(&self, session_id: Uuid) -> &RwLock<HashMap<Uuid, DateTime<Utc>>> {
        &self.shards[usize::from(session_id.as_bytes()[15]) % SHARDS]
    }

    /// Remembers that a session has ended; `until` is when its last access token is over. What is
    /// known already is only ever kept longer.
    pub fn insert(&self, session_id: Uuid, until: DateTime<Utc>) {
        self.shard(session_id)
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .entry(session_id)
            .and_modify(|kept| *kept = until.max(*kept))
            .or_insert(until);
    }

    /// Tells whether a session has ended.
    pub fn contains(&self, session_id: Uuid) -> bool {
        self.shard(session_id)
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains_key(&session_id)
    }

    /// Forgets the sessions of which no access token can be alive any more.
    pub fn forget_before(&self, now: DateTime<Utc>) {
        for shard in &self.shards {
            let mut sessions = shard.write().unwrap_or_else(PoisonError::into_inner);
            sessions.retain(|_, until| *until > now);
            sessions.shrink_to_fit();
        }
    }
}
