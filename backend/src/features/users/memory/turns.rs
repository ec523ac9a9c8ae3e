//! Limits concurrent work on one subject to two requests. Others wait here, where they hold neither
//! a database connection nor a thread.

use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The number of stripes. Subjects that share a stripe share its turns.
const STRIPES: usize = 1024;

/// How many requests may work on a subject at once.
const AT_ONCE: usize = 2;

/// How many more requests may wait.
const MAX_WAITING: usize = 64;

/// How long a request waits at most.
const PATIENCE: Duration = Duration::from_secs(3);

/// Too many requests already work on or wait for this subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many requests for one account at once")]
pub struct Busy;

/// The turns of all subjects.
#[derive(Debug)]
pub struct Turns {
    /// Random per process, so that nobody can choose an address that shares a stripe with another
    /// one.
    hashing: RandomState,
    stripes: Box<[Stripe]>,
}

#[derive(Clone, Debug)]
struct Stripe {
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

/// The right to work on a subject. Move it into the work, which may outlive the request.
#[derive(Debug)]
pub struct Turn {
    _place: OwnedSemaphorePermit,
    _turn: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        let stripe = || Stripe {
            places: Arc::new(Semaphore::new(AT_ONCE + MAX_WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        };
        Self {
            hashing: RandomState::new(),
            stripes: std::iter::repeat_with(stripe).take(STRIPES).collect(),
        }
    }
}

impl Turns {
    /// Waits for a turn on `subject`, in order of arrival. Fails at once if too many requests wait
    /// already, or after 3 s.
    pub async fn take(&self, subject: impl Hash) -> Result<Turn, Busy> {
        let stripe = self.stripe(subject);
        let place = Arc::clone(&stripe.places).try_acquire_owned();
        let place = place.map_err(|_| Busy)?;
        let turn = Arc::clone(&stripe.turns).acquire_owned();
        let Ok(Ok(turn)) = tokio::time::timeout(PATIENCE, turn).await else {
            return Err(Busy);
        };
        Ok(Turn {
            _place: place,
            _turn: turn,
        })
    }

    fn stripe(&self, subject: impl Hash) -> &Stripe {
        let hash = self.hashing.hash_one(subject);
        let at = usize::try_from(hash % STRIPES as u64).unwrap_or_default();
        &self.stripes[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_third_waits_until_one_is_done_or_gives_up() {
        let turns = Turns::default();
        let first = turns.take("ada").await.unwrap();
        let second = turns.take("ada").await.unwrap();
        assert_eq!(turns.take("ada").await.unwrap_err(), Busy);
        let (third, ()) = tokio::join!(turns.take("ada"), async { drop(first) });
        assert!(third.is_ok());
        drop(second);
    }

    #[tokio::test(start_paused = true)]
    async fn who_finds_too_many_waiting_is_refused_at_once() {
        let turns = Arc::new(Turns::default());
        let _held = [turns.take(7).await, turns.take(7).await];
        let waiting: Vec<_> = (0..MAX_WAITING)
            .map(|_| {
                let turns = Arc::clone(&turns);
                tokio::spawn(async move { turns.take(7).await.map(drop) })
            })
            .collect();
        while turns.stripe(7).places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let began = tokio::time::Instant::now();
        assert_eq!(turns.take(7).await.unwrap_err(), Busy);
        assert_eq!(began.elapsed(), Duration::ZERO);
        for one in waiting {
            assert_eq!(one.await.unwrap(), Err(Busy));
        }
        assert_eq!(turns.stripe(7).places.available_permits(), MAX_WAITING);
    }

    #[tokio::test(start_paused = true)]
    async fn one_subject_does_not_wait_for_another() {
        let turns = Turns::default();
        let _held = [turns.take(0).await, turns.take(0).await];
        let is_apart = |one: &u64| !std::ptr::eq(turns.stripe(*one), turns.stripe(0_u64));
        let other = (1..1000).find(is_apart).unwrap();
        assert!(turns.take(other).await.is_ok());
    }
}
