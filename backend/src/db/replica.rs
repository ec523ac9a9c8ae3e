//! A streaming replica for reads that may be stale, and its lag behind the primary.
//!
//! Positions are bytes of the write-ahead log (PostgreSQL's `pg_lsn`). Ages are measured only on
//! this instance's clock: the data of the replica is as old as the last moment at which the primary
//! was at the position where the replica is now.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use diesel::dsl::sql;
use diesel::pg::PgConnection;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{QueryResult, RunQueryDsl};
use prometheus_client::metrics::histogram::Histogram;
use secrecy::SecretString;
use tokio::sync::Mutex as AsyncMutex;

use super::pool::ConnectionPool;
use super::{Db, DbError, Own, QUERY, REPLICA, ask};
use crate::config;

/// The channel on which an instance asks all others not to use the replica before it reaches a
/// position.
pub const CHANNEL: &str = "latchkey_replica_behind";

/// A replica that is further behind is not used.
pub const MAX_AGE: Duration = Duration::from_secs(10);

/// A replica that has not answered for this long is unavailable.
const AWAY_AFTER: Duration = Duration::from_secs(3);

/// How long a write waits for the replica before it tells other instances not to use it.
const ANNOUNCE_AFTER: Duration = Duration::from_millis(50);

/// How long the write waits in total, so that all instances know before its author reads anything.
const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// A position further ahead of the primary than it can write between two checks is forged.
const MAX_AHEAD: u64 = 1 << 32;

/// How often it checks meanwhile.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Whether the replica can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplicaState {
    /// It answers, and its data is at most this old.
    Following(Duration),
    /// It answers, but is too far behind.
    Behind(Duration),
    /// It does not answer.
    Away,
}

/// The replica.
pub(super) struct Replica {
    pub(super) pool: ConnectionPool,
    own: Arc<AsyncMutex<Own>>,
    progress: Mutex<Progress>,
}

/// The known progress of the replica.
#[derive(Default)]
struct Progress {
    /// Positions of the primary and when it had them, oldest first.
    primary: VecDeque<(Instant, u64)>,
    /// The last known position of the replica, and when it was read.
    replayed: Option<(Instant, u64)>,
    /// When the primary was last at the replica's position.
    fresh_at: Option<Instant>,
    /// The position that it must reach before it is used.
    required: u64,
    /// Whether this instance receives announcements about the replica.
    is_listening: bool,
    /// Set when an announcement may have been missed: the replica must then reach the current
    /// position of the primary.
    may_have_missed: bool,
}

impl Progress {
    fn note(&mut self, at: Instant, primary: u64, replayed: u64) {
        if std::mem::take(&mut self.may_have_missed) {
            self.required = self.required.max(primary);
        }
        // Any role that may connect can announce on the channel.
        if self.required > primary.saturating_add(MAX_AHEAD) {
            self.required = primary;
        }
        self.primary.push_back((at, primary));
        while self
            .primary
            .front()
            .is_some_and(|(_, position)| *position <= replayed)
        {
            self.fresh_at = self.primary.pop_front().map(|(at, _)| at);
        }
        // Bounded, because a replica that stands still would add two entries a second.
        if self.primary.len() > 64 {
            self.primary.remove(1);
        }
        self.replayed = Some((at, replayed));
    }

    fn state(&self, now: Instant) -> ReplicaState {
        let Some((asked, replayed)) = self.replayed else {
            return ReplicaState::Away;
        };
        if now - asked > AWAY_AFTER {
            return ReplicaState::Away;
        }
        let age = self.fresh_at.map_or(Duration::MAX, |at| now - at);
        let is_told = self.is_listening && !self.may_have_missed;
        if !is_told || replayed < self.required || age > MAX_AGE {
            ReplicaState::Behind(age)
        } else {
            ReplicaState::Following(age)
        }
    }
}

