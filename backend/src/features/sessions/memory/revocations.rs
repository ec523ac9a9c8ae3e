//! Ended sessions whose access tokens may still be valid. They are in memory, so that a request can
//! check its session without querying the database.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::security::jwt::LEEWAY;

const SHARDS: usize = 64;

/// The end of sessions, as instances announce it to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// One session ended.
    Session {
        /// The session.
        id: Uuid,
        /// The latest `exp` of any of its access tokens.
        until: DateTime<Utc>,
    },
    /// All sessions of an account ended at once.
    Account {
        /// The account.
        user_id: i64,
        /// The account's new epoch: sessions of an earlier one have ended.
        epoch: i32,
        /// The session that continues in the new epoch; its earlier access tokens stay valid.
        kept: Option<Uuid>,
        /// The latest `exp` that any access token of the ended sessions can have.
        until: DateTime<Utc>,
    },
}

/// The account and session of an access token.
#[derive(Clone, Copy, Debug)]
pub struct Holder {
    /// The account.
    pub user_id: i64,
    /// The session.
    pub session_id: Uuid,
    /// The session's epoch when the token was issued.
    pub epoch: i32,
}

#[derive(Clone, Copy, Debug)]
struct AccountEnd {
    epoch: i32,
    kept: Option<Uuid>,
    until: DateTime<Utc>,
}

/// Ended sessions. Each is forgotten once no access token of it can be valid.
#[derive(Debug, Default)]
pub struct Revocations {
    sessions: Sharded<Uuid, DateTime<Utc>>,
    accounts: Sharded<i64, AccountEnd>,
}

impl Revocations {
    /// Remembers an end. If it is known already, the later time to forget it wins.
    pub fn insert(&self, end: End) {
        match end {
            End::Session { id, until } => self
                .sessions
                .update(id, |kept| kept.map_or(until, |kept| until.max(kept))),
            End::Account {
                user_id,
                epoch,
                kept,
                until,
            } => self.accounts.update(user_id, |known| {
                let new = AccountEnd { epoch, kept, until };
                match known {
                    Some(known) if known.epoch >= epoch => known,
                    Some(known) => AccountEnd {
                        until: until.max(known.until),
                        ..new
                    },
                    None => new,
                }
            }),
        }
    }

    /// Whether the session of an access token has ended.
    pub fn has_ended(&self, holder: Holder) -> bool {
        let Holder {
            user_id,
            session_id,
            epoch,
        } = holder;
        self.sessions.get(session_id).is_some()
            || self
                .accounts
                .get(user_id)
                .is_some_and(|end| epoch < end.epoch && end.kept != Some(session_id))
    }

    /// The account's epoch since all its sessions last ended at once, and the session that was
    /// kept. Known only while an access token of an earlier epoch may be valid.
    pub fn last_end(&self, user_id: i64) -> Option<(i32, Option<Uuid>)> {
        let end = self.accounts.get(user_id)?;
        Some((end.epoch, end.kept))
    }

    /// Forgets the ends for which no access token can be valid any more.
    ///
    /// `now` is the time by which this instance checks tokens, even if its clock is wrong.
    pub fn forget_before(&self, now: DateTime<Utc>) {
        let is_needed = |until: DateTime<Utc>| until > now - LEEWAY;
        self.sessions.retain(|until| is_needed(*until));
        self.accounts.retain(|end| is_needed(end.until));
    }
}

/// A map split into shards with a lock each.
#[derive(Debug)]
struct Sharded<K, V>([RwLock<HashMap<K, V>>; SHARDS]);

impl<K, V> Default for Sharded<K, V> {
    fn default() -> Self {
        Self(std::array::from_fn(|_| RwLock::default()))
    }
}

impl<K: Shard, V: Copy> Sharded<K, V> {
    fn update(&self, key: K, merge: impl FnOnce(Option<V>) -> V) {
        let mut shard = self.0[key.shard() % SHARDS]
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let merged = merge(shard.get(&key).copied());
        shard.insert(key, merged);
    }

    fn get(&self, key: K) -> Option<V> {
        self.0[key.shard() % SHARDS]
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(&key)
            .copied()
    }

    fn retain(&self, is_needed: impl Fn(&V) -> bool) {
        for shard in &self.0 {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            shard.retain(|_, value| is_needed(value));
            shard.shrink_to_fit();
        }
    }
}

/// A key that can be assigned to a shard.
trait Shard: Copy + Eq + Hash {
    fn shard(self) -> usize;
}

impl Shard for Uuid {
    fn shard(self) -> usize {
        usize::from(self.as_bytes()[15])
    }
}

impl Shard for i64 {
    fn shard(self) -> usize {
        usize::from(self.to_le_bytes()[0])
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    const ME: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds)
    }

    fn holder(session_id: Uuid, epoch: i32) -> Holder {
        Holder {
            user_id: 7,
            session_id,
            epoch,
        }
    }

    fn account(epoch: i32, kept: Option<Uuid>) -> End {
        End::Account {
            user_id: 7,
            epoch,
            kept,
            until: at(900),
        }
    }

    #[test]
    fn an_ended_session_is_remembered_until_its_last_token_is_not_accepted() {
        let ended = Revocations::default();
        ended.insert(End::Session {
            id: ME,
            until: at(900),
        });
        ended.insert(End::Session {
            id: ME,
            until: at(100),
        });
        ended.forget_before(at(904));
        assert!(ended.has_ended(holder(ME, 0)));
        assert!(!ended.has_ended(holder(OTHER, 0)));
        ended.forget_before(at(905));
        assert!(!ended.has_ended(holder(ME, 0)));
    }

    #[test]
    fn an_accounts_end_spares_later_sessions_and_the_one_that_asked() {
        let ended = Revocations::default();
        ended.insert(account(1, Some(ME)));
        assert!(ended.has_ended(holder(OTHER, 0)));
        assert!(!ended.has_ended(holder(OTHER, 1)));
        assert!(!ended.has_ended(holder(ME, 0)));
        let stranger = Holder {
            user_id: 8,
            ..holder(OTHER, 0)
        };
        assert!(!ended.has_ended(stranger));
    }

    #[test]
    fn of_two_ends_of_an_account_the_later_one_counts_in_either_order() {
        for order in [[1, 2], [2, 1]] {
            let ended = Revocations::default();
            for epoch in order {
                ended.insert(account(epoch, (epoch == 1).then_some(ME)));
            }
            assert!(ended.has_ended(holder(ME, 1)));
            assert!(!ended.has_ended(holder(OTHER, 2)));
        }
    }
}
