//! Ends sessions. Their refresh tokens stop working at once, their access tokens within a second.

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel::pg::PgConnection;
use diesel::result::Error as DieselError;
use uuid::Uuid;

use crate::db::{DbError, time};
use crate::features::audit::application as audit;
use crate::features::audit::domain::{Cause, Event, Kind};
use crate::features::devices::application as devices;
use crate::features::sessions::domain::{EndReason, Session};
use crate::features::sessions::infrastructure::announcements::announce;
use crate::features::sessions::infrastructure::{epochs, sessions};
use crate::features::sessions::memory::revocations::End;
use crate::state::{App, AppState};

/// Which sessions to end.
#[derive(Clone, Copy, Debug)]
pub enum Which {
    /// One session of a user.
    One {
        /// The session.
        id: Uuid,
        /// The owner; sessions of other users are not affected.
        user_id: i64,
        /// The owner's session that asks: its device stays known.
        current: Option<Uuid>,
    },
    /// All sessions of a user.
    All {
        /// The user.
        user_id: i64,
    },
    /// All sessions of a user except one.
    Others {
        /// The user.
        user_id: i64,
        /// The session that continues.
        current: Uuid,
    },
}

impl Which {
    fn user_id(self) -> i64 {
        match self {
            Self::One { user_id, .. } | Self::All { user_id } | Self::Others { user_id, .. } => {
                user_id
            }
        }
    }
}

/// The sessions that a transaction ended. Call `take_effect` after it commits.
#[derive(Debug, Default, PartialEq, Eq)]
#[must_use = "access tokens stay alive on this instance until the announcement comes around"]
pub struct Ended {
    end: Option<End>,
    reason: Option<EndReason>,
    count: usize,
}

impl Ended {
    /// Refuses the access tokens of these sessions on this instance, and returns the number of
    /// sessions.
    pub fn take_effect(self, app: &App) -> usize {
        if let Some(end) = self.end {
            app.revocations.insert(end);
        }
        if let Some(reason) = self.reason {
            let count = u64::try_from(self.count).unwrap_or(u64::MAX);
            app.metrics.sessions_ended.add(reason.as_str(), count);
        }
        self.count
    }
}

/// Ends sessions as part of a larger transaction; `now` is the database's time.
pub fn end_in(
    conn: &mut PgConnection,
    which: Which,
    reason: EndReason,
    cause: &Cause,
    now: DateTime<Utc>,
) -> QueryResult<Ended> {
    let (user_id, session_id, mut ended) = match which {
        Which::One { id, user_id, .. } => {
            let ended = end_one(conn, id, user_id, reason, now)?;
            (user_id, Some(id), ended)
        }
        Which::All { user_id } => (user_id, None, end_all(conn, user_id, None, now)?),
        Which::Others { user_id, current } => {
            (user_id, None, end_all(conn, user_id, Some(current), now)?)
        }
    };
    // Even if no session is alive: a device stays known after its session has ended.
    if reason.forgets_devices() {
        forget_devices(conn, which)?;
    }
    ended.reason = Some(reason);
    if let Some(end) = ended.end {
        announce(conn, &[end])?;
        let kind = match reason {
            EndReason::SignedOut => Kind::SignedOut,
            EndReason::Reused => Kind::RefreshTokenReused,
            _ => Kind::SessionsRevoked,
        };
        let event = Event {
            kind,
            user_id: Some(user_id),
            session_id,
            cause,
            at: now,
        };
        audit::record(conn, &event)?;
    }
    Ok(ended)
}

fn forget_devices(conn: &mut PgConnection, which: Which) -> QueryResult<()> {
    let user_id = which.user_id();
    let mut device_of = |session_id: Option<Uuid>| match session_id {
        Some(id) => {
            let known = sessions::find_known_device(conn, id, user_id)?;
            devices::find_of_session(conn, user_id, id, known)
        }
        None => Ok(None),
    };
    match which {
        Which::One { id, current, .. } => {
            let (device, kept) = (device_of(Some(id))?, device_of(current)?);
            match device.filter(|_| device != kept) {
                Some(device) => devices::forget(conn, user_id, device),
                None => Ok(()),
            }
        }
        Which::All { .. } => devices::forget_all(conn, user_id, None),
        Which::Others { current, .. } => {
            let kept = device_of(Some(current))?;
            devices::forget_all(conn, user_id, kept)
        }
    }
}

fn end_one(
    conn: &mut PgConnection,
    id: Uuid,
    user_id: i64,
    reason: EndReason,
    now: DateTime<Utc>,
) -> QueryResult<Ended> {
    let Some(epoch) = epochs::find(conn, user_id)? else {
        return Ok(Ended::default());
    };
    let until = sessions::update_ended(conn, id, user_id, epoch, reason, now)?;
    Ok(until.map_or_else(Ended::default, |until| Ended {
        end: Some(End::Session { id, until }),
        reason: None,
        count: 1,
    }))
}