impl Replica {
    pub(super) fn new(url: &SecretString, settings: &config::Database, wait: Histogram) -> Self {
        Self {
            pool: ConnectionPool::new(REPLICA, url, settings, wait),
            own: Arc::new(AsyncMutex::new(Own::new(url, settings))),
            progress: Mutex::default(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn state(&self) -> ReplicaState {
        self.progress().state(Instant::now())
    }

    pub(super) fn require(&self, position: u64) {
        let mut progress = self.progress();
        progress.required = progress.required.max(position);
    }

    /// Records whether this instance receives announcements from now on.
    pub(super) fn note_listening(&self, is_listening: bool) {
        let mut progress = self.progress();
        progress.may_have_missed |= is_listening && !progress.is_listening;
        progress.is_listening = is_listening;
    }

    /// Queries the replica; `None` if it cannot be used or its result is not good.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        query: impl Fn(&mut PgConnection) -> QueryResult<T> + Send + 'static,
    ) -> Option<T> {
        if !matches!(self.state(), ReplicaState::Following(_)) {
            return None;
        }
        let done = self.pool.run(QUERY, move |connection| {
            connection.run(|conn| query(conn).map_err(DbError::from))
        });
        match done.await {
            Ok(answer) => Some(answer),
            Err(error) => {
                if matches!(error, DbError::Lost(_) | DbError::Unavailable(_)) {
                    self.progress().replayed = None;
                }
                tracing::warn!(%error, "no answer from the replica; the primary is asked");
                None
            }
        }
    }

    /// Reads the positions of primary and replica.
    pub(super) async fn watch(&self, db: &Db) {
        let at = Instant::now();
        let Ok(primary) = db.beside(Position::of_primary).await else {
            return;
        };
        match self.replayed(&primary).await {
            Ok(replayed) => self.progress().note(at, primary.bytes, replayed),
            Err(error) => {
                self.progress().replayed = None;
                tracing::debug!(%error, "the replica is away");
            }
        }
    }

    /// Waits until the replica has everything written so far. If that takes long, announces to all
    /// instances the position that the replica must reach before it is used again, and gives them
    /// time to receive it.
    pub(super) async fn catch_up(&self, db: &Db) -> Result<(), DbError> {
        let target = db.beside(Position::of_primary).await?;
        let began = Instant::now();
        let mut is_announced = false;
        loop {
            let replayed = self.replayed(&target).await;
            if replayed
                .as_ref()
                .is_ok_and(|replayed| *replayed >= target.bytes)
            {
                return Ok(());
            }
            let waited = began.elapsed();
            if !is_announced && (replayed.is_err() || waited > ANNOUNCE_AFTER) {
                self.announce(db, target.bytes).await?;
                is_announced = true;
            }
            let patience = if replayed.is_ok() {
                HEARD_WITHIN
            } else {
                HEARD_WITHIN / 4
            };
            if waited > patience {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Announces to all instances, including this one, the position that the replica must reach
    /// before it is used again.
    async fn announce(&self, db: &Db, target: u64) -> Result<(), DbError> {
        self.require(target);
        tracing::warn!("the replica is behind; the primary is asked until it has caught up");
        db.run(move |conn| {
            diesel::sql_query("SELECT pg_notify($1, $2)")
                .bind::<Text, _>(CHANNEL)
                .bind::<Text, _>(target.to_string())
                .execute(conn)
                .map(drop)
                .map_err(DbError::from)
        })
        .await
    }

    /// Reads the replica's position. A server that is not a standby is the primary itself, or was
    /// promoted and has diverged.
    async fn replayed(&self, primary: &Position) -> Result<u64, DbError> {
        let own = Arc::clone(&self.own).lock_owned().await;
        let found = ask(own, Position::of_replica).await?;
        match found {
            Position {
                timeline: None,
                bytes,
            } => Ok(bytes),
            found if found.timeline == primary.timeline => Ok(u64::MAX),
            _ => Err(DbError::Unavailable(
                "it follows another primary, or none".into(),
            )),
        }
    }
}

/// A position in the write-ahead log.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Position {
    bytes: u64,
    /// The timeline that the server writes; a standby writes none. A promotion begins a new one.
    timeline: Option<String>,
}

impl Position {
    fn of_primary(conn: &mut PgConnection) -> QueryResult<Self> {
        Self::ask(conn, "pg_current_wal_insert_lsn()", "true")
    }

    fn of_replica(conn: &mut PgConnection) -> QueryResult<Self> {
        let own = "CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_insert_lsn() END";
        Self::ask(conn, own, "NOT pg_is_in_recovery()")
    }

    fn ask(conn: &mut PgConnection, position: &str, is_writing: &str) -> QueryResult<Self> {
        let bytes = sql::<BigInt>(&format!("coalesce({position} - '0/0', 0)::bigint"));
        let timeline = sql::<Nullable<Text>>(&format!(
            "CASE WHEN {is_writing} THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END"
        ));
        let (bytes, timeline) = diesel::select((bytes, timeline)).get_result::<(i64, _)>(conn)?;
        Ok(Self {
            bytes: u64::try_from(bytes).unwrap_or_default(),
            timeline,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(notes: &[(u64, u64, u64)]) -> (Progress, Instant) {
        let start = Instant::now();
        let mut progress = Progress {
            is_listening: true,
            ..Progress::default()
        };
        for &(seconds, primary, replayed) in notes {
            progress.note(start + Duration::from_secs(seconds), primary, replayed);
        }
        (progress, start)
    }

    #[test]
    fn a_replica_is_as_old_as_the_last_moment_at_which_the_primary_stood_there() {
        let (progress, start) = noted(&[(0, 100, 90), (1, 200, 100), (2, 300, 150)]);
        let state = progress.state(start + Duration::from_secs(2));
        assert_eq!(state, ReplicaState::Following(Duration::from_secs(2)));
        let (progress, start) = noted(&[(0, 100, 100), (5, 100, 100)]);
        let state = progress.state(start + Duration::from_secs(5));
        assert_eq!(state, ReplicaState::Following(Duration::ZERO));
    }

    #[test]
    fn one_that_stands_still_falls_behind_and_one_that_is_silent_is_away() {
        let still: Vec<_> = (0..200).map(|second| (second, 100 + second, 100)).collect();
        let (progress, start) = noted(&still);
        let state = progress.state(start + Duration::from_secs(199));
        assert_eq!(state, ReplicaState::Behind(Duration::from_secs(199)));
        let state = progress.state(start + Duration::from_secs(203));
        assert_eq!(state, ReplicaState::Away);
        assert!(progress.primary.len() <= 65);
    }

    #[test]
    fn a_position_that_was_made_up_keeps_nobody_from_the_replica_for_long() {
        let (mut progress, start) = noted(&[(0, 100, 100)]);
        progress.required = u64::MAX;
        assert!(matches!(progress.state(start), ReplicaState::Behind(_)));
        progress.note(start, 100, 100);
        assert!(matches!(progress.state(start), ReplicaState::Following(_)));
    }

    #[test]
    fn an_instance_that_may_have_missed_something_requires_all_that_there_is() {
        let (mut progress, start) = noted(&[(0, 100, 100)]);
        progress.is_listening = false;
        assert!(matches!(progress.state(start), ReplicaState::Behind(_)));
        (progress.is_listening, progress.may_have_missed) = (true, true);
        assert!(matches!(progress.state(start), ReplicaState::Behind(_)));
        progress.note(start, 120, 110);
        assert!(matches!(progress.state(start), ReplicaState::Behind(_)));
        progress.note(start, 130, 120);
        assert!(matches!(progress.state(start), ReplicaState::Following(_)));
    }

    #[test]
    fn one_that_lacks_a_write_is_not_asked_until_it_has_it() {
        let (mut progress, start) = noted(&[(0, 100, 100)]);
        progress.required = 101;
        assert_eq!(progress.state(start), ReplicaState::Behind(Duration::ZERO));
        progress.note(start, 101, 101);
        assert_eq!(
            progress.state(start),
            ReplicaState::Following(Duration::ZERO)
        );
    }
}