/// Ends all sessions except `kept` by incrementing the account's epoch, which takes the same time
/// for any number of sessions. If none is alive, nothing is announced. A `kept` session that has
/// already ended is not kept.
fn end_all(
    conn: &mut PgConnection,
    user_id: i64,
    kept: Option<Uuid>,
    now: DateTime<Utc>,
) -> QueryResult<Ended> {
    let Some(old) = epochs::find_for_update(conn, user_id)? else {
        return Ok(Ended::default());
    };
    let kept = match kept {
        Some(id) if sessions::is_alive(conn, id, user_id, old)? => Some(id),
        _ => None,
    };
    let counted = sessions::count_live(conn, user_id, old, kept, now)?;
    if counted.live == 0 && counted.is_complete {
        if counted.expired > 0 {
            step_silently(conn, user_id, kept, old, old + 1)?;
        }
        return Ok(Ended::default());
    }
    let epoch = epochs::update(conn, user_id, kept, now)?;
    if let Some(kept) = kept {
        sessions::update_epoch(conn, kept, old, epoch)?;
    }
    Ok(Ended {
        end: Some(End::Account {
            user_id,
            epoch,
            kept,
            until: Session::access_until_at_most(now),
        }),
        reason: None,
        count: counted.live,
    })
}

/// Sets a higher epoch for an account and for the session `kept`, without announcing it.
pub(super) fn step_silently(
    conn: &mut PgConnection,
    user_id: i64,
    kept: Option<Uuid>,
    old: i32,
    epoch: i32,
) -> QueryResult<()> {
    epochs::update_silently(conn, user_id, epoch)?;
    if let Some(kept) = kept {
        sessions::update_epoch(conn, kept, old, epoch)?;
    }
    Ok(())
}

/// Why no session was ended.
#[derive(Debug, thiserror::Error)]
pub enum EndError {
    /// The requesting session itself has ended.
    #[error("the requesting session has ended")]
    AskerEnded,
    /// The database failed.
    #[error(transparent)]
    Database(#[from] DbError),
}

impl From<DieselError> for EndError {
    fn from(error: DieselError) -> Self {
        Self::Database(error.into())
    }
}

/// The user and session that make a request.
#[derive(Clone, Copy, Debug)]
pub struct Asker {
    /// The owner of the sessions, or an administrator.
    pub user_id: i64,
    /// The requesting session.
    pub session_id: Uuid,
}

/// Ends sessions like [`end`], but fails if the requesting session has ended. It may have ended on
/// an instance that this one has not heard of yet, or while the request waited.
pub async fn end_on_word_of(
    app: &AppState,
    asker: Asker,
    which: Which,
    reason: EndReason,
    cause: Cause,
) -> Result<usize, EndError> {
    let clock = app.clock.clone();
    let turn = app.turns.take(which.user_id()).await;
    let turn = turn.map_err(DbError::from)?;
    let ended = app.db.transaction(move |conn| {
        let _held = &turn;
        let now = time::now(conn, &clock)?;
        // First, so that this waits for any end in progress, which may end the requesting session.
        epochs::find_for_update(conn, which.user_id())?;
        if !is_alive(conn, asker)? {
            return Err(EndError::AskerEnded);
        }
        end_in(conn, which, reason, &cause, now).map_err(EndError::from)
    });
    Ok(finish(app, ended.await?).await)
}

/// Whether a session is still alive.
pub fn is_alive(conn: &mut PgConnection, asker: Asker) -> QueryResult<bool> {
    let Asker {
        user_id,
        session_id,
    } = asker;
    match epochs::find(conn, user_id)? {
        Some(epoch) => sessions::is_alive(conn, session_id, user_id, epoch),
        None => Ok(false),
    }
}

/// Ends sessions and returns how many; above a thousand the number is a lower bound.
pub async fn end(
    app: &AppState,
    which: Which,
    reason: EndReason,
    cause: Cause,
) -> Result<usize, DbError> {
    let clock = app.clock.clone();
    let turn = app.turns.take(which.user_id()).await?;
    let ended = app.db.transaction(move |conn| {
        let _held = &turn;
        let now = time::now(conn, &clock)?;
        end_in(conn, which, reason, &cause, now).map_err(DbError::from)
    });
    Ok(finish(app, ended.await?).await)
}

/// Completes a committed end: refuses the tokens here, and waits until the caller will see the
/// change on every instance.
async fn finish(app: &App, ended: Ended) -> usize {
    let count = ended.take_effect(app);
    app.db.catch_up().await;
    count
}
